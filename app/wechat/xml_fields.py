"""Untrusted XML → fields by name. Refuses what no WeChat message has; knows no message type.

Written on expat and not on a tree library, because the parser must stop at the first sign of a
document type: the standard tree parser expands internal entities.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from xml.parsers import expat

from app.errors import MalformedMessageError, MessageTooLargeError

MAX_BODY_BYTES = 64 * 1024
"""Cap for a push. Texts are a few KB and compatible mode (兼容模式) triples them; no official
maximum is documented, so this is ours."""

_MAX_DEPTH = 16
"""The deepest documented event (SendPicsInfo) has 5 levels."""
_MAX_ELEMENTS = 2000

Value: TypeAlias = "str | dict[str, Value] | list[Value]"
"""Text of a leaf (whitespace kept), children by name, or a list where a name repeats."""
Fields: TypeAlias = dict[str, Value]


_CHAR = "\t\n -%'-;=?-Z^-\ufffd\U00010000-\U0010ffff"
"""Characters that stand for themselves, but for `[` `\\` `]` `&` `<` `>`."""
_LEAF = re.compile(
    rf"[ \t\n]*<([A-Za-z][A-Za-z0-9_]*)>"
    rf"(?:<!\[CDATA\[([{_CHAR}\[\\&<>]*)\]\]>|([{_CHAR}\[\\]*))</\1>"
)
_END = re.compile(r"[ \t\n]*</xml>[ \t\n]*")


def parse_fields(body: bytes) -> Fields:
    """Return the children of `<xml>` by name. Order, CDATA and unknown elements do not matter.

    The bytes are read as UTF-8 whatever the XML declaration says; attributes are ignored, as is
    text beside child elements.

    Raises:
        MessageTooLargeError: More than `MAX_BODY_BYTES`.
        MalformedMessageError: Not well-formed, not UTF-8, another root element, a document type
            or entity, or nested or split beyond any message.
    """
    if len(body) > MAX_BODY_BYTES:
        raise MessageTooLargeError
    flat = _flat_fields(_decoded(body))
    if flat is not None:
        return flat
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise MalformedMessageError from None
    return reader.fields


def _decoded(body: bytes) -> str:
    """Refuse other encodings: expat takes UTF-16 for what it is, whatever it is told."""
    if b"\x00" in body:
        raise MalformedMessageError
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise MalformedMessageError from None


def _flat_fields(text: str) -> Fields | None:
    """Read what nearly every push is: leaves in `<xml>`, each once, of plain text or one CDATA.

    Quicker than expat. None for anything else, be it wrong or only rare: expat decides.
    """
    if not text.startswith("<xml>"):
        return None
    fields: Fields = {}
    at = len("<xml>")
    while leaf := _LEAF.match(text, at):
        name, quoted, plain = leaf.groups()
        if name in fields or len(fields) >= _MAX_ELEMENTS - 1:
            return None
        fields[name] = plain if quoted is None else quoted
        at = leaf.end()
    return fields if _END.fullmatch(text, at) else None


class _Reader:
    """Collects what the parser reports; one per document."""

    def __init__(self) -> None:
        self.fields: Fields = {}
        self._open: list[Fields] = []
        self._names: list[str] = []
        self._texts: list[list[str]] = []
        self._elements = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Open an element."""
        self._elements += 1
        if not self._names and name != "xml":
            raise MalformedMessageError
        if len(self._names) >= _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise MalformedMessageError
        self._names.append(name)
        self._open.append({})
        self._texts.append([])

    def text(self, data: str) -> None:
        """Collect character data of the innermost element."""
        self._texts[-1].append(data)

    def end(self, name: str) -> None:
        """Close an element: hand its value to the parent."""
        children, text = self._open.pop(), "".join(self._texts.pop())
        self._names.pop()
        if self._open:
            _add(self._open[-1], name, children or text)
        else:
            self.fields = children

    def refuse_doctype(self, *_declaration: object) -> None:
        """Stop before any entity can be declared (XXE, billion laughs)."""
        raise MalformedMessageError


def _add(fields: Fields, name: str, value: Value) -> None:
    """Put a value under its name; the second of a name makes a list."""
    if name not in fields:
        fields[name] = value
        return
    present = fields[name]
    if isinstance(present, list):
        present.append(value)
    else:
        fields[name] = [present, value]
