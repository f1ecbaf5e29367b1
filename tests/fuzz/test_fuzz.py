"""The fuzz targets in the ordinary tests: seeds, everything that was found before, a short hunt."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fuzz.hunt import NAMES, REGRESSIONS, hunt
from tests.fuzz.targets import TARGETS

HAS_ATHERIS = sys.platform == "linux" and sys.version_info < (3, 14)
FOUND = sorted(path for path in REGRESSIONS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    seeds = list(TARGETS[name].seeds())
    assert len(seeds) >= 5
    for seed in seeds:
        TARGETS[name].run(seed)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_before(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


def test_every_target_is_hunted() -> None:
    assert set(NAMES) == set(TARGETS)
    assert {path.parent.name for path in FOUND} <= set(NAMES)


if HAS_ATHERIS:

    @pytest.mark.parametrize("name", NAMES)
    def test_a_short_hunt(name: str, tmp_path: Path) -> None:
        assert hunt(name, [f"-runs={TARGETS[name].smoke_runs}", "-seed=1"], tmp_path) == 0
        assert any(tmp_path.iterdir())
