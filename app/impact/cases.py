"""What is replayed against both contents: the tests of both, and questions that parents asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.content.conversation_model import ConversationsFile
from app.content.parsing import Parsed
from app.dialogue.privacy import mask
from app.domain.content import Account, Catalog, Intent, IntentKind
from app.domain.flows import Flow, FlowTest
from app.domain.names import FlowId
from app.domain.turn import Decision
from app.impact.conversation_runs import TalkScript, scripts_of

NOTHING: frozenset[str] = frozenset()
"""Expectation of a sentence that no topic may answer."""

_DECIDED = {IntentKind.SAFETY: Decision.SAFETY, IntentKind.HANDOFF: Decision.HANDOFF}


class CaseKind(StrEnum):
    """Where a case comes from."""

    TEST = "test"
    """A sentence of `tests`."""
    NOT = "not"
    """A sentence of `not_utterances`."""
    FLOW = "flow"
    CONVERSATION = "conversation"
    REAL = "real"
    """A question that a parent asked, masked; nobody wrote what is right."""
    UTTERANCE = "utterance"
    """An intent's own utterance, judged as if it had not been written."""


@dataclass(frozen=True, slots=True)
class ReplayCase:
    """Something to say to both assistants."""

    account: str
    text: str
    """What the parent says; the messages of a flow or conversation joined by “ / ”."""
    expected: frozenset[str] | None
    """Topics of which one is right; of a `not` case those that must not answer; empty: no topic
    may answer; None: unknown. Of a flow its verdict or intent."""
    kind: CaseKind
    count: int = 1
    """How many parents asked it."""
    file: str = ""
    """Where it is written: path relative to the content root, with the line if known."""
    wanted: Decision | None = None
    """Decision that is right where no topic is: a safety warning, a person."""
    flow: tuple[FlowId, FlowTest] | None = field(default=None, compare=False)
    talk: TalkScript | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same case in both contents."""
        about = f"{self.flow[0]} {self.text}" if self.flow else self.text
        return (self.kind, self.account, about)


def cases_of(
    catalog: Catalog, conversations: Iterable[Parsed[ConversationsFile]] = ()
) -> tuple[ReplayCase, ...]:
    """Return the cases that a content's own tests make, each once, in the order of the content.

    A sentence is asked at every account that answers its topic. Tests of intents that are no
    topics ask that no topic answers them.
    """
    found: dict[tuple[str, str, str], ReplayCase] = {}
    for case in _every(catalog, conversations):
        known = found.get(case.key)
        if known and known.expected is not None and case.expected is not None:
            case = replace(known, expected=known.expected | case.expected)
        found[case.key] = case
    return tuple(found.values())


def joined(old: Iterable[ReplayCase], new: Iterable[ReplayCase]) -> tuple[ReplayCase, ...]:
    """Return the cases of both contents, each once.

    Where both have one, the new content says what is right. A test that it deleted is replayed
    all the same.
    """
    return tuple({case.key: case for case in (*old, *new)}.values())


def real_cases(questions: Iterable[tuple[str, str, int]]) -> tuple[ReplayCase, ...]:
    """Return account, text and count of questions as cases: masked, the same ones added up."""
    counts: dict[tuple[str, str], int] = {}
    for account, text, count in questions:
        asked = mask(text).text.strip()
        if asked:
            counts[account, asked] = counts.get((account, asked), 0) + max(1, count)
    return tuple(
        ReplayCase(account, text, None, CaseKind.REAL, count)
        for (account, text), count in counts.items()
    )


def _every(
    catalog: Catalog, conversations: Iterable[Parsed[ConversationsFile]]
) -> Iterator[ReplayCase]:
    for intent in catalog.intents.values():
        for account in _asked_at(catalog, intent):
            yield from _sentences(account, intent)
    for flow in catalog.flows.values():
        yield from _flow_cases(catalog, flow)
    for script in scripts_of(conversations):
        yield ReplayCase(
            script.account,
            " / ".join(script.said),
            NOTHING,
            CaseKind.CONVERSATION,
            file=script.place,
            talk=script,
        )


def _asked_at(catalog: Catalog, intent: Intent) -> Sequence[Account]:
    accounts = tuple(catalog.accounts.values())
    if intent.kind is IntentKind.FAQ:
        return [a for a in accounts if a.region in intent.answers]
    if intent.kind is IntentKind.GAP:
        return [a for a in accounts if a.region in intent.regions]
    return accounts


def _sentences(account: Account, intent: Intent) -> Iterator[ReplayCase]:
    is_topic = intent.kind is IntentKind.FAQ
    right = frozenset({str(intent.id)}) if is_topic else NOTHING
    for text in intent.tests:
        yield ReplayCase(
            account.id,
            text,
            right,
            CaseKind.TEST,
            file=intent.file,
            wanted=_DECIDED.get(intent.kind),
        )
    if is_topic:
        for text in intent.not_utterances:
            yield ReplayCase(account.id, text, right, CaseKind.NOT, file=intent.file)


def _flow_cases(catalog: Catalog, flow: Flow) -> Iterator[ReplayCase]:
    for test in flow.tests:
        account = next((a.id for a in catalog.accounts.values() if a.region == test.region), "")
        yield ReplayCase(
            account,
            " / ".join(test.say),
            frozenset({test.ends}),
            CaseKind.FLOW,
            file=f"{flow.file}:{test.line}",
            flow=(flow.id, test),
        )
