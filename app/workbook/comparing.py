"""What a workbook wants to change, against the files as they are now.

Three versions of every part are compared: as exported (its digest), as the workbook says now, as
the file says now. Who did not touch a part does not decide about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.content.problems import did_you_mean
from app.editing.intent_file import EditableIntent, IntentChange, change_intent, text_digest
from app.editing.new_file import new_intent_text
from app.errors import EditError
from app.workbook.content import IntentText, intent_path, part_digest, parts_of
from app.workbook.layout import HEAD_COLUMNS, HEAD_SHEET, ID_COLUMN, KINDS, LIST_SHEETS
from app.workbook.problems import CellProblem
from app.workbook.reading import Book, BookIntent, Cell

_CONFLICT = "重新导出一份，把这里的改动再写进去"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file to be written, made or deleted."""

    path: str
    """Relative to the content root."""
    before: str | None
    """None where the file is new."""
    after: str | None
    """None where the file is to be deleted."""
    source: BookIntent | None = None
    """Where in the workbook the intent stands."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes, or why there are none."""

    changes: tuple[FileChange, ...]
    problems: tuple[CellProblem, ...]


def compare(book: Book, files: Mapping[str, IntentText]) -> Plan:
    """Return what to change so that the files say what was changed in the workbook.

    Args:
        book: The workbook as read.
        files: The files as they are now, by id.
    """
    comparison = _Comparison(book, files)
    changes = tuple(comparison.changes())
    problems = tuple(sorted({*book.problems, *comparison.problems}))
    return Plan(() if problems else changes, problems)


class _Comparison:
    def __init__(self, book: Book, files: Mapping[str, IntentText]) -> None:
        self._book = book
        self._files = files
        self.problems: list[CellProblem] = []

    def changes(self) -> Iterator[FileChange]:
        exported = {name for name, part in self._book.digests if not part}
        for name, own in self._book.intents.items():
            file = self._files.get(name)
            if file is not None and name in exported:
                yield from self._changed(name, own, file)
            elif file is not None:
                message = f"已经有编号是 {name} 的问答，是导出之后新建的"
                self.problems.append(own.row.problem(ID_COLUMN, message, _CONFLICT))
            elif name not in exported:
                yield from self._new(name, own)
            elif any(self._touched(name, own)):
                message = f"{name} 的文件在导出之后被删掉了"
                self.problems.append(own.row.problem(ID_COLUMN, message, _CONFLICT))
        for name in sorted(exported - self._book.intents.keys() & self._files.keys()):
            if name in self._files:
                yield from self._deleted(name, self._files[name])

    def _touched(self, name: str, own: BookIntent) -> Iterator[str]:
        """Yield the parts that the workbook changed since the export."""
        digests = self._book.digests
        known = [part for own_id, part in digests if own_id == name and part]
        for part in dict.fromkeys((*known, *own.part_names())):
            if part_digest(own.part(part)[0]) != digests.get((name, part), ""):
                yield part

    def _changed(self, name: str, own: BookIntent, file: IntentText) -> Iterator[FileChange]:
        now = parts_of(file.intent)
        wanted: dict[str, str | tuple[str, ...]] = {}
        for part in self._touched(name, own):
            value, cell = own.part(part)
            base = self._book.digests.get((name, part), "")
            current = now.get(part, "")
            if part_digest(current) == part_digest(value):
                continue
            if part_digest(current) != base:
                message = f"{file.path} 的这一处在导出之后也改过，和表里的不一样"
                problem = cell.problem(message, _CONFLICT) if cell else None
                problem = problem or own.row.problem(
                    ID_COLUMN, f"{_shown(part)}：{message}", _CONFLICT
                )
                self.problems.append(problem)
            elif part == "kind":
                self._check_kind_kept(own, file)
            else:
                self._check_texts(own, part, current)
                wanted[part] = value
        if wanted:
            yield from self._edited(own, file, wanted)

    def _edited(
        self, own: BookIntent, file: IntentText, wanted: Mapping[str, str | tuple[str, ...]]
    ) -> Iterator[FileChange]:
        try:
            after = change_intent(file.text, _change_of(wanted))
        except EditError as error:
            self.problems.append(own.row.problem(ID_COLUMN, f"{file.path} {error}"))
            return
        if after != file.text:
            yield FileChange(file.path, file.text, after, own)

    def _new(self, name: str, own: BookIntent) -> Iterator[FileChange]:
        kind = own.part("kind")[0]
        if kind not in KINDS:
            message = (
                f"没有“{kind}”这个种类{did_you_mean(str(kind), KINDS)}" if kind else "缺少种类"
            )
            remedy = "从下拉列表里选，一般是 faq"
            self.problems.append(own.row.problem(HEAD_COLUMNS["kind"], message, remedy))
            return
        for part in own.part_names():
            self._check_texts(own, part, "")
        values: dict[str, Any] = {part: own.part(part)[0] for part in own.part_names()}
        change = _change_of({p: v for p, v in values.items() if p != "kind"})
        answers: dict[str, dict[str, str]] = {}
        for (region, field), text in change.answers.items():
            answers.setdefault(region, {})[field] = text
        plain = {part: value for part, value in values.items() if "/" not in part}
        intent = EditableIntent(id=name, answers=answers, **plain)
        yield FileChange(intent_path(name), None, new_intent_text(intent), own)

    def _deleted(self, name: str, file: IntentText) -> Iterator[FileChange]:
        if text_digest(file.text) == self._book.digests[name, ""]:
            yield FileChange(file.path, file.text, None)
            return
        message = f"表里删掉了 {name}，可是 {file.path} 在导出之后改过"
        self.problems.append(CellProblem(HEAD_SHEET, 0, 0, message, _CONFLICT))

    def _check_kind_kept(self, own: BookIntent, file: IntentText) -> None:
        message = f"已有的问答不能在表里改种类，原来是 {file.intent.kind}"
        self.problems.append(own.row.problem(HEAD_COLUMNS["kind"], message, "改回去"))

    def _check_texts(self, own: BookIntent, part: str, current: str | tuple[str, ...]) -> None:
        """Report spaces around new texts, and items of several lines."""
        is_list = part in LIST_SHEETS
        cell = own.part(part)[1]
        cells: list[Cell] = own.lists.get(part, []) if is_list else [cell] if cell else []
        for one in cells:
            if one.text in current if is_list else one.text == current:
                continue
            if one.text != one.text.strip():
                self.problems.append(one.problem("前面或后面有空格、空行", "删掉"))
            elif is_list and "\n" in one.text:
                self.problems.append(one.problem("一格里有好几行", "一行只写一句，分成几行"))


def _change_of(wanted: Mapping[str, str | tuple[str, ...]]) -> IntentChange:
    plain: dict[str, Any] = {}
    answers: dict[tuple[str, str], str] = {}
    for part, value in wanted.items():
        if part.startswith("answers/"):
            _, region, field = part.split("/", 2)
            answers[region, field] = str(value)
        else:
            plain[part] = value
    return IntentChange(answers=answers, **plain)


def _shown(part: str) -> str:
    """Return what the workbook calls a part."""
    if part in LIST_SHEETS:
        return LIST_SHEETS[part]
    return HEAD_COLUMNS.get(part, "答案 " + part.removeprefix("answers/"))
