"""Slot values (槽位) found in a message by the words that operators list, or as numbers and days.

What a slot's kind adds to its words is in `quantities`; how one word is found in `spotting`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.domain.flows import Slot, SlotKind
from app.flows.quantities import Days, day_choices, number_choices
from app.flows.spotting import GAP, Said, Word, is_all_of, plain, spot

WHOLE = "="
"""Before a synonym: it counts only as the whole reply."""
_ANSWERS_ONLY = frozenset(
    {
        "是",
        "是的",
        "对",
        "对的",
        "嗯",
        "有",
        "有的",
        "在",
        "在的",
        "不是",
        "不是的",
        "否",
        "没有",
        "没",
        "无",
        "不",
        "不在",
        "不对",
        "行",
        "好",
        "可以",
        "好的",
        "会",
        "不会",
        "能",
        "不能",
        "要",
        "不要",
        "上",
        "没上",
    }
)
"""Words that mean something only as a reply to the question just asked."""
_BEYOND = re.compile("(?:香港|澳门|台湾)(?=(?:籍|户|人|居民|身份|来?的?(?:学生|孩子|娃)))")
"""People from there are not from just another city."""
_PARTICLES = "啊呀哦噢喔嘛的呢吧哈滴哒了啦"
"""What may follow “是” or “有” in a bare answer."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a message says about the slots of a flow."""

    values: Mapping[str, str]
    """Slot → choice value, for slots with one reading."""
    contradictory: frozenset[str]
    """Slots for which the message names two values."""


def find_values(
    text: str,
    slots: Iterable[Slot],
    asking: str,
    fold: Callable[[str], str],
    days: Days | None = None,
) -> Found:
    """Find slot values in a message.

    Longer synonyms win over the shorter ones inside them (非京籍 over 京籍). Bare answers such as
    “不是” count for the slot `asking` only, and only when they begin the message; so do days,
    numbers without their unit, and free text.

    Args:
        text: Normalised message.
        slots: Slots of the flow.
        asking: Name of the slot that was asked last; "" at the start of a flow.
        fold: Maps a text or synonym to the form in which they are compared (place names folded).
        days: Reads the days that a text names; None where no clock is at hand.
    """
    said = Said.of(fold(_BEYOND.sub("港澳台", text)))
    ordered = tuple(slots)
    vague = _vague(ordered, fold)
    values: dict[str, str] = {}
    contradictory: set[str] = set()
    for slot in ordered:
        words = _words(slot, fold, vague)
        hits = {value for value in spot(said, words) if value}
        hits = hits or _kind_hits(text, slot, slot.name == asking, days)
        if not hits and slot.name == asking:
            hits = _bare_answer(text, {Said.of(text).letters, said.letters}, slot, fold, vague)
            if not hits and slot.otherwise and said.letters:
                hits = {slot.otherwise}
        if len(hits) == 1:
            values[slot.name] = hits.pop()
        elif hits:
            contradictory.add(slot.name)
    return Found(values, frozenset(contradictory))


def _kind_hits(text: str, slot: Slot, asked: bool, days: Days | None) -> set[str]:
    if slot.kind is SlotKind.NUMBER:
        return number_choices(text, slot, asked)
    if slot.kind is SlotKind.DATE and asked and days is not None:
        return day_choices(days(text), slot)
    return set()


@lru_cache(maxsize=64)
def _vague(slots: tuple[Slot, ...], fold: Callable[[str], str]) -> frozenset[str]:
    """Return the synonyms that say too little by themselves: one character, or in several slots.

    A synonym of one slot that becomes the word of another by folding is in several slots, too.
    With a gap, be it at its end, the operator says that a word counts all the same.
    """
    seen: dict[str, str] = {}
    vague = set(_ANSWERS_ONLY)
    for slot in slots:
        for choice in slot.choices:
            for word in (choice.label, *choice.synonyms):
                if word.startswith(WHOLE):
                    continue
                vague.update(
                    form
                    for form in _forms(word, fold)
                    if GAP not in form
                    and (len(form) <= 1 or seen.setdefault(form, slot.name) != slot.name)
                )
    return frozenset(vague)


@lru_cache(maxsize=16384)
def _forms(word: str, fold: Callable[[str], str]) -> frozenset[str]:
    """Return a synonym as it may stand in a message: as written, and with place names folded."""
    return frozenset((plain(word.lower()), plain(fold(word.lower()))))


def _form(word: str, fold: Callable[[str], str]) -> str:
    """Return a synonym as it stands in a folded message."""
    return plain(fold(word.lower()))


@lru_cache(maxsize=512)
def _words(slot: Slot, fold: Callable[[str], str], vague: frozenset[str]) -> tuple[Word, ...]:
    """Return the slot's words that can stand anywhere; cached, as the catalog is immutable.

    The words to ignore have no value: they only keep others from being found inside them.
    """
    texts = [
        (word, choice.value)
        for choice in slot.choices
        for word in (choice.label, *choice.synonyms)
        if not word.startswith(WHOLE)
    ]
    texts += [(word, "") for word in slot.ignore]
    forms = dict.fromkeys((_form(word, fold), value) for word, value in texts)
    return tuple(Word.of(form, value) for form, value in forms if form and form not in vague)


def _bare_answer(
    text: str, said: set[str], slot: Slot, fold: Callable[[str], str], vague: frozenset[str]
) -> set[str]:
    """Read a reply that means something only here: “不是，…”, or a vague word as the whole reply.

    Args:
        text: Normalised message.
        said: The whole message without punctuation, as written and with place names folded.
    """
    best = ""
    hits: set[str] = set()
    for choice in slot.choices:
        for word in (choice.label, *choice.synonyms):
            for form in _forms(word, fold):
                leads = form in _ANSWERS_ONLY and _leads(text, form)
                is_whole = form in vague and form in said
                is_whole = is_whole or (word.startswith(WHOLE) and is_all_of(form, said))
                if not (leads or is_whole) or len(form) < len(best):
                    continue
                if len(form) > len(best):
                    hits = set()
                best = form
                hits.add(choice.value)
    return hits


def _leads(text: str, word: str) -> bool:
    """Tell whether the message opens with the word: “有，在北京”, but not “有哪些缴费方式”."""
    if not text.startswith(word):
        return False
    rest = text[len(word) :].lstrip(word + _PARTICLES)
    return len(word) > 1 or not rest[:1].isalnum()
