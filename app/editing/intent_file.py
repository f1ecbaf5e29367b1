"""`intents/<id>.yml` read for editors, and changed as text.

Flows (`intents/flows`), `_texts.yml` and the other shared files are not edited from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.content.field_types import AnswerPart
from app.content.intent_model import IntentFile
from app.editing.answers import change_answers
from app.editing.document import Document, Splice, entry, is_nothing
from app.editing.keys import add_key, list_column, list_value, remove_key, scalar_of, text_value
from app.editing.lists import change_list, items_of
from app.editing.replacing import replace_scalar
from app.errors import EditError

KEY_ORDER = tuple(IntentFile.model_fields)
_HEAD_KEYS = {"intent": "id", "kind": "kind"}
"""What editors read and do not change: key → name here."""
TEXT_KEYS = ("title", "about", "reply")
LIST_KEYS = (
    "regions", "utterances", "not_utterances", "replies", "related", "screens", "tests",
)  # fmt: skip
ANSWER_FIELDS = tuple(AnswerPart.model_fields)


def _no_answers() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({})


def _no_changes() -> Mapping[tuple[str, str], str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EditableIntent:
    """What of an intent file editors see; what a file does not say is empty."""

    id: str
    title: str = ""
    kind: str = "faq"
    utterances: tuple[str, ...] = ()
    not_utterances: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=_no_answers)
    """Region → field → text; of a list (`source`, `windows`) an item a line."""
    related: tuple[str, ...] = ()
    about: str = ""
    regions: tuple[str, ...] = ()
    reply: str = ""
    replies: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentChange:
    """What to change; None leaves it, an empty text or list takes the key out."""

    title: str | None = None
    utterances: tuple[str, ...] | None = None
    not_utterances: tuple[str, ...] | None = None
    tests: tuple[str, ...] | None = None
    related: tuple[str, ...] | None = None
    answers: Mapping[tuple[str, str], str] = field(default_factory=_no_changes)
    """(Region, field) → text; an empty one takes the field out, with the last one the region."""
    about: str | None = None
    regions: tuple[str, ...] | None = None
    reply: str | None = None
    replies: tuple[str, ...] | None = None
    screens: tuple[str, ...] | None = None


def read_intent(text: str) -> EditableIntent:
    """Return what an intent file says.

    Every scalar is text as typed; whether the content is right is lint's matter.

    Raises:
        EditError: It is not YAML, or lists and texts are not where the schema wants them.
    """
    return _read(Document(_ended(text)))


def change_intent(text: str, change: IntentChange) -> str:
    """Return the file's text with the change made.

    Lines that say nothing of what changes stay byte for byte, comments and order included: texts
    keep their style (plain, quoted, `|`), new items that of their list, in quotes where YAML
    would not read them as text. Takes about 10 ms for a file of 100 lines.

    Raises:
        EditError: The text cannot be read, or the change cannot be made without touching more.
    """
    whole = _ended(text)
    document = Document(whole)
    before = _read(document)
    splices = _splices(document, before, change)
    if not splices:
        return text
    result = document.spliced(splices)
    if _read(Document(_ended(result))) != applied(before, change):
        raise EditError("这个文件的写法特殊，程序没有把握改对，没有改", "请在文件里直接改")
    return result if whole == text else result.removesuffix(document.newline)


def add_utterances(text: str, sentences: Sequence[str]) -> str:
    """Return the file's text with those sentences behind its utterances that it lacks.

    Raises:
        EditError: The text cannot be read.
    """
    own = read_intent(text).utterances
    added = tuple(s for s in dict.fromkeys(sentences) if s not in own)
    return change_intent(text, IntentChange(utterances=(*own, *added)))


def text_digest(text: str) -> str:
    """Return 16 hex digits that name this version of a file."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def applied(intent: EditableIntent, change: IntentChange) -> EditableIntent:
    """Return what the file says once the change is made."""
    answers = {region: dict(parts) for region, parts in intent.answers.items()}
    for (region, name), value in change.answers.items():
        answers.setdefault(region, {})[name] = value
    kept = {
        region: {name: value for name, value in parts.items() if value}
        for region, parts in answers.items()
    }
    said = {
        f.name: getattr(change, f.name)
        for f in fields(change)
        if f.name != "answers" and getattr(change, f.name) is not None
    }
    return replace(intent, answers={r: parts for r, parts in kept.items() if parts}, **said)


def _ended(text: str) -> str:
    if text.endswith("\n"):
        return text
    return text + ("\r\n" if "\r\n" in text else "\n")


def _read(document: Document) -> EditableIntent:
    root = document.root
    said: dict[str, Any] = {}
    for key in (*_HEAD_KEYS, *TEXT_KEYS):
        pair = entry(root, key)
        if pair is not None:
            said[_HEAD_KEYS.get(key, key)] = str(scalar_of(document, pair[1], key).value)
    for key in LIST_KEYS:
        pair = entry(root, key)
        if pair is not None and not is_nothing(pair[1]):
            said[key] = items_of(document, pair[1], key)
    return EditableIntent(**{"id": "", "answers": _read_answers(document), **said})


def _read_answers(document: Document) -> dict[str, dict[str, str]]:
    pair = entry(document.root, "answers")
    if pair is None or is_nothing(pair[1]):
        return {}
    answers = {}
    for region, part in _pairs(document, pair[1], "answers"):
        if is_nothing(part):
            continue
        texts = {
            name: _answer_text(document, value, name)
            for name, value in _pairs(document, part, region)
        }
        answers[region] = {name: text for name, text in texts.items() if text}
    return {region: parts for region, parts in answers.items() if parts}


def _pairs(document: Document, node: Node, name: str) -> list[tuple[str, Node]]:
    if not isinstance(node, MappingNode):
        message = f"{name} 应是一组“名称: 内容”"
        raise EditError(message, "每行写“名称: 内容”，比上一行多缩进两格", document.line(node))
    return [(str(key.value), value) for key, value in node.value]


def _answer_text(document: Document, node: Node, name: str) -> str:
    """Return a field's text; an empty one where it is more than texts."""
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, SequenceNode):
        return "\n".join(items_of(document, node, name))
    return ""


def _splices(document: Document, before: EditableIntent, change: IntentChange) -> list[Splice]:
    splices: list[Splice] = []
    for key in KEY_ORDER:
        wanted = getattr(change, key, None)
        if key == "answers":
            wanted_answers = {
                place: value
                for place, value in change.answers.items()
                if before.answers.get(place[0], {}).get(place[1], "") != value
            }
            splices += change_answers(document, wanted_answers, ANSWER_FIELDS, KEY_ORDER)
        elif key in TEXT_KEYS and wanted is not None and wanted != getattr(before, key):
            splices.append(_change_text(document, key, wanted))
        elif key in LIST_KEYS and wanted is not None and wanted != getattr(before, key):
            splices += _change_items(document, key, wanted)
    return splices


def _change_text(document: Document, key: str, value: str) -> Splice:
    pair = entry(document.root, key)
    if pair is None:
        return add_key(
            document, document.root, key, text_value(value, 0, document.newline), KEY_ORDER
        )
    if not value:
        return remove_key(document, document.root, key)
    column = document.column(pair[0].start_mark.index)
    node = scalar_of(document, pair[1], key)
    return replace_scalar(document, node, column, value, is_flow=False, is_item=False)


def _change_items(document: Document, key: str, values: tuple[str, ...]) -> list[Splice]:
    pair = entry(document.root, key)
    lines = list_value(values, list_column(document, 0), document.newline)
    if pair is None:
        return [add_key(document, document.root, key, lines, KEY_ORDER)]
    if not values:
        return [remove_key(document, document.root, key)]
    if not isinstance(pair[1], SequenceNode):
        at = document.line_end(pair[0].start_mark.index)
        return [Splice(at, at, lines.removeprefix(document.newline))]
    return change_list(document, pair[1], values)
