"""Slot values (槽位) found in a message by the synonyms that operators list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.domain.content import Slot

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
_PARTICLES = "啊呀哦噢喔嘛的呢吧哈滴哒了啦"
"""What may follow “是” or “有” in a bare answer."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a message says about the slots of a flow."""

    values: Mapping[str, str]
    """Slot → choice value, for slots with one reading."""
    contradictory: frozenset[str]
    """Slots for which the message names two values."""


def find_values(text: str, slots: Iterable[Slot], asking: str, fold: Callable[[str], str]) -> Found:
    """Find slot values in a message.

    Longer synonyms win over the shorter ones inside them (非京籍 over 京籍). Bare answers such as
    “不是” count for the slot `asking` only, and only when they begin the message.

    Args:
        text: Normalised message.
        slots: Slots of the flow.
        asking: Name of the slot that was asked last; "" at the start of a flow.
        fold: Maps a text or synonym to the form in which they are compared (place names folded).
    """
    plain = _plain(text)
    folded = _plain(fold(text))
    ordered = tuple(slots)
    vague = _vague(ordered, fold)
    values: dict[str, str] = {}
    contradictory: set[str] = set()
    for slot in ordered:
        hits = {v for form in {plain, folded} for v in _hits(form, slot, fold, vague)}
        if not hits and slot.name == asking:
            hits = _bare_answer(text, {plain, folded}, slot, fold, vague)
        if len(hits) == 1:
            values[slot.name] = hits.pop()
        elif hits:
            contradictory.add(slot.name)
    return Found(values, frozenset(contradictory))


@lru_cache(maxsize=64)
def _vague(slots: tuple[Slot, ...], fold: Callable[[str], str]) -> frozenset[str]:
    """Return the synonyms that say too little by themselves: one character, or in several slots.

    A synonym of one slot that becomes the word of another by folding is in several slots, too.
    """
    seen: dict[str, str] = {}
    vague = set(_ANSWERS_ONLY)
    for slot in slots:
        for choice in slot.choices:
            for word in (choice.label, *choice.synonyms):
                vague.update(
                    form
                    for form in _forms(word, fold)
                    if len(form) <= 1 or seen.setdefault(form, slot.name) != slot.name
                )
    return frozenset(vague)


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _forms(word: str, fold: Callable[[str], str]) -> set[str]:
    """Return a synonym as it may stand in a message: as written, and with place names folded."""
    return {_plain(word.lower()), _plain(fold(word.lower()))}


def _hits(plain: str, slot: Slot, fold: Callable[[str], str], vague: frozenset[str]) -> set[str]:
    """Return the values whose synonyms stand in the text outside longer synonyms of the slot."""
    taken = [False] * len(plain)
    hits: set[str] = set()
    for word, value in _words(slot, fold, vague):
        start = plain.find(word)
        while start >= 0:
            span = range(start, start + len(word))
            if not any(taken[i] for i in span):
                hits.add(value)
                for i in span:
                    taken[i] = True
            start = plain.find(word, start + 1)
    return hits


@lru_cache(maxsize=512)
def _words(
    slot: Slot, fold: Callable[[str], str], vague: frozenset[str]
) -> tuple[tuple[str, str], ...]:
    """Return (synonym, value), longest synonym first; cached, as the catalog is immutable."""
    words = {
        (form, choice.value)
        for choice in slot.choices
        for word in (choice.label, *choice.synonyms)
        for form in _forms(word, fold)
        if form and form not in vague
    }
    return tuple(sorted(words, key=lambda pair: (-len(pair[0]), pair)))


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
                if not (leads or (form in vague and form in said)) or len(form) < len(best):
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
