"""Fingerprint of a flow's definition: tells whether it changed under an open conversation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from app.domain.flows import FlowRegion

_CHARS = 16


def digest(region: FlowRegion) -> str:
    """Return the fingerprint of a flow in one region; the same in every process.

    The catalog's revision would not do: a typo mended anywhere would restart every flow.
    """
    return hashlib.sha256(repr(_plain(region)).encode()).hexdigest()[:_CHARS]


def _plain(value: object) -> object:
    """Return a value of strings and tuples in a fixed order."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple((field.name, _plain(getattr(value, field.name))) for field in fields(value))
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), repr(_plain(item))) for key, item in value.items()))
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(repr(_plain(item)) for item in value))
    if isinstance(value, (list, tuple)):
        return tuple(_plain(item) for item in value)
    return str(value)
