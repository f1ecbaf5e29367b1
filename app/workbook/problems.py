"""What is wrong in a table, by sheet and cell."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from app.errors import AppError


@dataclass(frozen=True, slots=True, order=True)
class CellProblem:
    """One thing wrong; without a row the sheet is meant, without a sheet the file."""

    sheet: str
    row: int
    column: int
    """1-based like the row; 0 means all of it."""
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        letters = get_column_letter(self.column) if self.column else ""
        cell = f"!{letters}{self.row or ''}" if self.row or letters else ""
        where = f"{self.sheet}{cell}："
        return (
            (where if self.sheet else "")
            + self.message
            + (f" → {self.remedy}" if self.remedy else "")
        )


class WorkbookError(AppError):
    """A table cannot be used; nothing was written. Carries every problem found."""

    def __init__(self, problems: tuple[CellProblem, ...], notes: tuple[str, ...] = ()) -> None:
        """Keep the problems by cell, and those of files that have no cell as `notes`."""
        self.problems = problems
        self.notes = notes
        super().__init__("\n".join([*map(str, problems), *notes]))


def refuse(message: str, remedy: str = "") -> WorkbookError:
    """Return the error about a whole file."""
    return WorkbookError((CellProblem("", 0, 0, message, remedy),))
