"""`yibao eval`: run labelled questions through the assistant and count.

A line is `{"q", "region"}` and may carry `topic`, `accept`, `topics`, `kind`, `style`, `at`; every
key is copied to the output. Each line is the first message of a new user.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.bootstrap import at_shanghai
from app.cli.input_error import InputError
from app.dialogue.assistant import Assistant
from app.domain.turn import Decision, Session
from app.impact.asking import ANSWERED, typed

Row = dict[str, Any]
_SHOWN_DIGITS = 4


def read_rows(path: Path, required: tuple[str, ...]) -> list[Row]:
    """Read a JSON-lines file.

    Raises:
        InputError: The file cannot be read, or a line is no object with the required keys.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"读不了 {path}：{error}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number} 不是 JSON：{error.msg}") from error
        missing = [k for k in required if k not in row] if isinstance(row, dict) else ["{…}"]
        if missing:
            raise InputError(f"{path}:{number} 缺少 {'、'.join(missing)}")
        rows.append(row)
    return rows


def evaluate(assistant: Assistant, rows: Iterable[Row], at: datetime) -> Iterator[Row]:
    """Yield each row with `decision`, `topics`, `candidates`, `reply` and `ms` added.

    Raises:
        InputError: A row names an unknown region or an unreadable time.
    """
    for number, row in enumerate(rows, 1):
        region = str(row["region"])
        if region not in assistant.catalog.accounts:
            raise InputError(f"第 {number} 行：没有账号 {region}")
        text = str(row["q"])
        message = typed(region, f"eval-{number}", text)
        started = time.perf_counter()
        turn = assistant.turn(Session(), message, moment_of(row, at))
        elapsed = (time.perf_counter() - started) * 1000
        topics = assistant.matchers[assistant.catalog.accounts[region].region].model.topics
        expected = {"expected_topics": row["topics"]} if "topics" in row else {}
        yield {
            **row,
            **expected,
            "decision": str(turn.decision),
            "topics": list(turn.topics),
            "candidates": [
                {"topic": c.intent, "confidence": round(c.confidence, _SHOWN_DIGITS)}
                for c in turn.candidates
                if c.intent in topics
            ],
            "reply": turn.text,
            "ms": round(elapsed, 3),
        }


def moment_of(row: Mapping[str, Any], at: datetime) -> datetime:
    """Return the row's own time, else `at`.

    Raises:
        InputError: `at` of the row is not ISO 8601.
    """
    if "at" not in row:
        return at
    try:
        return at_shanghai(datetime.fromisoformat(str(row["at"])))
    except ValueError as error:
        raise InputError(f"时间 {row['at']} 看不懂，请写成 2025-12-10T10:00") from error


@dataclass
class Summary:
    """Counts over a result file."""

    asked: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    multi: int = 0
    multi_all: int = 0
    multi_share: float = 0.0
    unanswerable: int = 0
    false: Counter[str] = field(default_factory=Counter)
    styles: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)


def outcome_of(row: Row) -> str:
    """Judge a labelled row: right, wrong, clarify (the right one is offered), or miss.

    Right: answered, and the first topic answered is the one asked about or accepted. Clarify
    counts as such whatever it offers; `miss` is everything that gave no topic.
    """
    wanted = {row["topic"], *row.get("accept", [])}
    if row["decision"] in ANSWERED and row["topics"]:
        return "right" if row["topics"][0] in wanted else "wrong"
    return "clarify" if row["decision"] == Decision.CLARIFY else "miss"


def summarise(rows: Iterable[Row]) -> Summary:
    """Count results of `evaluate`."""
    summary = Summary()
    for row in rows:
        summary.ms.append(row["ms"])
        if "topic" in row:
            _count_single(summary, row)
        elif "expected_topics" in row:
            _count_multi(summary, row)
        elif "kind" in row:
            summary.unanswerable += 1
            if row["decision"] in ANSWERED:
                summary.false[str(row["kind"])] += 1
    return summary


def _count_single(summary: Summary, row: Row) -> None:
    outcome = outcome_of(row)
    summary.asked += 1
    summary.outcomes[outcome] += 1
    summary.styles[str(row.get("style", "-"))][outcome] += 1
    if outcome == "wrong":
        summary.confusions[row["topic"], row["topics"][0]] += 1
    if outcome == "clarify" and {row["topic"], *row.get("accept", [])} & set(row["topics"]):
        summary.outcomes["offered"] += 1


def _count_multi(summary: Summary, row: Row) -> None:
    wanted = set(row["expected_topics"])
    found = set(row["topics"]) if row["decision"] in ANSWERED else set()
    summary.multi += 1
    summary.multi_all += wanted <= found
    summary.multi_share += len(wanted & found) / len(wanted)


def lines_of(summary: Summary) -> list[str]:
    """Put the counts into Chinese lines; what can hurt stands first."""
    lines = []
    if summary.unanswerable:
        false = sum(summary.false.values())
        lines.append(
            f"不该回答的问题 {summary.unanswerable} 条：误答 {false}"
            f"（{false / summary.unanswerable:.1%}）"
        )
        lines.extend(f"  {kind}：误答 {n}" for kind, n in summary.false.most_common())
    if summary.asked:
        n, counts = summary.asked, summary.outcomes
        lines.append(
            f"该回答的问题 {n} 条：答错 {counts['wrong']}（{counts['wrong'] / n:.1%}），"
            f"答对 {counts['right']}（{counts['right'] / n:.1%}），"
            f"反问 {counts['clarify']}（{counts['clarify'] / n:.1%}，"
            f"其中 {counts['offered']} 条选项里有正确的），"
            f"没答 {counts['miss']}（{counts['miss'] / n:.1%}）"
        )
        for style, by in sorted(summary.styles.items()):
            total = sum(by.values())
            lines.append(
                f"  {style}：{total} 条，答对 {by['right'] / total:.0%}，答错 {by['wrong']}，"
                f"反问 {by['clarify']}，没答 {by['miss']}"
            )
        lines.extend(
            f"  混淆：{a} → {b}（{n} 次）" for (a, b), n in summary.confusions.most_common(10)
        )
    if summary.multi:
        lines.append(
            f"一句多问 {summary.multi} 条：全部答到 {summary.multi_all}"
            f"（{summary.multi_all / summary.multi:.1%}），"
            f"平均答到 {summary.multi_share / summary.multi:.1%}"
        )
    if summary.ms:
        ordered = sorted(summary.ms)
        lines.append(
            f"每条用时：中位 {ordered[len(ordered) // 2]:.2f} 毫秒，"
            f"99% 在 {ordered[int(len(ordered) * 0.99)]:.2f} 毫秒内"
        )
    return lines
