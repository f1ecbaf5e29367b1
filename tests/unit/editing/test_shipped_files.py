"""Every shipped intent file: read, changed and changed back, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.editing.intent_file import IntentChange, change_intent, read_intent
from tests.assistants import ROOT, SMALL_CONTENT

FILES = sorted(
    path
    for root in (ROOT, SMALL_CONTENT)
    for path in (root / "intents").glob("[a-z]*.yml")
    if path.name != "menu.yml"
)
HARD = "12:30 “全角：”#没有: 🙂"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that only one of two texts has, as multisets."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lost, gained = list(old), []
    for line in new:
        if line in lost:
            lost.remove(line)
        else:
            gained.append(line)
    return lost, gained


def test_there_are_files() -> None:
    assert len(FILES) > 160


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_saying_the_same_changes_nothing(path: Path) -> None:
    text = text_of(path)
    intent = read_intent(text)
    same = IntentChange(
        title=intent.title,
        utterances=intent.utterances,
        not_utterances=intent.not_utterances,
        tests=intent.tests,
        related=intent.related,
        answers={(r, f): v for r, parts in intent.answers.items() for f, v in parts.items()},
    )
    assert intent.id == path.stem
    assert change_intent(text, same) == text
    assert change_intent(text, IntentChange()) == text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_change_touches_its_lines_only_and_can_be_taken_back(path: Path) -> None:
    text = text_of(path)
    intent = read_intent(text)
    utterances = list(intent.utterances)
    utterances.insert(len(utterances) // 2, HARD)
    change = IntentChange(
        title="08",
        utterances=(*utterances, "no"),
        not_utterances=(*intent.not_utterances, "- 横线"),
        related=(*intent.related, "fee_standard"),
        answers={
            (region, "text"): parts["text"] + "\n\n  缩进的一行: # 不是注释\n末行"
            for region, parts in intent.answers.items()
            if "text" in parts
        },
    )
    changed = change_intent(text, change)
    assert read_intent(changed).utterances == change.utterances
    lost, gained = changed_lines(text, changed)
    assert lost == [next(line for line in text.splitlines(True) if line.startswith("title:"))]
    assert len(gained) <= 10 + 4 * len(intent.answers)
    back = IntentChange(
        title=intent.title,
        utterances=intent.utterances,
        not_utterances=intent.not_utterances,
        related=intent.related,
        answers={(r, "text"): parts["text"] for r, parts in intent.answers.items()},
    )
    assert read_intent(change_intent(changed, back)) == intent
