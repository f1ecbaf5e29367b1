"""The intent files below a content root, as the workbook sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.editing.intent_file import EditableIntent, read_intent, text_digest
from app.errors import EditError
from app.workbook.layout import HEAD_COLUMNS, LIST_SHEETS
from app.workbook.problems import CellProblem, WorkbookError

FOLDER = "intents"
_NOT_INTENTS = frozenset({"menu"})


@dataclass(frozen=True, slots=True)
class IntentText:
    """One file."""

    path: str
    """Relative to the content root."""
    text: str
    intent: EditableIntent


def intent_path(name: str) -> str:
    """Return the path of an intent's file, relative to the content root."""
    return f"{FOLDER}/{name}.yml"


def read_intents(root: Path) -> dict[str, IntentText]:
    """Return all intent files by file stem, in order of it.

    Raises:
        WorkbookError: Files cannot be read; all are named.
    """
    found = {}
    problems = []
    for path in sorted((root / FOLDER).glob("*.yml")):
        if path.name.startswith(("_", ".")) or path.stem in _NOT_INTENTS or not path.is_file():
            continue
        relative = intent_path(path.stem)
        try:
            # newline="": ends of lines stay as they are in the file
            with path.open(encoding="utf-8", newline="") as file:
                text = file.read()
            found[path.stem] = IntentText(relative, text, read_intent(text))
        except EditError as error:
            where = f"{relative}:{error.line}" if error.line else relative
            problems.append(CellProblem("", 0, 0, f"{where} {error.message}", error.remedy))
        except UnicodeDecodeError:
            problems.append(CellProblem("", 0, 0, f"{relative} 不是 UTF-8 编码", "另存为 UTF-8"))
        except OSError as error:
            problems.append(CellProblem("", 0, 0, f"{relative} 打不开：{error.strerror}"))
    if problems:
        raise WorkbookError(tuple(problems))
    return found


def parts_of(intent: EditableIntent) -> Mapping[str, str | tuple[str, ...]]:
    """Return everything the workbook shows of an intent: name of the part → value.

    A part is a key of the file, or `answers/<region>/<field>`; what is empty is left out.
    """
    return {name: value for name, value in _parts(intent) if value}


def _parts(intent: EditableIntent) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for key in (*HEAD_COLUMNS, *LIST_SHEETS):
        yield key, getattr(intent, key)
    for region, fields in intent.answers.items():
        for name, text in fields.items():
            yield f"answers/{region}/{name}", text


def part_digest(value: str | tuple[str, ...]) -> str:
    """Return what tells one value of a part from another; empty values have none."""
    if not value:
        return ""
    return text_digest(value if isinstance(value, str) else "\0".join((*value, str(len(value)))))
