from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.names import FlowId, IntentId
from app.domain.turn import Child, Choice, FlowState, Memory, Session
from app.errors import StateCorruptError
from app.state.codec import VERSION, decode_session, encode_session

SHANGHAI = timezone(timedelta(hours=8))

texts = st.text(max_size=40)
counts = st.integers(min_value=0, max_value=10**9)
choices = st.builds(Choice, texts, texts, texts)
flows = st.builds(
    FlowState,
    texts.map(FlowId),
    st.dictionaries(texts, texts, max_size=5),
    texts,
    counts,
    texts,
)
memories = st.builds(
    Memory,
    child=texts,
    children=st.lists(
        st.builds(Child, texts, st.lists(flows, max_size=3).map(tuple)), max_size=3
    ).map(tuple),
    paused=st.none() | flows,
    reminded=st.booleans(),
    held=texts,
    region=texts,
    pending=texts,
    told=st.lists(texts, max_size=4).map(tuple),
)
sessions = st.builds(
    Session,
    offered=st.lists(choices, max_size=5).map(tuple),
    flow=st.none() | flows,
    rest=st.lists(texts, max_size=4).map(tuple),
    last_topics=st.lists(texts.map(IntentId), max_size=4).map(tuple),
    misses=counts,
    turns=counts,
    last_reply=texts,
    last_text=texts,
    memory=memories,
    updated_at=st.none() | st.datetimes(timezones=st.sampled_from([UTC, SHANGHAI])),
)


@given(sessions)
@settings(deadline=None)
def test_a_session_comes_back_as_it_was(session):
    assert decode_session(encode_session(session)) == session


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_anything_else_is_corrupt_and_nothing_worse(raw):
    with pytest.raises(StateCorruptError):
        decode_session(raw)


@given(sessions, st.data())
@settings(deadline=None)
def test_a_torn_text_is_corrupt(session, data):
    raw = encode_session(session)
    cut = data.draw(st.integers(min_value=0, max_value=len(raw) - 1))
    with pytest.raises(StateCorruptError):
        decode_session(raw[:cut])


@pytest.mark.parametrize(
    "stored",
    [
        {"v": VERSION + 1, "s": {}},
        {"v": "1", "s": {}},
        {"s": {}},
        {"v": VERSION},
        {"v": VERSION, "s": {"turns": "3"}},
        {"v": VERSION, "s": {"offered": [{"label": "甲"}]}},
        {"v": VERSION, "s": {"flow": {"flow": "f", "slots": {"a": 1}, "asking": "a"}}},
        {"v": VERSION, "s": {"updated_at": "昨天"}},
    ],
)
def test_another_version_or_shape_is_corrupt(stored):
    with pytest.raises(StateCorruptError) as caught:
        decode_session(json.dumps(stored).encode())
    assert caught.value.__cause__ is not None


def test_a_fresh_session_is_a_few_bytes_and_chinese_is_not_escaped():
    assert encode_session(Session()) == b'{"v":1,"s":{}}'
    assert "医保" in encode_session(Session(last_text="医保")).decode()


def test_a_read_only_mapping_is_written_like_a_dict():
    slots = MappingProxyType({"hukou": "beijing"})
    session = Session(flow=FlowState(FlowId("f"), slots, "stage"))
    flow = decode_session(encode_session(session)).flow
    assert flow is not None
    assert flow.slots == {"hukou": "beijing"}
    memory = Memory(children=(Child("老二", (session.flow,)),), paused=session.flow)  # type: ignore[arg-type]
    kept = decode_session(encode_session(Session(memory=memory))).memory
    assert kept.children[0].flows[0].slots == {"hukou": "beijing"}
    assert kept.paused == FlowState(FlowId("f"), {"hukou": "beijing"}, "stage")


@pytest.mark.parametrize("odd", [Session(last_text="\ud800"), Session(turns=cast("int", "3"))])
def test_what_could_not_be_read_again_is_not_written(odd):
    with pytest.raises(StateCorruptError):
        encode_session(odd)


def test_every_field_has_a_default_so_that_old_sessions_stay_readable():
    for field in dataclasses.fields(Session):
        assert field.default is not dataclasses.MISSING, field.name


def test_a_field_of_a_later_release_is_ignored():
    assert decode_session(b'{"v":1,"s":{"turns":2,"mood":"happy"}}') == Session(turns=2)


def test_a_time_keeps_its_offset():
    at = datetime(2025, 12, 16, 10, 0, tzinfo=SHANGHAI)
    back = decode_session(encode_session(Session(updated_at=at))).updated_at
    assert back is not None
    assert back.utcoffset() == timedelta(hours=8)
