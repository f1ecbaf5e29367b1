"""What to do with a group of questions, as the live matcher sees it: add, new, not ours."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from app.dialogue.assistant import Assistant
from app.domain.content import IntentKind
from app.domain.names import IntentId, Region
from app.review.clusters import Cluster

_RANKED = 5
"""Wordings of a cluster that are ranked; the most frequent say enough."""
_LEAST = 0.35
"""Least mean confidence to propose an intent; below it the question is a new one."""


class Kind(StrEnum):
    """Ways to deal with a cluster."""

    ADD = "add"
    NEW = "new"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an operator is asked to confirm."""

    kind: Kind
    intent: IntentId | None
    """To add to; a background intent where it is not ours; None for a new one."""
    confidence: float
    """In [0, 1]: mean calibrated confidence, or how far everything known stands away."""


def propose(cluster: Cluster, assistant: Assistant) -> Proposal:
    """Return the proposal for a cluster; about 2 ms a wording."""
    catalog = assistant.catalog
    region = _region(cluster, assistant)
    ranked = [assistant.matchers[region].rank(text) for text in cluster.wordings[:_RANKED]]
    means: defaultdict[IntentId, float] = defaultdict(float)
    for ranking in ranked:
        for candidate in ranking.candidates:
            means[candidate.intent] += candidate.confidence / len(ranked)
    # What was answered in vain is no place to put the question again.
    usable = [i for i in means if i in catalog.intents and i not in cluster.failed]
    if not usable:
        return Proposal(Kind.NEW, None, 1.0)
    best = max(usable, key=lambda intent: (means[intent], intent))
    confidence = min(1.0, means[best])
    if confidence < _LEAST:
        return Proposal(Kind.NEW, None, round(1 - confidence, 3))
    is_ours = catalog.intents[best].kind is not IntentKind.BACKGROUND
    return Proposal(Kind.ADD if is_ours else Kind.OUT_OF_SCOPE, best, round(confidence, 3))


def background_of(cluster: Cluster, assistant: Assistant) -> IntentId | None:
    """Return the background intent that is most like a cluster; None where there is none."""
    intents = assistant.catalog.intents
    ranking = assistant.matchers[_region(cluster, assistant)].rank(cluster.representative)
    kinds = (c.intent for c in ranking.candidates if c.intent in intents)
    near = (i for i in kinds if intents[i].kind is IntentKind.BACKGROUND)
    known = (i.id for i in intents.values() if i.kind is IntentKind.BACKGROUND)
    return next(near, None) or next(known, None)


def _region(cluster: Cluster, assistant: Assistant) -> Region:
    accounts = assistant.catalog.accounts
    known = [accounts[a].region for a in cluster.accounts if a in accounts]
    return known[0] if known else next(iter(assistant.matchers))
