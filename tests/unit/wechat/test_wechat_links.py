"""Tap links: what the client sends back is what we put in."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wechat.links import tap_link


def test_the_form_the_client_knows():
    assert tap_link("满意", "满意", "101") == (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%E6%BB%A1%E6%84%8F&msgmenuid=101">满意</a>'
    )


def test_label_is_escaped():
    assert ">a&lt;b&gt; &amp; c</a>" in tap_link("a<b>\n& c", "x", "1")


@pytest.mark.parametrize(("label", "say", "key"), [("", "a", "1"), ("a", " ", "1"), ("a", "b", "")])
def test_dead_links_are_refused(label, say, key):
    with pytest.raises(ValueError, match="tap link"):
        tap_link(label, say, key)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


@given(TEXT, TEXT, TEXT)
def test_whatever_is_put_in_comes_out(label, say, key):
    link = tap_link(label, say, key)
    href, _, shown = link.removeprefix('<a href="').removesuffix("</a>").partition('">')
    query = parse_qs(urlsplit(href).query, strict_parsing=True)
    assert query == {"msgmenucontent": [say], "msgmenuid": [key]}
    assert unescape(shown) == unescape(" ".join(label.split())) or "&" in label
    assert "<" not in shown
    assert '"' not in href


def test_link_is_well_formed_apart_from_the_bare_ampersand():
    link = tap_link("医保 & 新农合", "a&b=c#d", "1").replace("&msgmenuid", "&amp;msgmenuid")
    root = ElementTree.fromstring(link)  # noqa: S314 - our own output
    assert root.text == "医保 & 新农合"
