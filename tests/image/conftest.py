"""The images, built once from the Dockerfile as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.image.engine import Engine, missing

ROOT = Path(__file__).resolve().parents[2]
APP, CONSOLE, TRACING = "yibao-app:test", "yibao-console:test", "yibao-tracing:test"


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Where images are built; skipped on a machine that cannot, which in CI is an error."""
    if lacking := missing():
        assert "CI" not in os.environ, lacking
        pytest.skip(lacking)
    return Engine(ROOT / "var" / "image")


@pytest.fixture(scope="session")
def app_image(engine: Engine) -> str:
    engine.build(ROOT, "app", APP)
    return APP


@pytest.fixture(scope="session")
def console_image(engine: Engine) -> str:
    engine.build(ROOT, "console", CONSOLE)
    return CONSOLE


@pytest.fixture(scope="session")
def tracing_image(engine: Engine) -> str:
    engine.build(ROOT, "tracing", TRACING)
    return TRACING
