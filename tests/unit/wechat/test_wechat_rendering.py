"""A reply as texts for the phone: within the limit, nothing lost, the rest behind a tap."""

from __future__ import annotations

import re
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.turn import Choice, Reply
from app.wechat.parts import TEXT_LIMIT_BYTES, byte_length
from app.wechat.rendering import render
from tests.unit.dialogue.parent import links, shown

MORE = "继续看（也可以回复“更多”）"
PIECES = [
    "每人每年435元。",
    "2025年11月30日至2026年02月28日，",
    "请拨打010-12333，",
    '<a href="https://rsj.beijing.gov.cn/a?b=1&c=2">北京市人社局</a>；',
    "👨‍👩‍👧‍👦🇨🇳",
    "（见“京通”小程序）\n",
    "https://example.org/path?x=1 ",
    "[微笑]",
    "医" * 40,
]
UNITS: tuple[str, ...] = (
    "435元",
    "2025年11月30日",
    "2026年02月28日",
    "010-12333",
    "👨‍👩‍👧‍👦",
    "🇨🇳",
    "[微笑]",
    "https://example.org/path?x=1",
    "https://rsj.beijing.gov.cn/a?b=1&c=2",
)
LINK_LINE = re.compile(r"\n\n<a href=\"weixin://[^\"]*\">继续看（也可以回复“更多”）</a>$")

texts = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)
choices = st.lists(
    st.builds(Choice, st.text("医保缴费", min_size=1, max_size=20), st.just("问"), st.just("k")),
    max_size=6,
)
replies = st.builds(
    Reply,
    text=texts,
    choices=choices.map(tuple),
    choices_intro=st.just("您可能还想问："),
    source=st.sampled_from(["", "依据：北京市城乡医保学生问答（2025–2026 年度）"]),
)


@given(replies, st.sampled_from([600, 1000, TEXT_LIMIT_BYTES]))
@settings(max_examples=150, deadline=None)
def test_parts_fit_and_together_say_everything(reply: Reply, limit: int) -> None:
    parts = render(reply, MORE, limit)
    assert all(0 < byte_length(part) <= limit for part in parts)
    bare = [LINK_LINE.sub("", part) for part in parts]
    assert all(LINK_LINE.search(part) for part in parts[:-1])
    assert not parts or not LINK_LINE.search(parts[-1])
    whole = re.sub(r"\s", "", "".join(bare))
    assert re.sub(r"\s", "", reply.text) in whole
    assert reply.source.replace(" ", "") in whole
    for unit in UNITS:
        assert sum(part.count(unit) for part in bare) >= reply.text.count(unit)
    assert sum(part.count(f"msgmenucontent={quote('问')}&") for part in bare) == len(reply.choices)


def test_a_cut_reply_offers_a_tap_that_sends_more() -> None:
    first, *rest = render(Reply("第一句。" * 400), MORE)
    assert links(first) == [(MORE, "更多", "more")]
    assert shown(first).endswith(f"第一句。\n\n{MORE}")
    assert len(rest) == 2


def test_a_reply_that_fits_has_no_link_to_more() -> None:
    assert render(Reply("医" * 682), MORE) == ("医" * 682,)
