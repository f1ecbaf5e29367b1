"""Where a message's CPU time goes: samples of the running server, as shares and a flame graph.

The samples are taken from outside by py-spy, so the server does nothing that it would not do
anyway. A stage is where a stack first enters one of its functions, seen from the outermost frame.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

RATE = 200
"""Samples a second."""
_LEAST = 0.004
"""Share below which a frame is not drawn."""
_WIDTH, _ROW = 1200, 17
_COLOURS = ("#e6a532", "#e0b860", "#d98c4a", "#e8c27a")
_OUTSIDE = "waiting for and reading sockets"

STAGES: Mapping[str, tuple[str, ...]] = {
    "understand and decide": ("Assistant.turn",),
    "log and count": ("Metrics.turn", "TurnMetrics.", "RequestMetrics.request", "noted", "Diary."),
    "Redis": (
        "Store.run",
        "Batches.",
        "_exchange",
        "AbstractConnection.",
        "BlockingConnectionPool.",
    ),
    "session to and from JSON": ("encode_session", "decode_session"),
    "check, decrypt, parse": ("Gate.admit", "read_body", "query_pairs", "CallbackQuery."),
    "write the reply": ("Callbacks._reply", "send_answer"),
    "one turn a message, in order": ("Turns.", "DeliveryDesk.", "Respondent."),
    "HTTP": ("RequestResponseCycle.", "HttpToolsProtocol.", "Callbacks."),
}
"""Stage → beginnings of the functions that belong to it."""
_INNER = tuple(STAGES)[:6]
"""Stages that count wherever they stand inside the last two."""

Stack = tuple[str, ...]


def sample(pid: int, seconds: float) -> dict[Stack, int]:
    """Return how often each stack of the process's loop was seen.

    Raises:
        RuntimeError: py-spy is not installed, or may not look at the process.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        program = Path(sys.executable).with_name("py-spy")
        command = [str(program), "record", "--pid", str(pid), "--rate", str(RATE)]
        command += ["--duration", str(max(1, round(seconds))), "--format", "raw", "--output"]
        try:
            done = subprocess.run([*command, str(raw)], capture_output=True, check=False)  # noqa: S603 - a development dependency
        except FileNotFoundError:
            raise RuntimeError("没有安装 py-spy") from None
        if done.returncode or not raw.exists():
            raise RuntimeError("py-spy 看不了这个进程")
        return read_samples(raw.read_text("utf-8").splitlines())


def read_samples(lines: Iterable[str]) -> dict[Stack, int]:
    """Read py-spy's raw format, `frame;frame;frame count`, from the event loop inward."""
    found: dict[Stack, int] = {}
    for line in lines:
        text, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] or frame for frame in text.split(";")]
        loop = next((i for i, frame in enumerate(frames) if frame.startswith("Runner.run")), None)
        if loop is not None:
            stack = tuple(frames[loop + 1 :])
            found[stack] = found.get(stack, 0) + int(count)
    return found


def shares(samples: Mapping[Stack, int]) -> dict[str, float]:
    """Return the share of each stage; they add up to 1."""
    counts = dict.fromkeys((*STAGES, _OUTSIDE), 0)
    for stack, count in samples.items():
        counts[_stage(stack)] += count
    total = sum(counts.values()) or 1
    return {stage: count / total for stage, count in counts.items()}


def _stage(stack: Stack) -> str:
    for stages in (_INNER, tuple(STAGES)[len(_INNER) :]):
        for frame in stack:
            for stage in stages:
                if frame.startswith(STAGES[stage]):
                    return stage
    return _OUTSIDE


@dataclass(slots=True)
class _Node:
    count: int = 0
    inside: dict[str, _Node] = field(default_factory=dict)


def draw(samples: Mapping[Stack, int], path: Path) -> None:
    """Draw a flame graph: what called what, as wide as its share; rare frames are left out."""
    root = _Node()
    for stack, count in samples.items():
        node = root
        node.count += count
        for frame in stack:
            node = node.inside.setdefault(frame, _Node())
            node.count += count
    parts: list[str] = []
    deepest = _drawn(root, 0.0, 0, max(1, root.count), parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {(deepest + 1) * _ROW}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n",
        "utf-8",
    )


def _drawn(node: _Node, left: float, depth: int, total: int, parts: list[str]) -> int:
    deepest = depth
    for frame, child in sorted(node.inside.items(), key=lambda item: -item[1].count):
        share = child.count / total
        if share < _LEAST:
            continue
        wide, top = share * _WIDTH, depth * _ROW
        shown = escape(frame.partition(" ")[0])
        colour = _COLOURS[len(frame) % len(_COLOURS)]
        parts.append(
            f'<g><title>{escape(frame)} {share:.1%}</title><rect x="{left:.1f}" y="{top}" '
            f'width="{wide:.1f}" height="{_ROW - 1}" fill="{colour}"/>'
            + (_label(shown, left, top, wide) if wide > 45 else "")
            + "</g>"
        )
        deepest = max(deepest, _drawn(child, left, depth + 1, total, parts))
        left += wide
    return deepest


def _label(text: str, left: float, top: int, wide: float) -> str:
    most = int(wide / 6.2)
    shown = text if len(text) <= most else f"{text[: most - 1]}…"
    return f'<text x="{left + 3:.1f}" y="{top + 12}">{shown}</text>'
