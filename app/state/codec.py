"""A session as versioned JSON. Fields at their default are left out.

A new field with a default needs no new version: old texts still read, and an older process
ignores what it does not know. Raise `VERSION` when a field changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from app.domain.turn import Session
from app.errors import StateCorruptError

VERSION: Literal[1] = 1


@dataclass(frozen=True, slots=True)
class _Stored:
    v: Literal[1]
    s: Session


def _as_json(value: object) -> object:
    """Return what JSON has for it: any mapping may be there, only a dict is known."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


_decoder = msgspec.json.Decoder(_Stored)
_encoder = msgspec.json.Encoder(enc_hook=_as_json)


def _classes(hint: Any) -> tuple[type, ...]:  # noqa: ANN401 - whatever stands behind a field's name
    """Return what a value of such a type may be an instance of."""
    parts = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return tuple(get_origin(part) or part for part in parts)


_NAMES = tuple(field.name for field in fields(Session))
_values = attrgetter(*_NAMES)
_DEFAULTS = _values(Session())
_HINTS = get_type_hints(Session)
_CLASSES = tuple(_classes(_HINTS[name]) for name in _NAMES)
"""What each field may hold; what is nested in them is checked by mypy alone."""


def encode_session(session: Session) -> bytes:
    """Return the session as UTF-8 JSON, typically below 3 kB.

    Raises:
        StateCorruptError: A field is not of its type or holds what JSON cannot, e.g. half a
            surrogate pair.
    """
    try:
        return _encoder.encode({"v": VERSION, "s": _changed(session)})
    except (TypeError, ValueError, msgspec.MsgspecError) as exc:
        msg = "会话内容无法保存"
        raise StateCorruptError(msg) from exc


def decode_session(raw: bytes) -> Session:
    """Return the session in `raw`.

    Raises:
        StateCorruptError: Not JSON, not of this shape, or of another version.
    """
    try:
        return _decoder.decode(raw).s
    except (ValueError, RecursionError, msgspec.MsgspecError) as exc:
        msg = "会话内容无法读取"
        raise StateCorruptError(msg) from exc


def _changed(session: Session) -> dict[str, Any]:
    """Return the fields that are not at their default.

    Raises:
        TypeError: One is not of its type, so could not be read again.
    """
    changed = {}
    for name, classes, default, value in zip(
        _NAMES, _CLASSES, _DEFAULTS, _values(session), strict=True
    ):
        # Most are the very default; asking whether they are equal would walk through them.
        if value is default or value == default:
            continue
        if not isinstance(value, classes):
            raise TypeError(name)
        changed[name] = value
    return changed
