"""Variants of the small content, each with planted changes, and assistants that learned them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.bootstrap import build_assistant
from app.content.conversations import load_conversations
from app.dialogue.assistant import Assistant
from app.impact.cases import ReplayCase, cases_of, joined, real_cases
from app.impact.comparing import compare
from app.impact.findings import Impact
from app.settings import SHANGHAI, Settings
from tests.assistants import SMALL_CONTENT

AT = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)
ALIPAY = "intents/pay_by_alipay.yml"
BANK = "intents/pay_by_bank.yml"
THIEVES = ("打开支付宝后从哪个栏目给孩子付", "钱在余额宝，用支付宝给娃缴")
"""Utterances about Alipay, to be planted among those about banks."""

Edit = tuple[str, str, str]
"""File, what stands there, what is to stand there; an empty new text deletes the file."""


def changed(root: Path, *edits: Edit) -> Path:
    """Write the small content with the edits into a folder."""
    shutil.copytree(SMALL_CONTENT, root, dirs_exist_ok=True)
    for file, old, new in edits:
        path = root / file
        if not old and not new:
            path.unlink()
            continue
        text = path.read_text("utf-8") if path.exists() else ""
        assert old in text, f"{file} has no {old!r}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old else new, "utf-8")
    return root


def planted(file: str, sentences: Sequence[str]) -> Edit:
    """Return the edit that puts utterances into an intent."""
    lines = "".join(f"  - {sentence}\n" for sentence in sentences)
    return (file, "utterances:\n", f"utterances:\n{lines}")


@cache
def _var_dir() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="yibao-impact-")


@cache
def learned(*edits: Edit) -> tuple[Assistant, tuple[ReplayCase, ...]]:
    """Return the assistant on a variant, and its own cases; built once a process."""
    var = Path(_var_dir().name)
    root = changed(var / f"content-{abs(hash(edits))}", *edits)
    assistant = build_assistant(Settings(content_dir=root, var_dir=var))
    return assistant, cases_of(assistant.catalog, load_conversations(root))


def impact_of(*edits: Edit, real: Sequence[tuple[str, str, int]] = ()) -> Impact:
    """Compare the small content with a variant."""
    old, old_cases = learned()
    new, new_cases = learned(*edits)
    return compare(old, new, (*joined(old_cases, new_cases), *real_cases(real)), AT)
