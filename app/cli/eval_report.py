"""`yibao eval --report`: one HTML file with the counts, confusions and the reliability diagram."""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.cli.evaluate import Row, lines_of, outcome_of, summarise
from app.matching.calibration import expected_calibration_error

_BINS = 10
_SIZE = 320
_PAD = 36
_OUTCOMES = (("right", "答对"), ("clarify", "反问"), ("wrong", "答错"), ("miss", "没答"))


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well confidence matches accuracy."""

    bins: tuple[tuple[float, float, int], ...]
    """Mean confidence, share right, count of each non-empty bin."""
    error: float
    """Expected calibration error, in [0, 1]."""


def reliability_of(rows: Iterable[Row]) -> Reliability:
    """Compare the first candidate's confidence with whether it is right.

    Questions that must not be answered count as wrong whatever their first candidate is.
    """
    pairs = [
        (
            row["candidates"][0]["confidence"],
            "topic" in row
            and row["candidates"][0]["topic"] in {row["topic"], *row.get("accept", [])},
        )
        for row in rows
        if row["candidates"] and ("topic" in row or "kind" in row)
    ]
    confidence = np.asarray([p for p, _ in pairs], dtype=np.float64)
    right = np.asarray([r for _, r in pairs], dtype=np.bool_)
    index = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    bins = tuple(
        (float(confidence[index == b].mean()), float(right[index == b].mean()), int(n))
        for b in range(_BINS)
        if (n := (index == b).sum())
    )
    return Reliability(bins, expected_calibration_error(confidence, right))


def report(rows: Sequence[Row], title: str) -> str:
    """Return the whole page; it needs nothing from elsewhere."""
    reliability = reliability_of(rows)
    summary = "\n".join(lines_of(summarise(rows)))
    single = [row for row in rows if "topic" in row]
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<pre>{html.escape(summary)}</pre>",
        f"<h2>可靠性图（校准误差 ECE {reliability.error:.3f}）</h2>",
        _diagram(reliability),
        "<p>横轴：给出的把握；纵轴：实际答对的比例。越贴近对角线，把握越可信。</p>",
        *(_table(f"按{name}", _by(single, key)) for name, key in _GROUPS),
        "<h2>没有直接答对的问题</h2>",
        _failures(single),
    ]
    return _PAGE.format(title=html.escape(title), body="\n".join(parts))


_GROUPS = (("说法类型", "style"), ("地区", "region"), ("主题", "topic"))


def _by(rows: Iterable[Row], key: str) -> dict[str, Counter[str]]:
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        groups[str(row.get(key, "-"))][outcome_of(row)] += 1
    return dict(sorted(groups.items(), key=lambda item: (-item[1]["wrong"], item[0])))


def _table(title: str, groups: dict[str, Counter[str]]) -> str:
    head = "".join(f"<th>{label}</th>" for _, label in _OUTCOMES)
    body = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{sum(counts.values())}</td>"
        + "".join(f"<td>{counts[outcome] or ''}</td>" for outcome, _ in _OUTCOMES)
        + "</tr>"
        for name, counts in groups.items()
    )
    return f"<h2>{title}</h2><table><tr><th></th><th>条数</th>{head}</tr>{body}</table>"


def _failures(rows: Iterable[Row]) -> str:
    lines = []
    for row in rows:
        outcome = outcome_of(row)
        if outcome != "right":
            first = row["candidates"][0] if row["candidates"] else {"topic": "", "confidence": 0}
            cells = (
                dict(_OUTCOMES)[outcome],
                str(row["q"]),
                str(row["topic"]),
                f"{first['topic']} {first['confidence']:.2f}",
            )
            lines.append("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>")
    return (
        "<table><tr><th>结果</th><th>问题</th><th>应答</th><th>第一候选</th></tr>"
        + "".join(lines)
        + "</table>"
    )


def _diagram(reliability: Reliability) -> str:
    side = _SIZE - 2 * _PAD

    def x(value: float) -> float:
        return _PAD + value * side

    def y(value: float) -> float:
        return _SIZE - _PAD - value * side

    most = max((n for _, _, n in reliability.bins), default=1)
    points = "".join(
        f'<circle cx="{x(c):.1f}" cy="{y(r):.1f}" r="{3 + 7 * (n / most) ** 0.5:.1f}">'
        f"<title>把握 {c:.2f}，答对 {r:.0%}，{n} 条</title></circle>"
        for c, r, n in reliability.bins
    )
    ticks = "".join(
        f'<text x="{x(t):.0f}" y="{_SIZE - 12}" text-anchor="middle">{t:.1f}</text>'
        f'<text x="{_PAD - 6}" y="{y(t) + 4:.0f}" text-anchor="end">{t:.1f}</text>'
        for t in (0.0, 0.5, 1.0)
    )
    return (
        f'<svg viewBox="0 0 {_SIZE} {_SIZE}" width="{_SIZE}" role="img" aria-label="可靠性图">'
        f'<rect x="{_PAD}" y="{_PAD}" width="{side}" height="{side}" class="frame"/>'
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" class="ideal"/>'
        f"{points}{ticks}</svg>"
    )


_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #ddd; background: #161616; }} }}
table {{ border-collapse: collapse; margin: .5rem 0; }}
td, th {{ border: 1px solid #8884; padding: .2rem .6rem; text-align: left; }}
pre {{ background: #8881; padding: 1rem; overflow-x: auto; }}
circle {{ fill: #2a7de1; fill-opacity: .8; }} .frame {{ fill: none; stroke: #8888; }}
.ideal {{ stroke: #8888; stroke-dasharray: 4; }} text {{ font-size: 11px; fill: currentColor; }}
</style>
{body}
</html>
"""
