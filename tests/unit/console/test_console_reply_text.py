"""Replies taken apart: nothing lost, nothing invented, nothing that a browser would run."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.console.reply_text import Link, Tap, Words, parse_reply
from app.domain.turn import Choice, Reply
from app.wechat.rendering import render

NASTY = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "{{ 7*7 }} {% raw %}",
    "**粗** [链接](javascript:alert(1))",
    '<a href="javascript:alert(1)">点我</a>',
    '<a href="data:text/html,x">点我</a>',
    '<a href=" https://a.example">点我</a>',
    '<a href="https://">点我</a>',
    '<a href="https://[">点我</a>',
    '<a href="https://a.example/\u202e">点我</a>',
    '<a href="weixin://dl/business">点我</a>',
    '<a href="weixin://bizmsgmenu?msgmenucontent=a">没有 id</a>',
    '<a href="weixin://bizmsgmenu?msgmenuid=1">没有内容</a>',
    '<a href="weixin://bizmsgmenu?msgmenucontent=%20&msgmenuid=1">空白</a>',
    '<a href="weixin://bizmsgmenu?msgmenucontent=%FF&msgmenuid=1">不是 UTF-8</a>',
    '<a href="weixin://bizmsgmenu?msgmenucontent=a&msgmenuid=1"> </a>',
    "<A HREF=",
    "&lt;b&gt; &amp; &#60;",
]


def tap_markup(say: str, menu_id: str, label: str) -> str:
    query = f"msgmenucontent={quote(say, safe='')}&msgmenuid={quote(menu_id, safe='')}"
    return f'<a href="weixin://bizmsgmenu?{query}">{label}</a>'


def test_a_reply_as_it_is_sent():
    choice = tap_markup("每月几号", "payment_window", "每月几号能缴费")
    text = f"可以。\n1. 打开京通\n\n① {choice}\n\n依据：问答"
    assert parse_reply(text) == (
        Words("可以。\n1. 打开京通\n\n① "),
        Tap("每月几号能缴费", "每月几号", "payment_window"),
        Words("\n\n依据：问答"),
    )


@pytest.mark.parametrize("text", NASTY)
def test_what_wechat_does_not_know_stays_text(text):
    segments = parse_reply(text)
    assert segments == (Words(text),)


@pytest.mark.parametrize(
    "text",
    [
        "<a href='https://a.example'>单引号</a>",
        '<a href="https://a.example" onclick="alert(1)">点我</a>',
    ],
)
def test_of_a_link_in_another_form_only_the_address_is_tappable(text):
    before, after = text.split("https://a.example")
    link = Link("https://a.example", "https://a.example")
    assert parse_reply(text) == (Words(before), link, Words(after))


def test_web_links():
    assert parse_reply('见<a href="https://a.example/?a=1&amp;para=2">网站</a>。') == (
        Words("见"),
        Link("网站", "https://a.example/?a=1&para=2"),
        Words("。"),
    )
    assert parse_reply("网址（https://a.example/#/x）。") == (
        Words("网址（"),
        Link("https://a.example/#/x", "https://a.example/#/x"),
        Words("）。"),
    )
    assert parse_reply("see http://a.example/x.\nnext")[1:] == (
        Link("http://a.example/x", "http://a.example/x"),
        Words(".\nnext"),
    )


def test_labels_are_read_as_the_phone_reads_them():
    assert parse_reply(tap_markup("a<b>&c", "1", "a&lt;b&gt;&amp;c")) == (
        Tap("a<b>&c", "a<b>&c", "1"),
    )


names = st.text(min_size=1, max_size=12).filter(str.strip)


@given(body=st.text(alphabet="好的。\n 1<>&\"'{}", max_size=60), label=names, say=names, key=names)
@example(body="", label="&lt;", say="a+b&c=d", key="x y")
def test_choices_come_back_as_they_were_rendered(body, label, say, key):
    reply = Reply(text=body.strip(), choices=(Choice(label, say, key),), source="依据：文件")
    (text,) = render(reply, "更多")
    taps = [s for s in parse_reply(text) if isinstance(s, Tap)]
    assert taps == [Tap(" ".join(label.split()), say, key)]


pieces = st.one_of(
    st.text(max_size=20),
    st.sampled_from(NASTY),
    st.sampled_from(["<", '<a href="', '">', "</a>", "https://", "weixin://bizmsgmenu?"]),
    st.builds(tap_markup, names, names, st.text(alphabet="字a &;", max_size=5)),
)


@given(st.lists(pieces, max_size=8).map("".join))
def test_only_safe_addresses_and_every_other_character_as_text(text):
    rest = text
    for segment in parse_reply(text):
        match segment:
            case Words(words):
                assert words
                assert rest.startswith(words)
                rest = rest[len(words) :]
            case Link(label, url):
                parts = urlsplit(url)
                assert parts.scheme in {"http", "https"}
                assert parts.hostname
                assert not set(url) & set("<>\"'` \n")
                rest = after_link(rest, label)
            case Tap(label, say, menu_id):
                assert say.strip()
                assert menu_id.strip()
                rest = after_link(rest, label)
    assert rest == ""


def after_link(rest: str, label: str) -> str:
    """Drop the link that the text begins with."""
    if rest.startswith(label):  # a bare address
        return rest[len(label) :]
    assert rest.lower().startswith("<a href=")
    return rest.partition("</a>")[2] if "</a>" in rest else rest.partition("</A>")[2]


@given(st.text().filter(lambda t: "<" not in t and "://" not in t and t))
def test_plain_text_is_one_piece(text):
    assert parse_reply(text) == (Words(text),)
