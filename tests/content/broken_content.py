"""Content roots that are broken in one way each.

sound/              a small root without any problem
broken/<case>/      files that replace or join those of sound/
  removed.txt       files of sound/ that this case lacks
  required.txt      keys of texts that the program asks for, each with the values it fills in
  expected.txt      what lint must say, line by line
"""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOUND = HERE / "sound"
CASES = sorted(p for p in (HERE / "broken").iterdir() if p.is_dir())
_NOTES = {"removed.txt", "required.txt", "expected.txt"}


def build_root(case: Path, root: Path) -> Path:
    """Lay the case's files over the sound ones; return the root."""
    shutil.copytree(SOUND, root, dirs_exist_ok=True)
    for path in case.rglob("*"):
        if path.is_file() and path.name not in _NOTES:
            target = root / path.relative_to(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for name in note(case, "removed.txt"):
        (root / name).unlink()
    return root


def note(case: Path, name: str) -> list[str]:
    """Return the lines of a note of the case; none where it has no such note."""
    path = case / name
    return path.read_text("utf-8").splitlines() if path.exists() else []


def required_texts(case: Path) -> dict[str, list[str]]:
    """Return the texts that the program asks for in this case."""
    return {line.split()[0]: line.split()[1:] for line in note(case, "required.txt")}
