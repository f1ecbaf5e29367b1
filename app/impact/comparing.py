"""Two assistants, the same questions: what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.dialogue.assistant import Assistant
from app.domain.names import Region
from app.errors import AppError
from app.impact.answer_changes import compare_contents
from app.impact.cases import CaseKind, ReplayCase
from app.impact.edits import edits_of
from app.impact.findings import Change, ChangeKind, Impact, Outcome, Score
from app.impact.ownership import Moved, moved
from app.impact.replaying import replay
from app.impact.thieves import PLAIN_LIKENESS, STRONG_LIKENESS, Thieves
from app.impact.verdicts import change_of, worst_first

Progress = Callable[[int, int], None]
"""Told how many steps are done, of how many."""

_WHOLE = {CaseKind.FLOW, CaseKind.CONVERSATION}


class ComparisonCancelledError(AppError):
    """Whoever asked for the comparison does not want it any more."""


@dataclass(frozen=True, slots=True)
class _Replayed:
    case: ReplayCase
    before: Outcome
    after: Outcome


def compare(
    old: Assistant,
    new: Assistant,
    cases: Sequence[ReplayCase],
    at: datetime,
    progress: Progress = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Impact:
    """Replay the cases against both contents and compare their answers; pure and deterministic.

    About 4 ms a case, plus the texts of all intents (see `compare_contents`). Besides the cases
    every utterance is judged as if it had not been written (see `ownership`).

    Args:
        old: The content that serves now.
        new: The content that is to serve.
        cases: See `cases.joined`.
        at: The moment at which everything is asked.
        progress: Called after every case, and once before and after all.
        cancelled: Asked before every case.

    Raises:
        ComparisonCancelledError: `cancelled` said so.
    """
    total = len(cases) + 1
    done: list[_Replayed] = []
    progress(0, total)
    for number, case in enumerate(cases, 1):
        if cancelled():
            raise ComparisonCancelledError("已取消")
        done.append(_Replayed(case, replay(old, case, at), replay(new, case, at)))
        progress(number, total)
    changes = [*_changes(old, new, done), *_moved(old, new)]
    impact = Impact(
        at=at,
        old_revision=old.catalog.revision,
        new_revision=new.catalog.revision,
        totals=_totals(cases),
        scores=_scores(done),
        right=_right(done),
        refused=_refused(done),
        false_accepts_old=sum(_is_false_accept(r.case, r.before) for r in done),
        false_accepts_new=sum(_is_false_accept(r.case, r.after) for r in done),
        changes=tuple(sorted(changes, key=worst_first)),
        answers=compare_contents(old.catalog, new.catalog, at),
        edits=edits_of(old.catalog, new.catalog),
        titles={**_titles(old), **_titles(new)},
    )
    progress(total, total)
    return impact


def _changes(old: Assistant, new: Assistant, done: Iterable[_Replayed]) -> Iterator[Change]:
    thieves = Thieves(old, new)
    accounts = new.catalog.accounts
    for replayed in done:
        change = change_of(replayed.case, replayed.before, replayed.after)
        if change is None:
            continue
        case, after = change.case, change.after
        may_be_stolen = change.is_regression or change.kind in {
            ChangeKind.STOLEN,
            ChangeKind.CLARIFIED,
        }
        if may_be_stolen and case.kind not in _WHOLE and case.account in accounts:
            kept = set(change.before.topics) if case.kind is not CaseKind.NOT else set()
            takers = [t for t in (*after.topics, *after.leading[:2]) if t not in kept]
            thief = thieves.of(accounts[case.account].region, case.text, takers)
            is_pulled = thief is not None and thief.similarity >= STRONG_LIKENESS
            is_asked_back = change.kind is ChangeKind.CLARIFIED and case.kind is CaseKind.TEST
            worse = change.is_regression or (is_asked_back and is_pulled)
            change = replace(change, thief=thief, is_regression=worse)
        yield change


def _moved(old: Assistant, new: Assistant) -> Iterator[Change]:
    """Yield the utterances that another intent would take now.

    One that a line of the new content pulled away is a regression, whatever the tests say.
    """
    thieves = Thieves(old, new)
    for region in sorted(old.matchers.keys() & new.matchers.keys()):
        account = _account(new, region)
        for found in moved(old.matchers[region], new.matchers[region]):
            thief = None
            if found.is_lost:
                thief = thieves.of(region, found.text, [found.new_owner], PLAIN_LIKENESS)
            elif found.new_owner != found.own and found.old_owner != found.own:
                continue
            kind = ChangeKind.FIXED if found.new_owner == found.own else ChangeKind.STOLEN
            case = ReplayCase(
                account,
                found.text,
                frozenset({str(found.own)}),
                CaseKind.UTTERANCE,
                file=f"intents/{found.own}.yml",
            )
            before, after = _judged(found, before=True), _judged(found, before=False)
            yield Change(case, before, after, kind, thief is not None, thief)


def _judged(found: Moved, *, before: bool) -> Outcome:
    taker = found.old_owner if before else found.new_owner
    margin = (found.before if before else found.after).margin
    return Outcome(
        decision="left_out",
        topics=(taker,),
        text="",
        passed=taker == found.own,
        answered=True,
        leading=(taker,),
        note=f"领先 {margin:+.2f}",
    )


def _account(assistant: Assistant, region: Region) -> str:
    accounts = assistant.catalog.accounts.values()
    return next((a.id for a in accounts if a.region == region), str(region))


def _titles(assistant: Assistant) -> dict[str, str]:
    catalog = assistant.catalog
    intents = {str(intent.id): intent.title for intent in catalog.intents.values()}
    return {**intents, **{str(flow.id): flow.title for flow in catalog.flows.values()}}


def _totals(cases: Iterable[ReplayCase]) -> Mapping[CaseKind, int]:
    totals: Counter[CaseKind] = Counter()
    for case in cases:
        totals[case.kind] += case.count
    return {kind: totals[kind] for kind in CaseKind if totals[kind]}


def _scores(done: Iterable[_Replayed]) -> Mapping[CaseKind, Score]:
    scores: dict[CaseKind, Score] = {}
    for r in done:
        if r.case.expected is not None:
            known = scores.get(r.case.kind, Score(0, 0, 0))
            scores[r.case.kind] = Score(
                known.total + 1, known.old + bool(r.before.passed), known.new + bool(r.after.passed)
            )
    return {kind: scores[kind] for kind in CaseKind if kind in scores}


def _right(done: Iterable[_Replayed]) -> Score:
    groups: dict[tuple[str, frozenset[str]], tuple[bool, bool]] = {}
    for r in done:
        if r.case.kind is CaseKind.TEST and r.case.expected:
            key = (r.case.text, r.case.expected)
            old, new = groups.get(key, (False, False))
            groups[key] = (old or _is_right(r.before), new or _is_right(r.after))
    return Score(
        len(groups), sum(old for old, _ in groups.values()), sum(new for _, new in groups.values())
    )


def _is_right(outcome: Outcome) -> bool:
    return bool(outcome.passed) and outcome.answered


def _refused(done: Iterable[_Replayed]) -> Score:
    real = [r for r in done if r.case.kind is CaseKind.REAL]
    return Score(
        sum(r.case.count for r in real),
        sum(r.case.count for r in real if not r.before.answered),
        sum(r.case.count for r in real if not r.after.answered),
    )


def _is_false_accept(case: ReplayCase, outcome: Outcome) -> bool:
    must_not = case.kind is CaseKind.NOT or (case.kind is CaseKind.TEST and not case.expected)
    return must_not and outcome.answered and not outcome.passed
