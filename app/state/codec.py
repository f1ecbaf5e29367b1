"""A session as versioned JSON. Fields at their default are left out.

A new field with a default needs no new version: old texts still read, and an older process
ignores what it does not know. Raise `VERSION` when a field changes its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter

from app.domain.turn import FlowState, Session
from app.errors import StateCorruptError

VERSION: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class _Stored:
    v: Literal[1]
    s: Session


_ADAPTER = TypeAdapter(_Stored)


def encode_session(session: Session) -> bytes:
    """Return the session as UTF-8 JSON, typically below 3 kB.

    Raises:
        StateCorruptError: A field is not of its type or holds what JSON cannot, e.g. half a
            surrogate pair.
    """
    try:
        return _ADAPTER.dump_json(
            _Stored(VERSION, _plain(session)), exclude_defaults=True, warnings="error"
        )
    except ValueError as exc:
        msg = "会话内容无法保存"
        raise StateCorruptError(msg) from exc


def decode_session(raw: bytes) -> Session:
    """Return the session in `raw`.

    Raises:
        StateCorruptError: Not JSON, not of this shape, or of another version.
    """
    try:
        return _ADAPTER.validate_json(raw, strict=True).s
    except ValueError as exc:
        msg = "会话内容无法读取"
        raise StateCorruptError(msg) from exc


def _plain(session: Session) -> Session:
    """Return the session with dicts for slots: any mapping may be there, only a dict is JSON."""
    memory = session.memory
    flows = [flow for child in memory.children for flow in child.flows]
    flows += [flow for flow in (memory.paused, session.flow) if flow is not None]
    if all(type(flow.slots) is dict for flow in flows):
        return session
    children = tuple(
        replace(child, flows=tuple(_plain_flow(f) for f in child.flows))
        for child in memory.children
    )
    paused = _plain_flow(memory.paused) if memory.paused else None
    memory = replace(memory, children=children, paused=paused)
    flow = _plain_flow(session.flow) if session.flow else None
    return replace(session, flow=flow, memory=memory)


def _plain_flow(state: FlowState) -> FlowState:
    return replace(state, slots=dict(state.slots))
