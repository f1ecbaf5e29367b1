"""Is a series flat? The verdict of the soak: trend by Theil and Sen, with its confidence bound.

The slope is the median of all slopes between two points (Sen, 1968, JASA 63, 1379-1389), so that a
peak now and then, as while content is loaded, moves it little. Neighbouring samples are alike,
which would make its interval too narrow: the series is cut into blocks first, and the blocks'
medians are taken for the points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import theilslopes

HOUR_S = 3600.0
_CONFIDENCE = 0.9
"""Two-sided: the upper bound is exceeded by one trend in twenty."""
_BLOCKS = 24
_FEWEST = 6
"""Points without which there is no verdict."""
_EXTRAPOLATED_S = 480.0
"""Series at least this long are judged by the hour; what a shorter one says of an hour is noise."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a measure may rise over the horizon, whichever is more."""

    name: str
    unit: str
    absolute: float
    share: float = 0.0
    """Of the series' own median."""

    def allowed(self, level: float) -> float:
        """Return the rise that is allowed at this level."""
        return max(self.absolute, self.share * level)


@dataclass(frozen=True, slots=True)
class Trend:
    """What a series did."""

    limit: Limit
    level: float
    """Median of the series."""
    per_hour: float
    """Slope, in units an hour."""
    upper_per_hour: float
    """Its upper confidence bound."""
    horizon_s: float
    """The time for which it is judged: an hour, or the run where that is short."""

    @property
    def rise(self) -> float:
        """What it may have risen over the horizon at most."""
        return self.upper_per_hour * self.horizon_s / HOUR_S

    @property
    def allowed(self) -> float:
        """What it might rise."""
        return self.limit.allowed(self.level)

    @property
    def flat(self) -> bool:
        """Whether it stays within what is allowed, at the upper bound."""
        return self.rise <= self.allowed

    def complaint(self) -> str:
        """Return what is wrong, Chinese; empty where it is flat."""
        if self.flat:
            return ""
        return (
            f"{self.limit.name}在涨：每小时 {self.per_hour:+,.1f} {self.limit.unit}"
            f"（上限 {self.upper_per_hour:+,.1f}），{self.horizon_s:,.0f} 秒里最多涨 "
            f"{self.rise:,.1f}，只允许 {self.allowed:,.1f} {self.limit.unit}；"
            "先看它从哪一刻开始涨，再对照那时的操作（发布内容、重试、流程）"
        )


def trend(limit: Limit, at_s: Sequence[float], values: Sequence[float]) -> Trend:
    """Return the trend of a series.

    Args:
        limit: What is allowed.
        at_s: Times in seconds, ascending.
        values: What was measured, one for each time.

    Raises:
        ValueError: Too few points to say anything.
    """
    if len(values) < _FEWEST:
        raise ValueError(f"{limit.name}只有 {len(values)} 个样本，至少要 {_FEWEST} 个")
    times, points = _blocks(at_s, values)
    slope, _, _, upper = theilslopes(points, times, _CONFIDENCE)
    lasted_s = at_s[-1] - at_s[0]
    return Trend(
        limit,
        float(median(values)),
        float(slope) * HOUR_S,
        float(upper) * HOUR_S,
        HOUR_S if lasted_s >= _EXTRAPOLATED_S else lasted_s,
    )


def _blocks(at_s: Sequence[float], values: Sequence[float]) -> tuple[list[float], list[float]]:
    size = max(1, len(values) // _BLOCKS)
    starts = range(0, len(values) - size + 1, size)
    return (
        [median(at_s[start : start + size]) for start in starts],
        [median(values[start : start + size]) for start in starts],
    )
