"""What training reads is named in one place: its digest changes with it and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache as once

import pytest

from app.domain.content import Answer, Catalog, Opposites, Texts
from app.domain.names import Anchor, IntentId
from app.matching import training
from app.matching.curriculum import Curriculum, curriculum_of
from tests.unit.matching.little import ELSEWHERE, REGION, catalog, intent, usual

PAY = IntentId("pay")


@once
def content() -> Catalog:
    base = catalog(
        *usual().intents.values(),
        intent("abroad", ["在外地怎么报", "异地能报吗"], regions=(ELSEWHERE,)),
        places=("长沙", "柳州"),
    )
    return replace(
        base,
        synonyms={"缴费": ("交钱", "交费"), "退费": ("退钱",)},
        domain_words=("社保卡", "医保费"),
        opposites=(Opposites(("交了",), ("没交",), ("交没交",)),),
    )


def with_intent(**changes: object) -> Catalog:
    intents = dict(content().intents)
    intents[PAY] = replace(intents[PAY], **changes)  # type: ignore[arg-type]
    return replace(content(), intents=intents)


def digest(changed: Catalog) -> str:
    return curriculum_of(changed, REGION).digest


SAME: dict[str, Callable[[], Catalog]] = {
    "answer": lambda: with_intent(
        answers={REGION: Answer("改了的答案", (Anchor("a-2026", "一"),), windows=("payment",))}
    ),
    "tests": lambda: with_intent(tests=("医保咋交",)),
    "related": lambda: with_intent(related=(IntentId("refund"),)),
    "texts": lambda: replace(content(), texts=Texts({"error": ("抱歉",)})),
    "commands": lambda: replace(content(), commands={"help": ("帮助",)}),
    "revision": lambda: replace(content(), revision="9" * 64),
}
OTHER: dict[str, Callable[[], Catalog]] = {
    "utterance": lambda: with_intent(utterances=(*content().intents[PAY].utterances, "医保咋交")),
    "order of utterances": lambda: with_intent(utterances=content().intents[PAY].utterances[::-1]),
    "counter-example": lambda: with_intent(not_utterances=("别的",)),
    "title": lambda: with_intent(title="改了的题目"),
    "no answer here": lambda: with_intent(answers={ELSEWHERE: Answer("", ())}),
    "synonym": lambda: replace(content(), synonyms={**content().synonyms, "补卡": ("补办",)}),
    "order of synonyms": lambda: replace(
        content(), synonyms=dict(reversed([*content().synonyms.items()]))
    ),
    "word": lambda: replace(content(), domain_words=("社保卡",)),
    "place": lambda: replace(content(), places=("长沙",)),
    "own place": lambda: replace(
        content(),
        accounts={"here": replace(content().accounts["here"], places=("柳州", "柳江"))},
    ),
    "opposites": lambda: replace(content(), opposites=()),
}


@pytest.mark.parametrize("change", SAME)
def test_what_is_not_learned_changes_nothing(change: str) -> None:
    changed = SAME[change]()
    assert changed != content()
    assert digest(changed) == digest(content())


@pytest.mark.parametrize("change", OTHER)
def test_what_is_learned_changes_the_digest(change: str) -> None:
    assert digest(OTHER[change]()) != digest(content())


def test_regions_learn_different_things() -> None:
    assert curriculum_of(content(), ELSEWHERE).digest != digest(content())


def test_every_field_counts() -> None:
    whole = curriculum_of(content(), REGION)
    empty = replace(curriculum_of(catalog(), REGION), own_places=())
    for field in fields(Curriculum):
        assert replace(whole, **{field.name: getattr(empty, field.name)}).digest != whole.digest, (
            field.name
        )


def test_training_needs_nothing_but_the_curriculum() -> None:
    """The matcher of the whole catalog is the one of its curriculum, which holds no catalog."""
    curriculum = curriculum_of(content(), REGION)
    alone = training.train_on(curriculum, curriculum.tokenizer)
    whole = training.train(content(), REGION, training.tokenizer_of(content()))
    for text in ("怎么交费", "长沙能报吗", "没交咋办", "zen me tui fei", ""):
        assert alone.rank(text) == whole.rank(text)
