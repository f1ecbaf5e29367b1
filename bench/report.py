"""Figures into docs/benchmarks.md: between markers, by the commands only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from bench.datasets import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"
_COLUMNS = {
    "top1": ("top-1", "{:.3f}", 1),
    "auroc_far": ("AUROC far", "{:.3f}", 1),
    "auroc_near": ("AUROC near", "{:.3f}", 1),
    "false_far": ("false accepts far", "{:.3f}", -1),
    "false_near": ("false accepts near", "{:.3f}", -1),
    "p50_us": ("µs p50", "{:,.0f}", 0),
    "p99_us": ("µs p99", "{:,.0f}", 0),
    "build_s": ("build s", "{:.1f}", 0),
    "peak_mb": ("peak MB", "{:,.0f}", 0),
}
_COLOURS = ("#2f6fb0", "#7fb069", "#e6a532", "#b0563b")


def replace_part(name: str, text: str, path: Path = DOCUMENT) -> None:
    """Put a text between the markers `<!-- name -->` and `<!-- /name -->` of a document.

    Raises:
        ValueError: The markers are missing.
    """
    document = path.read_text("utf-8")
    before, begin, rest = document.partition(f"<!-- {name} -->")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not begin or not end:
        raise ValueError(f"{path}: markers of {name} are missing")
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the results of one data set as a Markdown table, the best of each column bold."""
    shown = [c for c in _COLUMNS if any(row[c] is not None for row in rows)]
    lines = [
        "| method | " + " | ".join(_COLUMNS[c][0] for c in shown) + " |",
        "|---|" + "--:|" * len(shown),
    ]
    best = {}
    for column in shown:
        _, form, sign = _COLUMNS[column]
        values = [float(str(row[column])) for row in rows if row[column] is not None]
        if sign:
            best[column] = form.format(max(values) if sign > 0 else min(values))
    for row in rows:
        cells = []
        for column in shown:
            text = _COLUMNS[column][1].format(row[column])
            cells.append(f"**{text}**" if best.get(column) == text else text)
        lines.append(f"| {row['method']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def bars(rows: Sequence[Mapping[str, object]], path: Path) -> None:
    """Draw the accuracy of each method on each data set as an SVG."""
    methods = list(dict.fromkeys(str(row["method"]) for row in rows))
    sets = list(dict.fromkeys(str(row["dataset"]) for row in rows))
    bar, left, width = 14, 260, 560
    step = bar * len(sets) + 12
    parts = []
    for row in rows:
        y = 40 + methods.index(str(row["method"])) * step + sets.index(str(row["dataset"])) * bar
        value = float(str(row["top1"]))
        colour = _COLOURS[sets.index(str(row["dataset"])) % len(_COLOURS)]
        parts.append(
            f'<rect x="{left}" y="{y}" width="{value * width:.1f}" height="{bar - 2}" '
            f'fill="{colour}"/><text x="{left + value * width + 4:.1f}" y="{y + 10}">'
            f"{value:.3f}</text>"
        )
    for i, method in enumerate(methods):
        middle = 40 + i * step + step / 2
        parts.append(f'<text x="{left - 8}" y="{middle}" text-anchor="end">{escape(method)}</text>')
    for i, name in enumerate(sets):
        parts.append(
            f'<rect x="{left + i * 140}" y="12" width="12" height="12" fill="{_COLOURS[i]}"/>'
            f'<text x="{left + i * 140 + 16}" y="22">{escape(name)}</text>'
        )
    _write(path, left + width + 60, 40 + step * len(methods), parts)


def curves(
    series: Mapping[str, Sequence[tuple[float, float]]], limits: Mapping[str, float], path: Path
) -> None:
    """Draw cost against size, one small chart for each series, with its limit.

    Args:
        series: Title → (size, cost) pairs.
        limits: Title → the cost that must not be exceeded.
        path: The SVG file.
    """
    wide, high, parts = 300, 170, []
    for number, (title, points) in enumerate(series.items()):
        x0, y0 = 50 + (number % 2) * (wide + 60), 40 + (number // 2) * (high + 60)
        top = max(limits[title], *(cost for _, cost in points)) * 1.1
        size = max(size for size, _ in points)
        spots = [(x0 + wide * at / size, y0 + high * (1 - cost / top)) for at, cost in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        limit = y0 + high * (1 - limits[title] / top)
        parts.append(
            f'<text x="{x0}" y="{y0 - 10}">{escape(title)}</text>'
            f'<path d="M{x0},{y0} V{y0 + high} H{x0 + wide}" fill="none" stroke="#888"/>'
            f'<path d="M{x0},{limit:.1f} H{x0 + wide}" stroke="#b0563b" stroke-dasharray="5 4"/>'
            f'<polyline points="{line}" fill="none" stroke="{_COLOURS[0]}" stroke-width="2"/>'
        )
        for (x, y), (at, cost) in zip(spots, points, strict=True):
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_COLOURS[0]}"/>'
                f'<text x="{x:.1f}" y="{y - 6:.1f}" text-anchor="middle">{cost:.3g}</text>'
                f'<text x="{x:.1f}" y="{y0 + high + 14}" text-anchor="middle">{at:,.0f}</text>'
            )
    _write(path, 2 * (wide + 60) + 30, 40 + -(-len(series) // 2) * (high + 60), parts)


def _write(path: Path, width: float, height: float, parts: Sequence[str]) -> None:
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n",
        "utf-8",
    )
