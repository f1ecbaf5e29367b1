"""pypinyin with its table of phrases as small as it can be; nothing else here imports pypinyin.

Its 47,000 phrases come as lists of lists, one for each character with a string of its own: about
50 MB. There are some 1,400 readings. Here phrases share them: the table is equal to the original
one, entry by entry, and takes half as much.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

Readings = list[list[str]]

_PART_LINES = 4000
_SWITCHES = {"PYPINYIN_NO_PHRASES": "1", "PYPINYIN_NO_DICT_COPY": "1"}


def _install() -> None:
    """Import pypinyin with shared phrases; does nothing where it is imported already.

    Where its table is not where it used to be, pypinyin loads it in its own way.
    """
    if "pypinyin" in sys.modules:
        return
    path = _table()
    if path is None:
        return
    before = {name: os.environ.get(name) for name in _SWITCHES}
    os.environ.update(_SWITCHES)
    try:
        import pypinyin
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    with path.open(encoding="utf-8") as file:
        pypinyin.load_phrases_dict(dict(shared(_entries(file))))


def _table() -> Path | None:
    spec = find_spec("pypinyin")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name("phrases_dict.json")
    return path if path.exists() else None


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, Readings]]:
    """Yield the entries of a JSON object, some at a time: all at once leaves memory in pieces."""
    part: list[str] = []
    for line in lines:
        part.append(line)
        # An entry ends where its list does and a new key begins.
        if len(part) >= _PART_LINES and part[-2].rstrip() == "]," and line.startswith('"'):
            key = part.pop()
            yield from _parsed(part)
            part = [key]
    yield from _parsed(part)


def _parsed(part: list[str]) -> Iterator[tuple[str, Readings]]:
    text = "".join(part).strip().rstrip(",").removeprefix("{")
    found: dict[str, Readings] = json.loads("{" + text.removesuffix("}") + "}")
    yield from found.items()


def shared(entries: Iterable[tuple[str, Readings]]) -> Iterator[tuple[str, Readings]]:
    """Yield equal entries that share their readings.

    Never two within a phrase: pypinyin changes a copy of the phrase in place, and such a copy would
    still have the two in common.
    """
    pool: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    strings: dict[str, str] = {}
    for phrase, readings in entries:
        yield (
            phrase,
            [
                pool.setdefault(
                    (place, tuple(reading)), [strings.setdefault(r, r) for r in reading]
                )
                for place, reading in enumerate(readings)
            ],
        )


_install()

from pypinyin import Style, lazy_pinyin  # noqa: E402 - only now with the phrases shared
from pypinyin.constants import PINYIN_DICT  # noqa: E402
from pypinyin.contrib.tone_convert import to_normal  # noqa: E402

__all__ = ["PINYIN_DICT", "Style", "lazy_pinyin", "to_normal"]
