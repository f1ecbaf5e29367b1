"""A payment season: how many messages come when. What nobody can measure beforehand is assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from random import Random

MINUTES = 24 * 60
WEEK = 7

# Share of a day's messages in each hour, from midnight: parents write at lunch and after supper.
PROFILE = (
    *(0.006, 0.003, 0.002, 0.002, 0.003, 0.008, 0.020, 0.040),
    *(0.052, 0.055, 0.054, 0.052, 0.062, 0.050, 0.044, 0.044),
    *(0.046, 0.052, 0.066, 0.088, 0.110, 0.080, 0.042, 0.019),
)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed, all of it; the reasons stand in `REASONS`."""

    persons_per_family: float = 2.62
    pupil_families: float = 0.35
    ask_share: float = 0.40
    conversations: float = 1.6
    messages: float = 5.0
    events: float = 0.6
    season_days: float = 90.0
    deadline_week: float = 4.0
    last_day: float = 2.5
    minute_peak: float = 1.5
    repeated: float = 0.02
    followers: float = 2.0
    push_reply: float = 0.01
    push_hour: float = 19.5
    push_spread_min: float = 60.0
    push_delay_min: float = 15.0
    new_words: float = 1.5
    busy_at_most: float = 0.6
    answer_within_s: float = 1.0
    proxy_us: float = 500.0
    redis_calls: float = 2.0
    redis_busy_at_most: float = 0.5
    shard_gb: float = 4.0
    redis_headroom: float = 2.0
    redis_capped_mb: float = 64.0
    core_month: float = 120.0
    memory_gb_month: float = 30.0
    egress_gb: float = 0.8


REASONS = {
    "persons_per_family": ("一户几人", "第七次全国人口普查：平均每户 2.62 人"),
    "pupil_families": ("有在园、在校孩子的家庭", "假定：三户里有一户多"),
    "ask_share": ("其中在缴费季里来问的", "有意取高：学校把公众号转进班级群"),
    "conversations": ("一户一季来几回", "一回问怎么缴，一部分人缴的时候再来一回"),
    "messages": ("一回几条消息", "一个问题、两三步流程、一句追问、一句谢谢"),
    "events": ("一回几次事件", "关注、点菜单；按一条消息的开销算"),
    "season_days": ("缴费季几天", "三个月"),
    "deadline_week": ("最后一周每天是平常日子的几倍", "假定：多数人拖到提醒之后"),
    "last_day": ("最后一天又是最后一周平日的几倍", "假定：截止日的晚上还来得及"),
    "minute_peak": ("最忙一分钟是那一小时平均的几倍", "电视新闻、班主任在群里催"),
    "repeated": ("微信重发的推送", "断线重连；正常时没有超时"),
    "followers": ("每户来问的家庭对应几位关注者", "父母都关注，还有不来问的"),
    "push_reply": ("群发以后来问的关注者", "假定：打开的人里十个有一个会问"),
    "push_hour": ("最后一天几点群发（19.5 是 19:30）", "有意放在最忙的时候"),
    "push_spread_min": ("群发分多少分钟发完", "运营按分组发，见下面不同做法的比较"),
    "push_delay_min": ("收到群发到来问，平均几分钟", "多数人看到就点开"),
    "new_words": ("开销比测速时大几倍", "测速时问题重复，真实的说法更杂，机器也可能更慢"),
    "busy_at_most": ("副本最忙时用到几成 CPU", "给发布内容、日志、估计的误差留余量"),
    "answer_within_s": ("99% 的回复在几秒内", "微信等 5 秒，家长觉得一秒是马上"),
    "proxy_us": ("TLS 和转发每条的 CPU，µs", "假定；由代理自己的机器承担"),
    "redis_calls": ("一条消息几次往返 Redis", "docs/state.md“一轮对话”"),
    "redis_busy_at_most": ("Redis 一个分片最忙用到几成", "单线程，主从切换后要补课"),
    "shard_gb": ("一个分片最多放几 GB", "再大，重写 AOF 和全量同步太久"),
    "redis_headroom": ("Redis 备几倍内存", "重写 AOF 时的写时复制、碎片"),
    "redis_capped_mb": ("有上限的键，MB", "日志、统计、20 份内容修订"),
    "core_month": ("一个核一个月，元", "假定的单价，不是报价"),
    "memory_gb_month": ("一 GB 内存一个月，元", "假定的单价，不是报价"),
    "egress_gb": ("一 GB 出口流量，元", "假定的单价，不是报价"),
}


def assumptions_with(settings: list[str]) -> Assumptions:
    """Return the assumptions with some values set as `name=value`.

    Raises:
        ValueError: No such assumption, or no number.
    """
    known = {field.name for field in fields(Assumptions)}
    changed: dict[str, float] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in known:
            raise ValueError(f"没有 {name} 这一项；有：{'、'.join(sorted(known))}")
        changed[name] = float(value)
    return Assumptions(**changed)


@dataclass(frozen=True, slots=True)
class Scale:
    """A deployment: how many families, and what may fail at once."""

    name: str
    insured: float = 0.0
    families: float = 0.0
    """Families with a pupil, where they are known; else from the insured."""
    domains: int = 3
    domain: str = "可用区"
    """One of these may fail while the others serve everybody."""

    def pupil_families(self, assumed: Assumptions) -> float:
        """Return the families with a pupil."""
        if self.families:
            return self.families
        return self.insured / assumed.persons_per_family * assumed.pupil_families


SCALES = (
    Scale("一个省（4000 万参保人）", insured=40e6),
    Scale("一个市（400 万参保人）", insured=4e6, domains=2, domain="机器"),
    Scale("一所学校（2000 个家庭）", families=2000, domains=2, domain="副本"),
)


class Season:
    """The season of one deployment: expected numbers.

    Args:
        scale: The deployment.
        assumed: The rates.
    """

    def __init__(self, scale: Scale, assumed: Assumptions) -> None:
        self.scale, self.assumed = scale, assumed
        self.asking = scale.pupil_families(assumed) * assumed.ask_share
        self.conversations = self.asking * assumed.conversations
        self._pushes = (assumed.messages + assumed.events) * (1 + assumed.repeated)
        """Pushes a conversation."""

    @property
    def total(self) -> float:
        """Pushes of the season, without those that the campaign brings."""
        return self.conversations * self._pushes

    def days(self) -> list[float]:
        """Return the pushes of each day, the last one with the campaign's."""
        a = self.assumed
        weights = [1.0] * (int(a.season_days) - WEEK) + [a.deadline_week] * WEEK
        weights[-1] *= a.last_day
        unit = self.total / sum(weights)
        found = [unit * weight for weight in weights]
        found[-1] += self.campaign
        return found

    @property
    def campaign(self) -> float:
        """Pushes that the campaign of the last evening brings."""
        return self._campaign_conversations * self._pushes

    @property
    def _campaign_conversations(self) -> float:
        return self.asking * self.assumed.followers * self.assumed.push_reply

    @property
    def last_day_users(self) -> float:
        """Parents of the last day: their sessions are kept for a day."""
        return self.days()[-1] / self._pushes

    def hours(self, day: int) -> list[float]:
        """Return the pushes a second of each hour of a day; the campaign is the last day's."""
        plain = self.days()[day]
        if day in {-1, len(self.days()) - 1}:
            minutes = self.last_day_minutes()
            return [sum(minutes[60 * h : 60 * h + 60]) / 60 for h in range(24)]
        return [plain * share / sum(PROFILE) / 3600 for share in PROFILE]

    def last_day_minutes(self) -> list[float]:
        """Return the pushes a second of each minute of the last day."""
        a, plain = self.assumed, self.days()[-1] - self.campaign
        share = plain / sum(PROFILE) / 3600
        return [
            share * _between_hours(minute) + self.campaign / 60 * _answering(minute, a)
            for minute in range(MINUTES)
        ]

    @property
    def worst_per_s(self) -> float:
        """Pushes a second in the worst minute of the season."""
        return max(self.last_day_minutes()) * self.assumed.minute_peak

    def drawn_worst(self, seed: int) -> int:
        """Return the pushes in the worst minute of a last day that is drawn at random."""
        rng = Random(seed)  # noqa: S311 - chance, not secrets
        return max(_poisson(rng, 60 * rate) for rate in self.last_day_minutes())


def _between_hours(minute: int) -> float:
    """Return the profile at a minute: linear between the middles of the hours, around the clock."""
    at = minute / 60 - 0.5
    hour = math.floor(at)
    first, second = PROFILE[hour % 24], PROFILE[(hour + 1) % 24]
    return first + (second - first) * (at - hour)


def _answering(minute: int, assumed: Assumptions) -> float:
    """Return the share of the campaign's pushes that come in this minute.

    Sent evenly over `push_spread_min`, answered after a time that is exponential.
    """
    start, spread, mean = 60 * assumed.push_hour, assumed.push_spread_min, assumed.push_delay_min

    def answered(until: float) -> float:
        """Share of those who got it by then and have written by then."""
        passed = until - start
        if passed <= 0:
            return 0.0
        if spread <= 0:
            return 1 - math.exp(-passed / mean)
        sent = min(passed, spread)
        open_ = mean * (math.exp(-(passed - sent) / mean) - math.exp(-passed / mean))
        return (sent - open_) / spread

    return answered(minute + 1) - answered(minute)


def _poisson(rng: Random, mean: float) -> int:
    """Draw from Poisson: by its product where it is small, by the normal one where it is large."""
    if mean > 200:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
