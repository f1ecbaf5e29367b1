"""The candidates of one text as a table: how sure, by what evidence, compared with which words."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element

from app.console.elements import box, text
from app.console.wording import EVIDENCE, INTENT_KINDS
from app.domain.content import Catalog
from app.domain.turn import Candidate, Ranking


def draw_ranking(ranking: Ranking, catalog: Catalog) -> None:
    """Draw the table; thresholds stand as ticks on every bar."""
    if not ranking.candidates:
        text("没有可比的意图。", "p", "muted")
        return
    columns = _columns(ranking.candidates)
    with (
        box("div", "table-wrap", role="region", aria_label="意图排序", tabindex="0"),
        box("table", "ranking"),
    ):
        with box("thead"), box("tr"):
            text("意图", "th", scope="col")
            text("把握", "th", scope="col")
            for column in columns:
                name, meaning = EVIDENCE.get(column, (column, column))
                text(name, "th", "number", scope="col", title=meaning)
        for candidate in ranking.candidates:
            with box("tbody"):
                _draw_candidate(candidate, columns, ranking, catalog)
    text(
        f"长刻度 {ranking.accept:.0%}：到了就直接回答；短刻度 {ranking.offer:.0%}：到了就反问。",
        "p",
        "muted small",
    )


def _columns(candidates: Sequence[Candidate]) -> list[str]:
    """Return the kinds of evidence that occur, known ones first."""
    occurring = {name for candidate in candidates for name in candidate.evidence}
    return [n for n in EVIDENCE if n in occurring] + sorted(occurring - EVIDENCE.keys())


def _draw_candidate(
    candidate: Candidate, columns: Sequence[str], ranking: Ranking, catalog: Catalog
) -> None:
    intent = catalog.intents.get(candidate.intent)
    with box("tr"):
        with box("th", scope="row"):
            text(intent.title if intent else candidate.intent, classes="title")
            kind = INTENT_KINDS[intent.kind] if intent else ""
            if kind:
                text(kind, classes="kind-tag")
            text(candidate.intent, "code", "id")
        with box("td", "confidence"):
            text(f"{candidate.confidence:.1%}")
            _draw_bar(candidate.confidence, ranking)
        for column in columns:
            value = candidate.evidence.get(column)
            text("" if value is None else f"{value:.2f}", "td", "number")
    with box("tr", "more"), box("td", colspan=str(len(columns) + 2)):
        # The columns of numbers, for a screen that has no room for them.
        with box("p", "numbers muted"):
            for column in columns:
                value = candidate.evidence.get(column)
                if value is not None:
                    text(f"{EVIDENCE.get(column, (column,))[0]} {value:.2f}")
        if candidate.nearest:
            text("最像的说法 ", classes="muted")
            text(candidate.nearest)


def _draw_bar(confidence: float, ranking: Ranking) -> Element:
    strength = "sure" if confidence >= ranking.accept else "unsure"
    with box("div", "bar", aria_hidden="true") as bar:
        box("div", f"bar-fill {strength}").style(f"width:{confidence:.1%}")
        box("div", "tick").style(f"left:{ranking.accept:.1%}")
        box("div", "tick short").style(f"left:{ranking.offer:.1%}")
    return bar
