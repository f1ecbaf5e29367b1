"""Content of any size, made from our own: one intent for each of our utterances and its variants.

Deterministic: the same content gives the same intents. Real sentences keep what makes large content
hard (common words, near-duplicates); the variants stand for the paraphrases that operators write.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.content import Catalog

UTTERANCES = 10
_OPENINGS = ("请问", "我想知道", "想问下", "那个", "麻烦问下", "", "", "")
_ENDINGS = ("呢", "啊", "呀", "谢谢", "", "", "")
_PLACES = ("", "青禾区", "云溪镇", "白石县", "新港市", "南湖区", "金川县", "东岭镇")
"""Where there are more intents than sentences the same question is asked for another place."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence and the intent that it means."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Training sentences and one test sentence for each intent."""

    train: tuple[Labelled, ...]
    test: tuple[Labelled, ...]


def synthetic(catalog: Catalog, intents: int) -> Synthetic:
    """Return content with so many intents of `UTTERANCES` utterances each.

    Raises:
        ValueError: The content is too small for so many intents.
    """
    seeds = [
        (text, intent.utterances)
        for _, intent in sorted(catalog.intents.items())
        for text in intent.utterances
        if 6 <= len(text) <= 40
    ]
    # Not a seed of the process, and the same on every machine.
    chance = random.Random(20251201)  # noqa: S311 - no secret
    chance.shuffle(seeds)
    if intents > len(seeds) * len(_PLACES):
        raise ValueError(f"{len(seeds)} sentences are not enough for {intents} intents")
    train: list[Labelled] = []
    test: list[Labelled] = []
    for number in range(intents):
        text, siblings = seeds[number % len(seeds)]
        seed = _PLACES[number // len(seeds)] + text
        name = f"intent_{number:05d}"
        train.append(Labelled(seed, name))
        variants = [_variant(seed, siblings, chance) for _ in range(UTTERANCES)]
        train.extend(Labelled(variant, name) for variant in variants[1:])
        test.append(Labelled(variants[0], name))
    return Synthetic(tuple(train), tuple(test))


def _variant(seed: str, siblings: Sequence[str], chance: random.Random) -> str:
    """Return a paraphrase: a piece dropped, moved or taken from a sibling, and other fillers."""
    pieces = [seed[i : i + 2] for i in range(0, len(seed), 2)]
    kind = chance.randrange(4)
    at = chance.randrange(len(pieces))
    if kind == 0 and len(pieces) > 3:
        del pieces[at]
    elif kind == 1 and len(pieces) > 3:
        pieces.insert(chance.randrange(len(pieces)), pieces.pop(at))
    elif kind == 2:
        other = chance.choice(siblings)
        start = chance.randrange(len(other))
        pieces.insert(at, other[start : start + 3])
    return chance.choice(_OPENINGS) + "".join(pieces) + chance.choice(_ENDINGS)
