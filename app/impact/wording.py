"""How findings are named to operators, and what a report says of each; Chinese."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from app.domain.turn import Decision
from app.impact.cases import CaseKind
from app.impact.findings import AnswerChange, Change, ChangeKind, Impact, Outcome, Score

KIND_NAMES: Mapping[ChangeKind, str] = {
    ChangeKind.STOLEN: "被抢走",
    ChangeKind.REFUSED: "变成不回答",
    ChangeKind.BROKEN: "没通过了",
    ChangeKind.CLARIFIED: "变成反问",
    ChangeKind.FIXED: "修好了",
    ChangeKind.ANSWERED: "新回答上了",
    ChangeKind.TOPIC: "意图变了",
    ChangeKind.REPLY: "回复文字变了",
}
CASE_NAMES: Mapping[CaseKind, str] = {
    CaseKind.TEST: "测试句",
    CaseKind.NOT: "反例",
    CaseKind.FLOW: "流程测试",
    CaseKind.CONVERSATION: "测试对话",
    CaseKind.REAL: "家长的问题",
    CaseKind.UTTERANCE: "说法（假装没写过）",
}
_DECISIONS: Mapping[str, str] = {
    Decision.ANSWER: "回答",
    Decision.CLARIFY: "反问",
    Decision.FLOW: "进入流程",
    Decision.SMALLTALK: "寒暄",
    Decision.COMMAND: "口令",
    Decision.HANDOFF: "转人工",
    Decision.SAFETY: "安全提醒",
    Decision.FALLBACK: "没有回答",
    "ends": "得出",
    "left_out": "最像",
    "none": "没有",
}
_WHOLE = {CaseKind.CONVERSATION}


def outcome_text(outcome: Outcome, titles: Mapping[str, str]) -> str:
    """Say what an assistant made of a case, with the titles of the topics."""
    named = "、".join(
        f"{titles[topic]}（{topic}）" if topic in titles else topic for topic in outcome.topics
    )
    decision = _DECISIONS.get(outcome.decision, outcome.decision)
    note = f"，{outcome.note}" if outcome.note else ""
    return f"{decision} {named}".strip() + note


def change_lines(change: Change, titles: Mapping[str, str]) -> list[str]:
    """Describe a change: what was said, from → to, and the thief."""
    case = change.case
    times = f"，{case.count} 次" if case.count > 1 else ""
    where = f"　{case.file}" if case.file else ""
    kind, source = KIND_NAMES[change.kind], CASE_NAMES[case.kind]
    lines = [f"[{kind}] {source}（{case.account}{times}）“{case.text}”{where}"]
    if case.kind in _WHOLE:
        if change.after.note or change.before.note:
            lines.append(f"    原来：{change.before.note or '通过'}")
            lines.append(f"    现在：{change.after.note or '通过'}")
    elif change.kind is not ChangeKind.REPLY:
        lines.append(f"    原来：{outcome_text(change.before, titles)}")
        lines.append(f"    现在：{outcome_text(change.after, titles)}")
    if change.thief is not None:
        lines.append(f"    {thief_text(change)}")
    elif change.kind is ChangeKind.STOLEN:
        lines.append("    没有哪条新说法很像它：看看删掉的说法、同义词、专有词和反例的改动")
    return lines


def thief_text(change: Change) -> str:
    """Name the new utterance that is most like the case, and what to do; empty without one."""
    thief = change.thief
    if thief is None:
        return ""
    return (
        f"拉走它的新说法：{thief.file} “{thief.text}”（相似 {thief.similarity:.2f}）"
        f" → 删掉或改写这条，或把原句加进 {thief.intent} 的 not_utterances"
    )


def score_lines(impact: Impact) -> list[str]:
    """Return the numbers: accuracy, false accepts, tests by kind, real questions."""
    right = impact.right
    lines = [
        f"直接答对：{right.old}/{right.total}（{impact.accuracy_old:.1%}）→ "
        f"{right.new}/{right.total}（{impact.accuracy_new:.1%}）",
        f"误答（不该回答却回答了）：{impact.false_accepts_old} → {impact.false_accepts_new}",
    ]
    lines += [
        f"{CASE_NAMES[kind]} {score.total} 条：通过 {_delta(score)}"
        for kind, score in impact.scores.items()
    ]
    if impact.refused.total:
        lines.append(f"家长的问题 {impact.refused.total} 次：没有直接回答 {_delta(impact.refused)}")
    return lines


def verdict_line(impact: Impact) -> str:
    """Return the conclusion in one line."""
    if impact.is_empty:
        return "两份内容没有差别。"
    worse = impact.regressions
    if worse:
        return f"有 {len(worse)} 处比原来差：发布前请改好，或写明理由。"
    return "没有比原来差的地方。"


def diff_lines(before: str, after: str) -> list[str]:
    """Return a text from → to line by line: `- ` was, `+ ` is, two spaces unchanged."""
    found = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in found if not line.startswith("? ")]


def grouped(
    changes: Iterable[AnswerChange],
) -> list[tuple[AnswerChange, tuple[AnswerChange, ...]]]:
    """Put together changes of many answers that are the same: a notice that all of them get."""
    groups: dict[tuple[str, str, str], list[AnswerChange]] = {}
    for change in changes:
        groups.setdefault((change.part, change.before, change.after), []).append(change)
    return [(found[0], tuple(found)) for found in groups.values()]


def group_title(group: tuple[AnswerChange, ...]) -> str:
    """Name what a group of changes is about."""
    first = group[0]
    more = f"（另有 {first.more} 个日子也不同）" if first.more else ""
    if len(group) == 1:
        region = f" · {first.region}" if first.region else ""
        return f"{first.title}（{first.intent}{region}）· {first.state}{more}"
    return f"{first.part}：{len(group)} 个回答一样地变了{more}"


def group_members(group: tuple[AnswerChange, ...]) -> str:
    """List the answers of a group."""
    named = (" ".join(p for p in (c.intent, c.region, c.variant) if p) for c in group)
    return "、".join(f"{c.title}（{name}）" for c, name in zip(group, named, strict=True))


def _delta(score: Score) -> str:
    change = score.new - score.old
    return f"{score.old} → {score.new}" + (f"（{change:+d}）" if change else "")
