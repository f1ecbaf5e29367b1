"""npm packages that tests use: locked, installed once outside the checkout's own files."""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.assistants import VAR_DIR

_MANIFESTS = ("package.json", "package-lock.json")
_TIMEOUT_S = 180


def installed_packages(folder: Path, name: str) -> Path:
    """Install what `folder` locks and return where; without npm the test is skipped, but not in CI.

    Args:
        folder: Has `package.json` and `package-lock.json`.
        name: Of the place below `var/`.
    """
    if shutil.which("npm") is None and os.environ.get("CI") != "true":
        pytest.skip("Node 不在这台机器上")
    content = b"".join((folder / manifest).read_bytes() for manifest in _MANIFESTS)
    place = VAR_DIR / name / sha256(content).hexdigest()[:12]
    if not (place / "installed").exists():
        place.mkdir(parents=True, exist_ok=True)
        for manifest in _MANIFESTS:
            shutil.copy(folder / manifest, place)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command, cwd=place, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
        assert done.returncode == 0, done.stderr
        (place / "installed").touch()
    return place
