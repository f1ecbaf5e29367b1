"""Utterances that take another intent's questions, as the live matcher judges them.

An utterance in the wrong file is a thief: parents who ask about the one thing are answered with
the other. The matcher, asked as if the utterance had not been written, is then sure that it
belongs elsewhere, and the utterance is like one of the other intent's and unlike its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.content.scope import Scope
from app.content.sentences import same_form
from app.domain.content import IntentKind
from app.domain.names import Region
from app.matching.judging import hindsight_of, rivals_of
from app.matching.matcher import Matcher
from app.matching.sparse import csr_of

Floats = NDArray[np.float32]

_LIMITS = {IntentKind.FAQ.value: 0.75, IntentKind.GAP.value: 1.3}
"""How much more than its own an utterance may be like a rival, by kind of its intent: the margin
by which the rival is ahead, and the cosine with its nearest utterance less that with its own. Of
the shipped utterances five are above, all of them noted as deliberate; `bench.thieves` plants some
for trial. Gaps tell what is not written in words that are written
elsewhere, so for them more is asked."""
_OTHER_LIMIT = 1.6
"""The same for small talk and what is out of scope: their examples are like topics on purpose."""
_SHORTEST = 4
"""Characters: shorter ones are bare words, which are like everything that contains them."""
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class _Thief:
    """An utterance, the class that loses questions to it, and the nearest utterance there."""

    row: int
    rival: int
    twin: int
    surplus: float
    """How much more like the rival than like its own."""


def check_rivals(scope: Scope, matchers: Mapping[Region, Matcher]) -> None:
    """Report utterances that take another intent's questions; about 3 s a region.

    Args:
        scope: The content, without errors.
        matchers: Each region's, learned from this content.
    """
    for region, matcher in matchers.items():
        found = {thief.row: thief for thief in _thieves(scope, region, matcher)}
        for thief in found.values():
            robbed = found.get(thief.twin)
            # Of two that accuse each other the one that fits its own intent less is the thief.
            if robbed is None or robbed.twin != thief.row or robbed.surplus <= thief.surplus:
                _report(scope, matcher, thief)


def _thieves(scope: Scope, region: Region, matcher: Matcher) -> Iterator[_Thief]:
    """Yield each thief of a region once, in the order of the utterances."""
    model = matcher.model
    rivals, margins = model.rivals, model.margins
    if len(rivals) < len(model.labels):
        rivals, margins = rivals_of(hindsight_of(model), model.labels)
    bounds = np.searchsorted(model.labels, np.arange(len(model.classes) + 1))
    limits = [_limit(scope, region, name) for name in model.classes]
    suspects = np.flatnonzero(margins < 0)
    rows = csr_of(model.whole.rows)[: len(model.labels)]
    for start in range(0, len(suspects), _CHUNK):
        chunk = suspects[start : start + _CHUNK]
        for row, near in zip(chunk.tolist(), (rows[chunk] @ rows.T).toarray(), strict=True):
            label, rival = int(model.labels[row]), int(rivals[row])
            if limits[rival] not in _LIMITS.values():
                continue  # whoever is taken for small talk got no wrong answer
            near[row] = 0  # itself
            twin = int(bounds[rival] + np.argmax(near[bounds[rival] : bounds[rival + 1]]))
            own = float(near[bounds[label] : bounds[label + 1]].max())
            surplus = float(near[twin]) - own - float(margins[row])
            is_bare = len(same_form(model.utterances[row])) < _SHORTEST
            if surplus >= limits[label] and not is_bare:
                yield _Thief(row, rival, twin, surplus)


def _limit(scope: Scope, region: Region, name: str) -> float:
    """Return what an intent's utterances may have; infinite for those of another region."""
    intent = scope.files.intents[name]
    if region not in scope.regions_of(intent):
        return np.inf
    return _LIMITS.get(intent.value.kind, _OTHER_LIMIT)


def _report(scope: Scope, matcher: Matcher, thief: _Thief) -> None:
    model = matcher.model
    text, twin = model.utterances[thief.row], model.utterances[thief.twin]
    intent = scope.files.intents[model.classes[model.labels[thief.row]]]
    other = scope.files.intents[model.classes[thief.rival]]
    if text not in intent.value.utterances:
        return  # another region's, which the matcher counts as this one's gap
    place = intent.source.place(("utterances", intent.value.utterances.index(text)))
    message = f"“{text}”会抢走 {other.file}（{other.value.title}）的问题"
    if twin in other.value.utterances:
        line = other.source.place(("utterances", other.value.utterances.index(twin))).line
        message += f"，那里第 {line} 行是“{twin}”"
    scope.files.problems.add("C034", place, message)
