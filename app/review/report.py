"""What a bureau reports upward: numbers of a period, and what was asked in vain. No user, ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.dialogue.journalling import LATENCIES_MS
from app.domain.content import Catalog, IntentKind
from app.domain.journal import DayStatistics, JournalEntry, Reason
from app.domain.names import IntentId
from app.domain.turn import Decision
from app.review.clusters import Cluster, cluster

TOP = 50
HOURS = tuple(f"{hour:02d}" for hour in range(24))

_DECISIONS: Mapping[str, str] = {
    Decision.ANSWER: "直接回答",
    Decision.FLOW: "流程问答",
    Decision.CLARIFY: "反问",
    Decision.FALLBACK: "没答上或文件没写",
    Decision.HANDOFF: "转人工",
    Decision.SAFETY: "安全提醒",
    Decision.SMALLTALK: "寒暄",
    Decision.COMMAND: "命令",
}


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic over the period."""

    title: str
    total: int
    by_day: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Report:
    """A report, ready to be laid out."""

    first: date
    last: date
    accounts: tuple[str, ...]
    """Names of the accounts that it is about."""
    days: tuple[DayStatistics, ...]
    """Every day of the period, all accounts together; `account` is empty."""
    topics: tuple[TopicRow, ...]
    """Most asked first."""
    unanswered: tuple[Cluster, ...]
    """At most `TOP`, most asked first; masked."""
    kept_from: date | None
    """Day of the oldest question that is still kept; None: none is kept."""
    made_at: datetime

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted in the period."""
        return not any(day.counts for day in self.days)

    def total(self, name: str) -> int:
        """Return a counter over the period."""
        return sum(day.of(name) for day in self.days)

    def family(self, kind: str) -> Counter[str]:
        """Return the counters `kind:…` over the period."""
        found: Counter[str] = Counter()
        for day in self.days:
            found.update(day.family(kind))
        return found

    @property
    def resolved(self) -> int:
        """Answers that helped, as far as parents let know; no day below 0."""
        return sum(day.resolved for day in self.days)

    def summary(self) -> tuple[tuple[str, str], ...]:
        """Return name and value of the figures at the top."""
        answered = self.total("answered")
        return (
            ("家长消息", str(self.total("messages"))),
            ("给出答案", str(answered)),
            ("一次解决", _share(self.resolved, answered)),
            ("又问了一遍", str(self.total("reasked"))),
            ("说“没解决”", str(self.total("unsolved"))),
            ("没听懂", str(self.total("missed"))),
            ("反问", str(self.total(f"decision:{Decision.CLARIFY}"))),
            ("转人工", str(self.total("handoff"))),
            ("95% 的回答不超过", latency_text(self.family("latency"))),
        )

    def decisions(self) -> tuple[tuple[str, int], ...]:
        """Return what was done with the messages, most frequent first."""
        counts = self.family("decision").most_common()
        return tuple((_DECISIONS.get(name, name), count) for name, count in counts)

    def hours(self) -> tuple[tuple[str, int], ...]:
        """Return messages by hour of the day."""
        counts = self.family("hour")
        return tuple((f"{hour}时", counts[hour]) for hour in HOURS)


def make_report(
    catalog: Catalog,
    accounts: Sequence[str],
    statistics: Iterable[DayStatistics],
    entries: Iterable[JournalEntry],
    period: tuple[date, date],
    made_at: datetime,
) -> Report:
    """Return the report of a period.

    Args:
        catalog: For names of accounts and topics.
        accounts: Ids of the accounts, in the order to name them.
        statistics: Their days; others are left out.
        entries: What the journal has of them, any age.
        period: First and last day, both included.
        made_at: The present moment.
    """
    first, last = period
    counts: dict[date, Counter[str]] = {}
    for day in statistics:
        if first <= day.day <= last and day.account in accounts:
            counts.setdefault(day.day, Counter()).update(day.counts)
    days = tuple(DayStatistics("", day, counts[day]) for day in sorted(counts))
    kept = list(entries)
    inside = [e for e in kept if first <= e.at.date() <= last and is_unanswered(e, catalog)]
    return Report(
        first=first,
        last=last,
        accounts=tuple(catalog.accounts[a].name for a in accounts),
        days=days,
        topics=_topics(catalog, days),
        unanswered=cluster(inside)[:TOP],
        kept_from=min((e.at.date() for e in kept), default=None),
        made_at=made_at,
    )


def is_unanswered(entry: JournalEntry, catalog: Catalog) -> bool:
    """Tell whether a question of ours stayed without an answer.

    What has nothing to do with students' insurance was turned away rightly and does not count.
    """
    if entry.reason in {Reason.FALLBACK, Reason.UNSOLVED, Reason.HANDOFF}:
        return True
    if entry.decision is not Decision.FALLBACK:
        return False
    intents = (catalog.intents.get(topic) for topic in entry.topics)
    return not any(i is not None and i.kind is IntentKind.BACKGROUND for i in intents)


def latency_text(buckets: Mapping[str, int]) -> str:
    """Return the upper end of the bucket in which the 95th percentile lies, in words."""
    total, seen = sum(buckets.values()), 0
    for low in LATENCIES_MS:
        seen += buckets.get(str(low), 0)
        if total and seen >= 0.95 * total:
            above = [end for end in LATENCIES_MS if end > low]
            return f"{above[0]} 毫秒" if above else f"{low} 毫秒以上"
    return "—"


def _topics(catalog: Catalog, days: Sequence[DayStatistics]) -> tuple[TopicRow, ...]:
    by_topic: dict[str, dict[date, int]] = {}
    for day in days:
        for topic, count in day.family("topic").items():
            by_topic.setdefault(topic, {})[day.day] = count
    rows = [
        TopicRow(_title(catalog, topic), sum(counts.values()), counts)
        for topic, counts in by_topic.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.title)))


def _title(catalog: Catalog, topic: str) -> str:
    intent = catalog.intents.get(IntentId(topic))
    return intent.title if intent else f"{topic}（已不在内容里）"


def _share(part: int, whole: int) -> str:
    return f"{part}（{part / whole:.0%}）" if whole else "—"
