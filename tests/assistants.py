"""Catalogs and assistants that tests share: each is built once a process.

Trained matchers are kept in the checkout's `var/cache`, named by content and code, so that only
the first run after a change learns them again.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.bootstrap import build_assistant, load
from app.dialogue.assistant import Assistant
from app.domain.content import Catalog
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
VAR_DIR = ROOT / "var"
SMALL_CONTENT = ROOT / "tests/data/small_content"
"""Two accounts, seven topics, two flows: cut from the content that ships, so the facts are real."""


@cache
def shipped_catalog() -> Catalog:
    """Return what `intents/` and `knowledge/` of the checkout say."""
    return load(Settings(content_dir=ROOT))


@cache
def small_catalog() -> Catalog:
    """Return the small content."""
    return load(Settings(content_dir=SMALL_CONTENT))


@cache
def shipped_assistant() -> Assistant:
    """Return the assistant on the content that ships; about 30 s where it must learn."""
    return build_assistant(Settings(content_dir=ROOT, var_dir=VAR_DIR))


@cache
def small_assistant() -> Assistant:
    """Return the assistant on the small content; about 3 s where it must learn."""
    return build_assistant(Settings(content_dir=SMALL_CONTENT, var_dir=VAR_DIR))
