"""The project's own files, wherever it is checked out, with or without git."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {"var", "build", "dist", "__pycache__"}
_OURS_THOUGH_HIDDEN = {".ci", ".dockerignore", ".env.example", ".gitignore"}


def project_files() -> Iterator[Path]:
    """Yield every file that belongs to the project, nothing built, cached or private."""
    yield from _files_below(ROOT)


def _files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name not in _OURS_THOUGH_HIDDEN
        if hidden or path.name in _NOT_OURS or path.suffix == ".egg-info":
            continue
        if path.is_dir():
            yield from _files_below(path)
        else:
            yield path


def app_modules() -> list[Path]:
    """Return all modules of the application."""
    return sorted((ROOT / "app").rglob("*.py"))
