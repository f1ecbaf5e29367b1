"""Writing one text as a YAML scalar, in the style that stood there where it can carry the text."""

from __future__ import annotations

import re

from app.content.yaml_source import INVISIBLE

_UNPRINTABLE = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|" + INVISIBLE.pattern
)
"""What a YAML text may not hold as it is, reads as an end of line, or nobody would see."""
_BAD_START = tuple("-?:,[]{}#&*!|>'\"%@`=~<")
_NOT_TEXT = re.compile(
    r"[-+.0-9][-+0-9_.:,eExXobTtZz a-fA-F]*|"
    r"\.(?:inf|nan)|[-+]\.inf|null|true|false|yes|no|on|off|y|n",
    re.IGNORECASE,
)
"""What YAML 1.1 or 1.2 reads as a number, day, clock time, truth value or nothing."""
_LIKE_A_KEY = re.compile(r"(?m)^ *(?:- +)?[a-z_]+：")
"""Lint takes it for a key with a full-width colon."""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def is_plain(value: str, is_flow: bool) -> bool:
    """Tell whether the text without quotes is read as this text, by YAML 1.1 programs too."""
    return not (
        not value
        or value != value.strip()
        or "\n" in value
        or _UNPRINTABLE.search(value)
        or value.startswith(_BAD_START)
        or value.endswith(":")
        or ": " in value
        or " #" in value
        or value.startswith(("---", "..."))
        or _NOT_TEXT.fullmatch(value)
        or _LIKE_A_KEY.match(value)
        or (is_flow and re.search(r"[,\[\]{}:?]", value))
    )


def quoted(value: str, quote: str) -> str:
    """Return the text in the wanted quotes; in double quotes where single ones cannot hold it."""
    if quote == "'" and "\n" not in value and not _UNPRINTABLE.search(value):
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def written(value: str, style: str, is_flow: bool = False) -> str:
    """Return the text on one line.

    Args:
        value: Any text.
        style: `"` or `'` for quotes; anything else writes it plain where YAML reads it as text.
        is_flow: It stands within brackets or braces.
    """
    if style in {"'", '"'}:
        return quoted(value, style)
    return value if is_plain(value, is_flow) else quoted(value, '"')


def may_be_block(value: str) -> bool:
    """Tell whether the text can stand as lines below `|`."""
    lines = value.rstrip("\n").split("\n")
    return not (
        not value.strip()
        or not lines[0]
        or _UNPRINTABLE.search(value)
        or any(line and not line.strip(" ") for line in lines)
        or any(line.lstrip(" ").startswith("\t") for line in lines)
    )


def block_header(value: str, mark: str, step: int) -> str:
    """Return `|-`, `>2` and so on.

    Args:
        value: A text that `may_be_block`.
        mark: `|` or `>`.
        step: Columns from the key to the lines; stated where the first line begins with a space.
    """
    ends = len(value) - len(value.rstrip("\n"))
    chomping = ("-", "", "+")[min(ends, 2)]
    return mark + (str(step) if value.startswith(" ") else "") + chomping


def block_lines(value: str) -> list[str]:
    """Return the lines that stand below the header, not indented."""
    ends = len(value) - len(value.rstrip("\n"))
    return value.rstrip("\n").split("\n") + [""] * max(ends - 1, 0)


def folded_lines(value: str) -> list[str] | None:
    """Return the lines that stand below `>`; None where folding would change the text."""
    lines = block_lines(value)
    if any(line.startswith((" ", "\t")) for line in lines):
        return None
    body = value.rstrip("\n")
    spread = re.sub(r"\n+", lambda ends: ends.group() + "\n", body)
    return spread.split("\n") + [""] * (len(value) - len(body) - 1)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if not _UNPRINTABLE.match(character):
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
