"""Conversations that operators wrote as tests, run through the whole assistant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.content.conversation_model import ConversationsFile, TurnPart
from app.content.parsing import Parsed
from app.dialogue.assistant import Assistant
from app.domain.names import Region
from app.domain.turn import Decision, Session, Turn
from app.flows.machine import Done, advance
from app.impact.asking import contains, typed
from app.knowledge.calendar import SHANGHAI

START = "2025-12-10T10:00"
"""When a conversation without `at` takes place: inside the enrolment period, on a workday."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class TalkScript:
    """One conversation with one choice of wordings."""

    title: str
    account: str
    start: str
    """ISO 8601; Asia/Shanghai where it names no zone."""
    turns: tuple[TurnPart, ...]
    place: str
    """file:line of the conversation."""
    turn_places: tuple[str, ...]
    known_failure: bool

    @property
    def said(self) -> tuple[str, ...]:
        """What the parent says, in order."""
        return tuple(turn.user[0] for turn in self.turns)


@dataclass(frozen=True, slots=True)
class TalkProblem:
    """What a turn did wrong."""

    turn: int
    """Position, from 0."""
    problem: str


@dataclass(frozen=True, slots=True)
class TalkRun:
    """What came of a conversation."""

    turns: tuple[Turn, ...]
    problems: tuple[TalkProblem, ...]


def scripts_of(files: Iterable[Parsed[ConversationsFile]]) -> Iterator[TalkScript]:
    """Yield every conversation, once for the first wordings and once for every other one."""
    for file in files:
        for number, part in enumerate(file.value.conversations):
            where = file.source.place(("conversations", number))
            spots = [
                file.source.place(("conversations", number, "turns", i))
                for i in range(len(part.turns))
            ]
            for turns in _variants(part.turns):
                yield TalkScript(
                    title=part.conversation,
                    account=part.account,
                    start=part.at or START,
                    turns=tuple(turns),
                    place=f"{where.file}:{where.line}",
                    turn_places=tuple(f"{spot.file}:{spot.line}" for spot in spots),
                    known_failure=part.known_failure is not None,
                )


def run_talk(assistant: Assistant, script: TalkScript) -> TalkRun:
    """Run a conversation with a parent of its own.

    Raises:
        KeyError: No such account.
    """
    region = assistant.account(script.account).region
    session, now = Session(), _moment(script.start)
    turns: list[Turn] = []
    problems: list[TalkProblem] = []
    for i, expected in enumerate(script.turns):
        now = _moment(expected.at) if expected.at else now + _span(expected.wait)
        message = typed(script.account, "conversation", expected.user[0])
        turn = assistant.turn(session, message, now)
        session = turn.session
        turns.append(turn)
        problems += [TalkProblem(i, text) for text in _problems(assistant, region, expected, turn)]
    return TalkRun(tuple(turns), tuple(problems))


def _variants(turns: list[TurnPart]) -> Iterator[list[TurnPart]]:
    """Yield the turns with the first wordings, then once for every other wording of a turn."""
    first = [turn.model_copy(update={"user": turn.user[:1]}) for turn in turns]
    yield first
    for i, turn in enumerate(turns):
        for other in turn.user[1:]:
            yield [*first[:i], turn.model_copy(update={"user": [other]}), *first[i + 1 :]]


def _problems(
    assistant: Assistant, region: Region, expected: TurnPart, turn: Turn
) -> Iterator[str]:
    for wanted in expected.reply_has:
        if not contains(turn.text, wanted):
            yield f"回复里没有“{wanted}”，回复是“{_short(turn.text)}”"
    for unwanted in expected.reply_lacks:
        if contains(turn.text, unwanted):
            yield f"回复里不该有“{unwanted}”"
    want = expected.expect
    if want is None:
        return
    if want.decision and turn.decision is not Decision(want.decision):
        yield f"决定应当是 {want.decision}，却是 {turn.decision}"
    for topic in want.topics:
        if topic not in turn.topics:
            yield f"意图应当有 {topic}，却是 {'、'.join(turn.topics) or '没有'}"
    state = turn.session.flow
    stands = state.flow if state else "none"
    if want.flow and want.flow != stands:
        yield f"应当在流程 {want.flow} 里，却是 {stands}"
    asks = state.asking if state else "没有在问"
    if want.asks and want.asks != asks:
        yield f"应当接着问 {want.asks}，却是 {asks}"
    end = _end(assistant, region, turn)
    if want.ends and want.ends != end:
        yield f"流程应当得出 {want.ends}，却是 {end}"


def _end(assistant: Assistant, region: Region, turn: Turn) -> str:
    ended = turn.trace.ended
    if ended is None:
        return "没有结束"
    step = advance(assistant.catalog.flows[ended.flow].regions[region], ended.slots)
    return str(step.row.answer or step.row.verdict) if isinstance(step, Done) else "没有结束"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment


def _span(text: str | None) -> timedelta:
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])}) if text else timedelta()


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:59] + "…"
