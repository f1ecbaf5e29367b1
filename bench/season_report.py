"""The parts of docs/capacity.md, in Chinese, and its chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from bench.figures import Cost
from bench.season import PROFILE, REASONS, SCALES, Assumptions, Season
from bench.sizing import SEALED_BYTES, Size, WorstMinute, size

_FACTORS = (1, 3, 10)
_SPREADS = (0, 30, 60, 180)
_SHOWN_REPLICAS = 8
_SEED = 2026
_ENOUGH_S = 5.0
"""WeChat asks again after so long."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the figures follow from."""

    cost: Cost
    user_bytes: float
    user_bytes_from: str
    """Chinese: where the bytes a user come from."""
    assumed: Assumptions


def parts(inputs: Inputs) -> dict[str, str]:
    """Return each part of the document by the name of its markers."""
    seasons = [Season(scale, inputs.assumed) for scale in SCALES]
    sizes = [size(season, inputs.cost, inputs.user_bytes) for season in seasons]
    return {
        "capacity-summary": _summary(sizes),
        "capacity-measured": _measured(inputs),
        "capacity-assumed": _assumed(inputs.assumed),
        "capacity-arrivals": _arrivals(seasons),
        "capacity-waiting": _waiting(seasons[0], inputs, sizes[0]),
        "capacity-sizes": _sizes(sizes),
        "capacity-wrong": _wrong(seasons[0], inputs),
    }


def _summary(sizes: Sequence[Size]) -> str:
    return "\n".join(
        f"- {s.season.scale.name}：最忙一分钟每秒 {s.season.worst_per_s:,.1f} 条推送，"
        f"{s.replicas} 个副本（坏掉一{_measure(s)}{s.season.scale.domain}还有 "
        f"{s.after_loss.replicas} 个，99% 的回复在 {s.after_loss.random_ms:,.0f} 毫秒内），"
        f"Redis {s.redis_mb:,.0f} MB、{_redis(s)}，按假定的单价每月 {s.month:,.0f} 元。"
        for s in sizes
    )


def _measure(s: Size) -> str:
    return "台" if s.season.scale.domain == "机器" else "个"


def _redis(s: Size) -> str:
    return "一主一从" if s.masters == 1 else f"{s.masters} 个分片，各一主一从"


def _measured(inputs: Inputs) -> str:
    cost = inputs.cost
    return "\n".join(
        [
            "| 测得的 | 数 | 出处 |",
            "|---|--:|---|",
            f"| 机器人一条消息的 CPU，µs | {cost.cpu_us:,.0f} | benchmarks.md，{cost.server} |",
            f"| Redis 一条消息的 CPU，µs | {cost.redis_us:,.0f} | 同上 |",
            f"| 一个副本的内存，MB | {cost.resident_mb:,.0f} | 同上 |",
            f"| 不排队时的延迟，p50 / p99，ms | {cost.p50_ms:.1f} / {cost.p99_ms:.1f} | 同上 |",
            f"| 一位活跃家长在 Redis 里占的字节 | {inputs.user_bytes:,.0f} "
            f"| {inputs.user_bytes_from} |",
            f"| 一条回复最多的字节，加密后 | {SEALED_BYTES:,} | 微信的 2048 字节上限 |",
        ]
    )


def _assumed(assumed: Assumptions) -> str:
    lines = ["| 假定 | 数 | 为什么 | 参数 |", "|---|--:|---|---|"]
    for field in fields(assumed):
        name, why = REASONS[field.name]
        lines.append(f"| {name} | {getattr(assumed, field.name):g} | {why} | `{field.name}` |")
    shares = "、".join(f"{share:.1%}" for share in PROFILE)
    lines += ["", f"一天里各小时的份额，从零点起：{shares}。"]
    return "\n".join(lines)


def _arrivals(seasons: Sequence[Season]) -> str:
    province = seasons[0]
    lines = [
        "| | 来问的家庭 | 一季推送 | 平常一天 | 最后一周一天 | 最后一天 | 同时有会话的家长 "
        "| 最忙一分钟，每秒 | 抽样：最忙一分钟共几条 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for season in seasons:
        days = season.days()
        lines.append(
            f"| {season.scale.name} | {season.asking:,.0f} | {season.total + season.campaign:,.0f} "
            f"| {days[0]:,.0f} | {days[-2]:,.0f} | {days[-1]:,.0f} "
            f"| {season.last_day_users:,.0f} | {season.worst_per_s:,.2f} "
            f"| {season.drawn_worst(_SEED):,} |"
        )
    lines += [
        "",
        f"{province.scale.name}，每秒推送，按小时：",
        "",
        "| 时 | 平常一天 | 最后一周一天 | 最后一天 |",
        "|--:|--:|--:|--:|",
    ]
    columns = (province.hours(0), province.hours(-2), province.hours(-1))
    for hour, (calm, busy, last) in enumerate(zip(*columns, strict=True)):
        lines.append(f"| {hour} | {calm:,.1f} | {busy:,.1f} | {last:,.1f} |")
    lines += ["", "![最后一天每分钟的推送](images/capacity-last-day.svg)"]
    return "\n".join(lines)


def _waiting(season: Season, inputs: Inputs, found: Size) -> str:
    worst = WorstMinute(season.worst_per_s, inputs.cost, inputs.assumed)
    lines = [
        f"{season.scale.name}，最忙一分钟每秒 {season.worst_per_s:,.0f} 条：",
        "",
        "| 副本 | CPU 用到 | 轮流分：p99 ms | 随机分：p99 ms | 核对：M/M/m 等待 p99 ms | |",
        "|--:|--:|--:|--:|--:|---|",
    ]
    for replicas in range(1, max(found.replicas, _SHOWN_REPLICAS) + 1):
        one = worst.with_replicas(replicas)
        note = "赶不上，微信重发，越积越多" if one.busy >= 1 else ""
        if not note and one.random_ms > 1000 * _ENOUGH_S:
            note = "一部分超过微信的 5 秒"
        if replicas == found.needed:
            note = "够用的最少数目"
        elif replicas == found.replicas:
            note = f"配置：坏一个{season.scale.domain}还剩 {found.after_loss.replicas} 个"
        erlang = f"{one.erlang_ms:,.1f}" if one.busy < 1 else "–"
        lines.append(
            f"| {replicas} | {one.busy:.0%} | {one.turns_ms:,.0f} | {one.random_ms:,.0f} "
            f"| {erlang} | {note} |"
        )
    return "\n".join(lines)


def _sizes(sizes: Sequence[Size]) -> str:
    rows: Mapping[str, list[str]] = {
        "可能整个坏掉的": [
            f"{s.season.scale.domains} {_measure(s)}{s.season.scale.domain}" for s in sizes
        ],
        "副本，每个一核": [f"{s.replicas}" for s in sizes],
        "其中撑住最忙一分钟的": [f"{s.needed}" for s in sizes],
        "都在时 CPU 用到": [f"{s.whole.busy:.0%}" for s in sizes],
        "坏掉一个后 CPU 用到": [f"{s.after_loss.busy:.0%}" for s in sizes],
        "坏掉一个后 p99，ms": [f"{s.after_loss.random_ms:,.0f}" for s in sizes],
        "代理（TLS）用到的核": [f"{s.proxy_cores:.2f}" for s in sizes],
        "Redis 里的数据，MB": [f"{s.redis_mb:,.0f}" for s in sizes],
        "Redis 最忙时用到的核": [f"{s.redis_busy:.3f}" for s in sizes],
        "Redis 最忙时每秒往返": [f"{s.redis_ops:,.0f}" for s in sizes],
        "Redis": [_redis(s) for s in sizes],
        "Redis 要备的内存（主和从），GB": [f"{s.redis_gb:,.1f}" for s in sizes],
        "副本要备的内存，GB": [f"{s.app_gb:,.1f}" for s in sizes],
        "核，总共": [f"{s.cores}" for s in sizes],
        "出口，最忙时 Mbit/s": [f"{s.egress_mbit:,.2f}" for s in sizes],
        "出口，一季 GB": [f"{s.egress_gb:,.2f}" for s in sizes],
        "每月，元（假定的单价）": [f"{s.month:,.0f}" for s in sizes],
    }
    names = [s.season.scale.name for s in sizes]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "--:|" * len(sizes)]
    return "\n".join(
        [*lines, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items())]
    )


def _wrong(season: Season, inputs: Inputs) -> str:
    """Return what follows where the assumptions are wrong, and how the campaign is sent."""
    lines = ["| 最忙一分钟是估计的 | 每秒 | 撑住它的副本 |", "|--:|--:|--:|"]
    for factor in _FACTORS:
        per_s = factor * season.worst_per_s
        needed = WorstMinute(per_s, inputs.cost, inputs.assumed).needed()
        lines.append(f"| {factor} 倍 | {per_s:,.0f} | {needed} |")
    lines += ["", "| 群发分多少分钟发完 | 最忙一分钟，每秒 | 撑住它的副本 |", "|--:|--:|--:|"]
    for spread in _SPREADS:
        other = Season(season.scale, replace(inputs.assumed, push_spread_min=float(spread)))
        needed = WorstMinute(other.worst_per_s, inputs.cost, inputs.assumed).needed()
        lines.append(f"| {spread} | {other.worst_per_s:,.0f} | {needed} |")
    return "\n".join(lines)


def chart(season: Season, path: Path) -> None:
    """Draw the last day of a season beside its days: pushes a second, minute by minute."""
    wide, high, left, top = 720, 220, 60, 40
    minutes = season.last_day_minutes()
    most = max(minutes) * 1.1
    line = " ".join(
        f"{left + wide * minute / len(minutes):.1f},{top + high * (1 - rate / most):.1f}"
        for minute, rate in enumerate(minutes)
        if minute % 5 == 0
    )
    drawn = [
        f'<text x="{left}" y="{top - 16}">{season.scale.name}，最后一天，每秒推送</text>',
        f'<path d="M{left},{top} V{top + high} H{left + wide}" fill="none" stroke="#888"/>',
        f'<polyline points="{line}" fill="none" stroke="#2f6fb0" stroke-width="2"/>',
    ]
    for hour in range(0, 25, 3):
        x = left + wide * hour / 24
        drawn.append(
            f'<text x="{x:.0f}" y="{top + high + 16}" text-anchor="middle">{hour} 时</text>'
        )
    for share in (0.25, 0.5, 0.75, 1.0):
        y = top + high * (1 - share)
        drawn.append(
            f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{most * share:,.0f}</text>'
            f'<path d="M{left},{y:.0f} H{left + wide}" stroke="#ddd"/>'
        )
    days = season.days()
    base, bar = top + 2 * high + 60, wide / len(days)
    drawn.append(f'<text x="{left}" y="{base - high - 6}">整季，每天推送</text>')
    for number, day in enumerate(days):
        tall = high * day / max(days)
        drawn.append(
            f'<rect x="{left + number * bar:.1f}" y="{base - tall:.1f}" width="{bar - 1:.1f}" '
            f'height="{tall:.1f}" fill="#7fb069"/>'
        )
    drawn.append(
        f'<text x="{left - 6}" y="{base - high + 10}" text-anchor="end">{max(days):,.0f}</text>'
        f'<text x="{left + wide}" y="{base + 16}" text-anchor="end">第 {len(days)} 天</text>'
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 30} {base + 30}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n",
        "utf-8",
    )
