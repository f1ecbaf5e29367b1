"""Changes of several files made together or not at all, after lint has seen the result."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

from app.content.lint import lint
from app.content.problems import ProblemList
from app.content.yaml_source import NodePath, read_yaml
from app.errors import ContentProblem
from app.workbook.comparing import FileChange
from app.workbook.layout import HEAD_COLUMNS, ID_COLUMN
from app.workbook.problems import CellProblem, WorkbookError, refuse
from app.workbook.reading import BookIntent

_PARTS = ("intents", "knowledge")


def check(
    root: Path, changes: Sequence[FileChange], required_texts: Collection[str]
) -> tuple[str, ...]:
    """Lint a copy of the content with the changes made; return new warnings.

    Args:
        root: The content root, which is only read.
        changes: What is to be changed.
        required_texts: As for `lint`.

    Raises:
        WorkbookError: Lint finds errors that were not there before, told by cell where the
            workbook has one, else by file and line.
    """
    before = {_without_place(problem) for problem in lint(root, required_texts)}
    with tempfile.TemporaryDirectory(prefix="yibao-import-") as folder:
        copy = Path(folder)
        for part in _PARTS:
            shutil.copytree(root / part, copy / part)
        for change in changes:
            _put(copy / change.path, change.after)
        found = [p for p in lint(copy, required_texts) if _without_place(p) not in before]
    by_path = {change.path: change for change in changes}
    errors = [p for p in found if p.level == "error"]
    if errors:
        cells = [(p, _cell_of(p, by_path.get(p.file))) for p in errors]
        raise WorkbookError(
            tuple(sorted(cell for _, cell in cells if cell)),
            tuple(str(p) for p, cell in cells if cell is None),
        )
    return tuple(str(_cell_of(p, by_path.get(p.file)) or p) for p in found)


def write(
    root: Path,
    changes: Sequence[FileChange],
    replace: Callable[[Path, Path], None] = os.replace,
) -> None:
    """Write all changes; where one fails, everything is as before.

    New texts are written beside their files first, so a full disk is noticed before any file is
    touched; then they are renamed over them, which needs no space.

    Raises:
        WorkbookError: The disk is full, a file is not writable, or was changed meanwhile.
    """
    done: list[FileChange] = []
    try:
        for change in changes:
            _check_unchanged(root, change)
            if change.after is not None:
                _write_synced(_beside(root, change, "new"), change.after)
            if change.before is not None:
                _write_synced(_beside(root, change, "old"), change.before)
        for change in changes:
            done.append(change)
            if change.after is None:
                (root / change.path).unlink()
            else:
                replace(_beside(root, change, "new"), root / change.path)
    except OSError as error:
        _restore(root, done)
        raise refuse(f"写不了内容文件：{error.strerror or error}", "什么都没有改") from error
    finally:
        for change in changes:
            for kind in ("new", "old"):
                with suppress(OSError):
                    _beside(root, change, kind).unlink(missing_ok=True)


def _restore(root: Path, done: Sequence[FileChange]) -> None:
    for change in reversed(done):
        if change.before is None:
            (root / change.path).unlink(missing_ok=True)
        else:
            _beside(root, change, "old").replace(root / change.path)


def _beside(root: Path, change: FileChange, kind: str) -> Path:
    """Return a path in the same folder that no reader of content looks at."""
    path = root / change.path
    return path.with_name(f".{path.name}.{kind}")


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _check_unchanged(root: Path, change: FileChange) -> None:
    path = root / change.path
    try:
        with path.open(encoding="utf-8", newline="") as file:
            now: str | None = file.read()
    except FileNotFoundError:
        now = None
    if now != change.before:
        raise refuse(f"{change.path} 刚刚被别人改过", "再导入一次")


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(text)


def _without_place(problem: ContentProblem) -> tuple[str, str, str]:
    return problem.file, problem.rule, problem.message


def _cell_of(problem: ContentProblem, change: FileChange | None) -> CellProblem | None:
    """Return the problem at the cell that says what stands at its line."""
    if change is None or change.source is None or change.after is None:
        return None
    message = f"{problem.message}（{problem.rule}）"
    path = _path_at(change.after, problem.line, problem.column)
    return _at_part(change.source, path, message, problem.remedy)


def _path_at(text: str, line: int, column: int) -> NodePath:
    source = read_yaml("", text, ProblemList())
    if source is None:
        return ()
    before = [
        (span.line, span.column, len(path), path)
        for spans in (source.values, source.keys)
        for path, span in spans.items()
        if path and (span.line, span.column) <= (line, column or 1_000_000)
    ]
    return max(before, key=lambda found: found[:3], default=(0, 0, 0, ()))[3]


def _at_part(own: BookIntent, path: NodePath, message: str, remedy: str) -> CellProblem:
    match path:
        case (str(key), int(number), *_) if number < len(own.lists.get(key, [])):
            return own.lists[key][number].problem(message, remedy)
        case (str(key), *_) if own.lists.get(key):
            return own.lists[key][0].problem(message, remedy)
        case ("answers", str(region), str(field), *_) if (region, field) in own.answers:
            return own.answers[region, field].problem(message, remedy)
        case (str(key), *_) if key in HEAD_COLUMNS:
            return own.row.problem(HEAD_COLUMNS[key], message, remedy)
    return own.row.problem(ID_COLUMN, message, remedy)
