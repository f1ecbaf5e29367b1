"""All answers as of a moment, in the order in which operators look for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.domain.content import IntentKind
from app.impact.answers import AnswerText

KIND_TITLES: Mapping[str, str] = {
    IntentKind.FAQ: "问答",
    "flow": "流程",
    IntentKind.GAP: "文件没有写的",
    IntentKind.SAFETY: "安全提醒",
    IntentKind.HANDOFF: "转人工",
    IntentKind.SMALLTALK: "寒暄",
    IntentKind.BACKGROUND: "不属于学生医保的",
}
"""Kind of text → heading, in the order of a preview."""


def by_kind(answers: Iterable[AnswerText]) -> dict[str, list[AnswerText]]:
    """Return the answers by kind, topics first; within a kind by intent, then by region."""
    groups: dict[str, list[AnswerText]] = {str(kind): [] for kind in KIND_TITLES}
    for answer in answers:
        groups.setdefault(answer.kind, []).append(answer)
    return {kind: found for kind, found in groups.items() if found}


def heading_of(answer: AnswerText) -> str:
    """Return title, name, region and variant."""
    parts = [answer.intent, answer.region, answer.state]
    return f"{answer.title}（{' · '.join(part for part in parts if part)}）"


def notes_of(answer: AnswerText) -> Iterator[str]:
    """Yield what operators see below a text and parents do not, or only on demand."""
    if answer.dates_if_asked:
        yield "问到日子时先说：" + answer.dates_if_asked.replace("\n", " ")
    if answer.flow:
        yield f"问到时会启动流程：{answer.flow}"
    if answer.related:
        yield "下面附的问题：" + "、".join(answer.related)
    if answer.validity:
        yield f"依据：{answer.validity}"
    yield answer.file


def lines_of(answers: Sequence[AnswerText]) -> Iterator[str]:
    """Yield the preview for a terminal: counts first, then every text below its heading."""
    groups = by_kind(answers)
    counts = "，".join(f"{KIND_TITLES.get(k, k)} {len(found)}" for k, found in groups.items())
    expired = sum(bool(a.notice) for a in answers)
    yield f"共 {len(answers)} 条：{counts}" + (
        f"；其中 {expired} 条带着过期提示" if expired else ""
    )
    for kind, found in groups.items():
        yield ""
        yield f"═══ {KIND_TITLES.get(kind, kind)}（{len(found)}）"
        for answer in found:
            yield ""
            yield f"── {heading_of(answer)}"
            yield from answer.shown.splitlines()
            for note in notes_of(answer):
                yield f"   · {note}"
