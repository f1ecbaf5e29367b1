"""Untrusted XML: what is read, and what is refused before it can do harm."""

from __future__ import annotations

import contextlib
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import CallbackError, MalformedMessageError, MessageTooLargeError
from app.wechat import xml_fields
from app.wechat.xml_fields import MAX_BODY_BYTES, parse_fields

XML_TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        exclude_characters="\ufffe\uffff",
        include_characters="\t\n",
    )
)


def test_order_cdata_unknown_elements_and_nesting():
    body = (
        "<?xml version='1.0'?><xml><B><![CDATA[ x ]]></B> <A a='1'>y&amp;&#x1F600;</A><Empty/>"
        "<L><i><n>1</n></i><i><n>2</n></i></L></xml>"
    )
    assert parse_fields(body.encode()) == {
        "B": " x ",
        "A": "y&😀",
        "Empty": "",
        "L": {"i": [{"n": "1"}, {"n": "2"}]},
    }


def test_byte_order_mark_is_tolerated():
    assert parse_fields(b"\xef\xbb\xbf<xml><A>1</A></xml>") == {"A": "1"}


def test_split_cdata_is_one_text():
    assert parse_fields(b"<xml><A><![CDATA[a]]]]><![CDATA[>b]]></A></xml>") == {"A": "a]]>b"}


def test_declared_encoding_is_not_believed():
    body = '<?xml version="1.0" encoding="gbk"?><xml><A>医保</A></xml>'
    assert parse_fields(body.encode()) == {"A": "医保"}


@given(XML_TEXT)
def test_any_text_survives_escaping(text):
    assert parse_fields(f"<xml><A>{escape(text)}</A></xml>".encode()) == {"A": text}


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha"}">' for i in range(10))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \n", id="blank"),
        pytest.param(b"hello", id="no XML"),
        pytest.param(b'{"MsgType":"text"}', id="JSON"),
        pytest.param(b"<xml>", id="cut short"),
        pytest.param(b"<xml></xml><xml></xml>", id="two roots"),
        pytest.param(b"<html></html>", id="other root"),
        pytest.param(b"<xml><A>\xff</A></xml>", id="not UTF-8"),
        pytest.param("<xml><A>医</A></xml>".encode("utf-16"), id="UTF-16"),
        pytest.param("<xml><A>1</A></xml>".encode("utf-16-le"), id="UTF-16 without mark"),
        pytest.param(b"<xml><A>\x00</A></xml>", id="NUL"),
        pytest.param(b"<xml><A>&#0;</A></xml>", id="NUL by reference"),
        pytest.param(b"<xml><A>&#xD800;</A></xml>", id="surrogate by reference"),
        pytest.param(b"<xml><A>&hi;</A></xml>", id="unknown entity"),
        pytest.param(b"<!DOCTYPE xml><xml><A>1</A></xml>", id="bare DOCTYPE"),
        pytest.param(b'<!DOCTYPE xml [<!ENTITY a "hi">]><xml><A>&a;</A></xml>', id="entity"),
        pytest.param(
            b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>',
            id="external entity",
        ),
        pytest.param(b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>', id="external DTD"),
        pytest.param(
            b'<!DOCTYPE xml [<!ENTITY % p SYSTEM "file:///x"> %p;]><xml/>', id="parameter entity"
        ),
        pytest.param(
            f"<!DOCTYPE xml [{LAUGHS}]><xml><A>&l9;</A></xml>".encode(), id="billion laughs"
        ),
        pytest.param(b"<xml>" + b"<a>" * 40 + b"</a>" * 40 + b"</xml>", id="too deep"),
        pytest.param(b"<xml>" + b"<a/>" * 5000 + b"</xml>", id="too many"),
    ],
)
def test_refused(body):
    with pytest.raises(MalformedMessageError) as caught:
        parse_fields(body)
    assert caught.value.args == ()


def test_size_cap_is_inclusive():
    frame = b"<xml><A></A></xml>"
    fits = frame.replace(b"></A", b">" + b"x" * (MAX_BODY_BYTES - len(frame)) + b"</A")
    assert len(fits) == MAX_BODY_BYTES
    assert parse_fields(fits)
    with pytest.raises(MessageTooLargeError):
        parse_fields(fits + b" ")


@given(st.binary(max_size=300) | st.text("<>/![]CDATxml&;#\"' ").map(str.encode))
def test_fuzz_raises_only_callback_errors(body):
    with contextlib.suppress(CallbackError):
        assert isinstance(parse_fields(body), dict)


PIECES = st.sampled_from(
    [
        *("<xml>", "</xml>", "<A>", "</A>", "<B>", "</B>", "<A/>", "<A x='1'>", "<![CDATA[", "]]>"),
        *("1", " ", "\n", "\r", "\t", "&amp;", "&", "]", "[", "=", ">", "]]", "医保", "\u3000"),
        *("\x01", "\x7f", "\ufeff", "\ufffe", "\U0001f600", "<!-- c -->", "<?p?>"),
        *("<A>1</A>", "<B><![CDATA[ <x>&\n ]]></B>", "<C></C>", "<A><B>2</B></A>"),
    ]
)
LEAVES = st.lists(
    st.tuples(st.sampled_from("ABCDEF"), XML_TEXT, st.booleans()),
    max_size=6,
    unique_by=lambda x: x[0],
)


def outcome(body: bytes) -> object:
    try:
        return parse_fields(body)
    except CallbackError as error:
        return type(error)


def by_expat(body: bytes) -> object:
    """Return what the whole parser makes of a body."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_fields, "_flat_fields", lambda _text: None)
        return outcome(body)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_the_short_way_reads_what_the_parser_reads(inner):
    for text in (f"<xml>{inner}</xml>", inner):
        assert outcome(text.encode()) == by_expat(text.encode())


@given(LEAVES)
def test_ordinary_pushes_go_the_short_way(leaves):
    parts = [
        f"<{name}><![CDATA[{text.replace(']', '')}]]></{name}>\n"
        if quoted
        else f"<{name}>{escape(text.translate({ord(c): None for c in '&<>]'}))}</{name}>"
        for name, text, quoted in leaves
    ]
    body = f"<xml>{''.join(parts)}</xml>"
    assert xml_fields._flat_fields(body) is not None
    assert outcome(body.encode()) == by_expat(body.encode())


def test_more_elements_than_any_push_has_are_refused_either_way():
    many = "".join(f"<A{n}>1</A{n}>" for n in range(2100))
    assert outcome(f"<xml>{many}</xml>".encode()) is MalformedMessageError
