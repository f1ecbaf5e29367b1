"""Why the matcher ranks as it does: nearest utterances, and the features that decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.names import IntentId
from app.domain.turn import Ranking
from app.matching.judging import hindsight_of, rival_of, rivals_of
from app.matching.matcher import Matcher


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An utterance that is like the message."""

    text: str
    intent: IntentId
    similarity: float
    """Cosine, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that `yibao explain` shows."""

    ranking: Ranking
    neighbours: tuple[Neighbour, ...]
    """Most similar utterances, best first."""
    deciding: tuple[tuple[str, float], ...]
    """Features with what each adds to the first candidate over the second, strongest first."""


@dataclass(frozen=True, slots=True)
class Confusable:
    """An utterance that another intent would take, or nearly, if it were not there."""

    text: str
    intent: IntentId
    rival: IntentId
    margin: float
    """Score of its own intent less the rival's; negative: the rival takes it."""


def explain(matcher: Matcher, text: str, count: int = 8) -> Explanation:
    """Explain the ranking of a text."""
    ranking = matcher.rank(text)
    query = matcher.query(matcher.analyse(text))
    similar = query.similar[: len(matcher.model.utterances)]
    best = np.argsort(-similar, kind="stable")[:count]
    neighbours = tuple(
        Neighbour(
            matcher.model.utterances[i],
            matcher.model.classes[matcher.model.labels[i]],
            float(similar[i]),
        )
        for i in best
        if similar[i] > 0
    )
    deciding: list[tuple[str, float]] = []
    if len(ranking.candidates) > 1:
        first, second = (matcher.model.classes.index(c.intent) for c in ranking.candidates[:2])
        gains = query.view.ranker.gains(query, first, second)
        names = matcher.space.names()
        strongest = np.argsort(-np.abs(gains), kind="stable")[:count]
        deciding = [(names[query.indices[i]], float(gains[i])) for i in strongest]
    return Explanation(ranking, neighbours, tuple(deciding))


def confusables(matcher: Matcher, least_margin: float = 0.0) -> tuple[Confusable, ...]:
    """Return the topics' utterances with a margin below `least_margin`, worst first.

    Judged by the live ranker as if the utterance had not been written (leave-one-out). Content
    beyond `ranker.MOST_ROWS` is judged here and now, about 3 ms an utterance.
    """
    model = matcher.model
    rivals, margins = model.rivals, model.margins
    if not is_judged(matcher):
        rivals, margins = rivals_of(hindsight_of(model), model.labels)
    found = [
        Confusable(
            model.utterances[i],
            model.classes[model.labels[i]],
            model.classes[rivals[i]],
            float(margins[i]),
        )
        for i in np.argsort(margins, kind="stable")
        if margins[i] < least_margin and model.classes[model.labels[i]] in model.topics
    ]
    return tuple(found)


def is_judged(matcher: Matcher) -> bool:
    """Tell whether every utterance was judged in training: not so beyond `ranker.MOST_ROWS`."""
    return len(matcher.model.rivals) == len(matcher.model.labels)


def left_out(matcher: Matcher, rows: Sequence[int]) -> tuple[Confusable, ...]:
    """Judge some utterances as if each had not been written, in the order of `rows`.

    Free where training judged them (see `is_judged`), else about 3 ms each.
    """
    model = matcher.model
    if is_judged(matcher):
        judged = [(int(model.rivals[row]), float(model.margins[row])) for row in rows]
    else:
        hindsight = hindsight_of(model)
        judged = [rival_of(hindsight, row, int(model.labels[row])) for row in rows]
    return tuple(
        Confusable(
            model.utterances[row], model.classes[model.labels[row]], model.classes[rival], margin
        )
        for row, (rival, margin) in zip(rows, judged, strict=True)
    )


def nearest_utterance(
    matcher: Matcher, text: str, intent: IntentId, besides: Collection[str] = ()
) -> Neighbour | None:
    """Return the intent's utterance that is most like a text, None where none has anything of it.

    Args:
        matcher: Its utterances are looked at.
        text: As typed.
        intent: Whose utterances.
        besides: Utterances that are not looked at.
    """
    model = matcher.model
    if intent not in model.classes:
        return None
    similar = matcher.query(matcher.analyse(text)).similar
    own = np.flatnonzero(model.labels == model.classes.index(intent))
    rows = [row for row in own if similar[row] > 0 and model.utterances[row] not in besides]
    if not rows:
        return None
    best = max(rows, key=lambda row: float(similar[row]))
    return Neighbour(model.utterances[best], intent, float(similar[best]))
