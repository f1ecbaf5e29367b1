"""Beside an intent's form: the answer as on the phone, and what new utterances do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui.element import Element

from app.console.elements import box, icon, text
from app.console.intent_form import Form, items
from app.console.stealing import Effect, Near
from app.console.wording import bot_name
from app.content.placeholders import fill_facts
from app.domain.content import Catalog
from app.domain.names import Region


@dataclass(frozen=True, slots=True)
class Preview:
    """An answer as a parent reads it, as far as it does not depend on the day."""

    place: str
    text: str
    sources: tuple[str, ...]
    """Titles of the documents it cites."""


def previews_of(form: Form, catalog: Catalog) -> tuple[Preview, ...]:
    """Return the answers of a form with their facts filled in; what is unknown stays as typed."""
    names = {account.region: account.name for account in catalog.accounts.values()}
    found = []
    for key, words in form.items():
        if not (key.startswith("answers/") and key.endswith("/text")):
            continue
        region = key.split("/")[1]
        facts = catalog.facts.get(Region(region), {})
        values = {name: fact.value for name, fact in facts.items()}
        cited = items(form.get(f"answers/{region}/source", ""))
        documents = (catalog.documents.get(line.partition("#")[0]) for line in cited)
        titles = dict.fromkeys(d.title for d in documents if d is not None)
        filled = fill_facts(words.strip(), values)
        found.append(Preview(names.get(Region(region), region), filled, tuple(titles)))
    return tuple(found)


def draw_previews(previews: Sequence[Preview]) -> None:
    """Draw each answer in a phone's chat."""
    if not previews:
        text("这条没有写在这里的答案（走流程，或是寒暄、无关的话）。", "p", "muted")
    for preview in previews:
        with box("div", "preview"):
            text(bot_name(preview.place), "p", "muted small")
            with box("div", "line bot"):
                text("医", "span", "avatar", aria_hidden="true")
                with box("div", "said"):
                    lines = [preview.text or "（还没有写）"]
                    lines += [f"依据：{title}" for title in preview.sources]
                    text("\n\n".join(lines), "div", "bubble")


def draw_effects(effects: Sequence[Effect]) -> None:
    """Draw where each new utterance goes today, and what it comes near."""
    if not effects:
        text("在“说法”里加一句，这里会显示它现在答到哪里、会不会抢别的问答。", "p", "muted")
    for effect in effects:
        with box("div", "effect"):
            text(f"“{effect.text}”", "p", "effect-text")
            text(_goes(effect), "p", "small")
            for near in effect.near:
                _draw_near(near)


def _goes(effect: Effect) -> str:
    if not effect.goes_to:
        return f"{effect.place}：现在认不出来"
    how = "直接回答" if effect.is_sure else "拿不准"
    whose = "就是这一条" if effect.is_own else f"“{effect.goes_to}”"
    return f"{effect.place}：现在是{whose}，把握 {effect.confidence:.0%}，{how}"


def _draw_near(near: Near) -> Element:
    with box("div", "near at-risk" if near.is_at_risk else "near") as drawn:
        if near.is_at_risk:
            icon("warning")
        kind = "测试句" if near.is_test else "说法"
        risk = "可能抢走" if near.is_at_risk else "靠近"
        text(f"{risk}“{near.title}”的{kind}：{near.text}（像 {near.similarity:.0%}）")
    return drawn
