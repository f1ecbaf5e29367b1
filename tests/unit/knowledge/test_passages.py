"""Passages are offered for questions that a section clearly is about, word for word."""

from __future__ import annotations

from datetime import date

from app.domain.content import Document, Section
from app.domain.names import Region
from app.knowledge.passages import Passages

TEXT = "学生扣款的折卡，一定要做标记以防时间久了遗忘。监护人签约时要带证件。"


def passages() -> Passages:
    sections = {
        "折卡标记": Section("折卡标记", TEXT, 3),
        "住院转院": Section("住院转院", "24小时内转院的按连续住院办理。", 9),
    }
    document = Document(
        id="d",
        title="问答",
        publisher="局",
        published=date(2025, 1, 1),
        region=Region("north"),
        applies_to="2025 年度",
        valid_from=date(2025, 1, 1),
        valid_until=date(2025, 12, 31),
        confirm="12333",
        sections=sections,
    )
    return Passages([document], Region("north"))


def test_a_question_full_of_a_sections_words_finds_it() -> None:
    found = passages().best("扣款折卡做标记以防遗忘")
    assert found is not None
    assert str(found.anchor) == "d#折卡标记"
    assert found.text in TEXT


def test_a_question_about_something_else_finds_nothing() -> None:
    assert passages().best("公交卡在哪里充值最便宜") is None
    assert passages().best("扣款") is None
    assert Passages([], Region("north")).best("扣款折卡做标记以防遗忘") is None
