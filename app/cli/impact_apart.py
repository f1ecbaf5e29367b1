"""The impact of a draft, found out in a process of its own and put as the console shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from app import bootstrap
from app.content.conversations import load_conversations
from app.dialogue.assistant import Assistant
from app.impact.cases import ReplayCase, cases_of, joined, real_cases
from app.impact.comparing import compare
from app.impact.findings import Impact
from app.impact.wording import outcome_text, thief_text
from app.publishing.apart import Report, run_apart
from app.publishing.ports import AnswerShift, ImpactReport, Progress, Shift
from app.settings import Settings
from app.state.journal import Journal

Question = tuple[str, str, int]
"""Account, masked text, how often."""

_QUESTIONS = 500
"""Real questions that are replayed, the latest of each account."""


async def impact_of(
    settings: Settings, journal: Journal, at: datetime, old: Path, new: Path, progress: Progress
) -> ImpactReport:
    """Compare two content folders with their tests and what parents asked lately.

    Raises:
        ConsoleError: It could not be found out.
        StateUnavailableError: Redis does not answer.
    """
    accounts = bootstrap.load(settings.model_copy(update={"content_dir": old})).accounts
    asked: list[Question] = []
    for account in accounts:
        recent = await journal.recent(account, _QUESTIONS)
        asked += [(account, entry.question, 1) for entry in recent]
    return await run_apart(partial(report_impact, settings, asked, old, new, at), progress)


def report_impact(
    settings: Settings,
    asked: Sequence[Question],
    old: Path,
    new: Path,
    at: datetime,
    report: Report,
) -> ImpactReport:
    """Compare; learns what is new, so give it a process of its own."""
    (before, old_cases), (after, new_cases) = (_side(settings, folder) for folder in (old, new))
    # A question of a parent that is also a test is a test: it is known what is right.
    cases = joined(real_cases(asked), joined(old_cases, new_cases))
    found = compare(before, after, cases, at, report)
    titles = {
        str(intent.id): intent.title
        for assistant in (before, after)
        for intent in assistant.catalog.intents.values()
    }
    return report_of(found, titles)


def _side(settings: Settings, folder: Path) -> tuple[Assistant, tuple[ReplayCase, ...]]:
    assistant = bootstrap.build_assistant(settings.model_copy(update={"content_dir": folder}))
    return assistant, cases_of(assistant.catalog, load_conversations(folder))


def report_of(found: Impact, titles: dict[str, str]) -> ImpactReport:
    """Return an impact as the page shows it."""
    worse = found.regressions
    return ImpactReport(
        cases=sum(found.totals.values()),
        accuracy_before=found.accuracy_old,
        accuracy_after=found.accuracy_new,
        false_accepts_before=found.false_accepts_old,
        false_accepts_after=found.false_accepts_new,
        shifts=tuple(
            Shift(
                text=one.case.text,
                account=one.case.account,
                kind=one.kind.value,
                before=outcome_text(one.before, titles),
                after=outcome_text(one.after, titles),
                count=one.case.count,
                is_worse=one in worse,
                hint=thief_text(one),
            )
            for one in found.changes
        ),
        answers=tuple(
            AnswerShift(one.title or one.intent, one.region, one.state, one.before, one.after)
            for one in found.answers
        ),
        regressions=len(worse),
    )
