"""From a ranking to a decision: answer, ask back, say that it is not written, or admit a miss."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.content import Catalog, IntentKind
from app.domain.names import IntentId, Region
from app.domain.turn import Candidate, Ranking
from app.matching.matcher import Matcher
from app.matching.normalise import squeeze

_OTHER_KINDS_ACCEPT = 0.8
"""Least confidence for smalltalk and handoff; being wrong there costs a tap, not money."""
_BEYOND_DOUBT = 0.995
"""Confidence at which a topic is answered even where another would be accepted as well; below it
the margin is that no second topic reaches the accept threshold."""
_SAFETY_ACCEPT = 0.85
_SAFETY_CHARS = 3
"""Least length of a text that is likened to an emergency; plain rules (`alarms`) know the rest."""
_GAP_ACCEPT = 0.6
"""Least confidence to say that the document does not state something, when no topic comes near."""
_OPTION_FLOOR = 0.25
"""Least confidence of a further option when asking back."""
_MAX_OPTIONS = 4


class Kind(StrEnum):
    """What the best reading of a message is."""

    TOPIC = "topic"
    CLARIFY = "clarify"
    SMALLTALK = "smalltalk"
    HANDOFF = "handoff"
    SAFETY = "safety"
    GAP = "gap"
    NOT_HERE = "not_here"
    """A topic that only another region's document answers."""
    BACKGROUND = "background"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message is understood."""

    kind: Kind
    intent: IntentId | None
    options: tuple[IntentId, ...]
    """Topics worth offering, best first: the choices of a clarify, or hints below a fallback."""
    ranking: Ranking
    reason: str

    @property
    def confidence(self) -> float:
        """Confidence of a topic that is answered, else 0."""
        return self.ranking.candidates[0].confidence if self.kind is Kind.TOPIC else 0.0


def read(ranking: Ranking, matcher: Matcher, catalog: Catalog, region: Region) -> Reading:
    """Decide how to take a ranking; thresholds come from the matcher's calibration."""
    if not ranking.candidates:
        return Reading(Kind.UNKNOWN, None, (), ranking, "没有可比的内容")
    best = ranking.candidates[0]
    topics = [c for c in ranking.candidates if c.intent in matcher.model.topics]
    options = tuple(c.intent for c in topics if c.confidence >= _OPTION_FLOOR)[:_MAX_OPTIONS]
    kind = _kind_of(best, catalog, region)

    def reading(kind: Kind, reason: str) -> Reading:
        return Reading(kind, best.intent, options, ranking, reason)

    says_enough = ranking.is_exact or len(squeeze(ranking.normalised)) >= _SAFETY_CHARS
    if kind is Kind.SAFETY and best.confidence >= _SAFETY_ACCEPT and says_enough:
        return reading(kind, "安全提醒优先")
    rivals = [c for c in topics if c.intent != best.intent and c.confidence >= ranking.accept]
    if kind is Kind.TOPIC and rivals and best.confidence < _BEYOND_DOUBT:
        return reading(
            Kind.CLARIFY, f"{rivals[0].intent} 也有把握 {rivals[0].confidence:.2f}，反问"
        )
    if kind is Kind.TOPIC and best.confidence >= ranking.accept:
        return reading(kind, f"把握 {best.confidence:.2f} ≥ {ranking.accept:.2f}")
    if kind in {Kind.SMALLTALK, Kind.HANDOFF} and best.confidence >= _OTHER_KINDS_ACCEPT:
        return reading(kind, f"不是问政策，把握 {best.confidence:.2f}")
    if topics and topics[0].confidence >= ranking.offer and options:
        return reading(Kind.CLARIFY, f"把握 {topics[0].confidence:.2f} 不够，反问")
    if kind in {Kind.GAP, Kind.NOT_HERE} and best.confidence >= _GAP_ACCEPT:
        return reading(kind, "文件没有写")
    if kind is Kind.BACKGROUND and best.confidence >= _OTHER_KINDS_ACCEPT:
        return reading(kind, "不属于学生医保")
    return reading(Kind.UNKNOWN, f"最高把握只有 {best.confidence:.2f}")


def _kind_of(candidate: Candidate, catalog: Catalog, region: Region) -> Kind:
    intent = catalog.intents[candidate.intent]
    if intent.kind is IntentKind.FAQ:
        return Kind.TOPIC if region in intent.answers else Kind.NOT_HERE
    return Kind(intent.kind.value)
