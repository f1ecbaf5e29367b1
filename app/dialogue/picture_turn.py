"""A picture of a phone's screen: the message that it shows, as far as it was read for sure.

Answers only where the read text has a wording that operators have listed (`screens`); anything
less is said back and asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from app.dialogue.outcome import Outcome
from app.dialogue.question_turn import QuestionTurn
from app.dialogue.replies import Replies
from app.dialogue.understanding import Kind
from app.domain.content import Intent
from app.domain.names import IntentId
from app.domain.turn import Choice, Decision, Reply, Session
from app.matching.normalise import normalise, squeeze

_SURE = 85.0
"""Least likeness (0 to 100) to a listed wording: one wrong character in eight."""
_NEAR = 60.0
"""Least likeness to ask back about a wording."""
_MAX_OPTIONS = 4
_RANKED_LINES = 6
_QUESTION_CHARS = 5
"""Shorter lines are buttons and headings (确定, 缴费): they mean nothing by themselves."""
_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class Sight:
    """What a picture shows."""

    was_read: bool
    """Whether anybody looked; False without the extra `ocr`."""
    shown: str = ""
    """The line that matters, as it was read; empty where there is no text."""
    topic: Intent | None = None
    """What it is surely about."""
    options: tuple[IntentId, ...] = ()
    """What it may be about, likeliest first."""


class PictureTurn:
    """Understands pictures for one account."""

    def __init__(self, replies: Replies, questions: QuestionTurn) -> None:
        self._replies = replies
        self._questions = questions
        region = replies.account.region
        self._screens = tuple(
            (_plain(screen), screen, intent)
            for intent in replies.catalog.intents.values()
            # Elsewhere: another topic answers it here, or the document leaves it out.
            if region in intent.answers or region in intent.elsewhere
            for screen in intent.screens
        )

    def look(self, lines: Sequence[str] | None) -> Sight:
        """Return what the lines of a picture say; O(lines x wordings)."""
        if lines is None:
            return Sight(was_read=False)
        text = "".join(_plain(line) for line in lines)
        if not text:
            return Sight(was_read=True)
        # A wording may run over two lines: it is looked for in all of the text.
        likeness = sorted(
            ((_likeness(plain, text), shown, i) for plain, shown, i in self._screens),
            key=lambda found: (-found[0], found[2].id),
        )
        sure = {i.id: (shown, i) for score, shown, i in reversed(likeness) if score >= _SURE}
        if len(sure) == 1:
            shown, topic = next(iter(sure.values()))
            return Sight(True, shown, topic)
        near = [i.id for score, _, i in likeness if score >= _NEAR]
        options = dict.fromkeys((*sure, *near, *self._read(lines)))
        return Sight(True, self._telling(lines), None, tuple(options)[:_MAX_OPTIONS])

    def ask_back(self, sight: Sight, session: Session) -> Outcome:
        """Say what was seen, if anything, and let the parent choose or type."""
        key = "image_unclear" if sight.shown else "image_unread" if sight.was_read else "image"
        said = self._replies.text(key, session.misses, text=sight.shown)
        reason = "图里的字拿不准" if sight.shown else "看不了图"
        choices = self._replies.choices(sight.options, limit=_MAX_OPTIONS)
        if choices:
            none = self._replies.text("clarify_none")
            choices = (*choices, Choice(none, none, "none"))
            reply = self._replies.said(said, choices, self._replies.text("choices_clarify"))
        else:
            reply = self._common(said, session)
        return Outcome(Decision.FALLBACK, reply, reason, flow=session.flow, keep_offer=True)

    def introduced(self, outcome: Outcome, sight: Sight) -> Outcome:
        """Say before the answer what it answers to."""
        if outcome.reply is None:
            return outcome
        said = self._replies.text("image_read", text=sight.shown)
        reply = replace(outcome.reply, text=f"{said}\n{outcome.reply.text}")
        return replace(outcome, reply=reply, reason=f"图里有“{sight.shown}”；{outcome.reason}")

    def _common(self, said: str, session: Session) -> Reply:
        """Return a remark with what phones show most often, to tap instead of typing."""
        common = dict.fromkeys(intent.id for _, _, intent in self._screens)
        choices = self._replies.choices(common, limit=_MAX_OPTIONS)
        if choices:
            return self._replies.tappable(said, choices, session, "image_choices")
        return self._replies.tappable(said, self._replies.welcome_choices(), session)

    def _read(self, lines: Sequence[str]) -> tuple[IntentId, ...]:
        """Return the topics that the longest lines may be about."""
        longest = sorted((line for line in lines if _is_telling(line)), key=len, reverse=True)
        found: dict[IntentId, None] = {}
        for line in longest[:_RANKED_LINES]:
            reading = self._questions.read(line)
            if reading.kind in {Kind.TOPIC, Kind.CLARIFY}:
                found |= dict.fromkeys(reading.options)
        return tuple(found)

    def _telling(self, lines: Sequence[str]) -> str:
        """Return the line to say back: likest to a listed wording, then longest."""

        def rank(line: str) -> tuple[float, int]:
            scores = (_likeness(plain, _plain(line)) for plain, _, _ in self._screens)
            near = max(scores, default=0.0) if _is_telling(line) else 0.0
            return (near if near >= _NEAR else 0.0, len(line))

        line = max(lines, key=rank).strip()
        # Angle brackets could make a link of what a picture says.
        line = line.replace("<", "＜").replace(">", "＞")
        return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}…"


def _plain(text: str) -> str:
    return squeeze(normalise(text))


def _likeness(wording: str, text: str) -> float:
    """Return how surely the wording stands in the text, 0 to 100."""
    # A fragment of the wording is not the wording.
    compare = fuzz.partial_ratio if len(text) >= len(wording) else fuzz.ratio
    return float(compare(wording, text))


def _is_telling(line: str) -> bool:
    return len(_plain(line)) >= _QUESTION_CHARS
