"""Examples that editors show for keys whose model field has none: `part.key` → example."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

EXAMPLES: Mapping[str, Any] = MappingProxyType(
    {
        "AccountPart.region": "beijing",
        "AccountPart.welcome": ["payment_channels", "fee_standard"],
        "AccountPart.places": ["北京", "海淀"],
        "HandoffPart.hours": [{"days": ["工作日"], "times": ["09:00-12:00", "13:30-17:00"]}],
        "HandoffPart.after_misses": 2,
        "HandoffPart.quiet_minutes": 30,
        "NoticePart.template": "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY",
        "CalendarFile.closing_days": 3,
        "CalendarFile.assumed": "（{years}年的放假安排还没有，以上按周一至周五推算。）",
        "DeadlinePart.within": "enrolment",
        "DeadlinePart.before": "2026-01-01",
        "DebitDaysPart.days": ["2025-12-15", "2026-01-15"],
        "LockPart.debit": "batch_debit",
        "PeriodPart.first": "2025-11-30",
        "PeriodPart.last": "2026-02-28",
        "PhasePart.first": "2026-01-01",
        "PhasePart.text": "现在参保的，次月开始缴费。",
        "PhasesPart.phases": [{"first": "2026-01-01", "text": "现在参保的，次月开始缴费。"}],
        "ConversationsFile.conversations": [
            {"conversation": "问缴费标准", "account": "beijing", "turns": [{"user": "一年多少钱"}]}
        ],
        "ConversationPart.at": "2025-12-16T10:00",
        "ConversationPart.turns": [{"user": "一年多少钱"}],
        "ConversationPart.known_failure": "还听不懂这种说法",
        "ExpectPart.flow": "check_coverage",
        "TurnPart.user": "一年多少钱",
        "TurnPart.wait": "30m",
        "TurnPart.reply_lacks": ["没听懂"],
        "FlowFile.tests": [{"region": "beijing", "say": ["孩子能参保吗", "是"], "ends": "covered"}],
        "ChoicePart.since": "2026-01-01",
        "ChoicePart.until": "2026-02-28",
        "ChoicePart.min": 1,
        "ChoicePart.max": 18,
        "FlowRegionPart.topic": "enrolment_eligibility",
        "FlowRegionPart.decide": [{"when": {"hukou": "beijing"}, "answer": "fee_standard"}],
        "FlowRegionPart.compare": "两种办法都可以。",
        "FlowRegionPart.compare_source": "beijing-2026#参保时间与缴费标准",
        "RowPart.when": {"hukou": "beijing"},
        "RowPart.say": "可以参保。",
        "RowPart.source": "beijing-2026#覆盖对象",
        "RowPart.answer": "fee_standard",
        "SlotPart.otherwise": "other",
        "ButtonPart.name": "怎么缴费",
        "ButtonPart.app_id": "wx0123456789abcdef",
        "ButtonPart.page_path": "pages/index",
        "TopButtonPart.name": "常见问题",
        "TopButtonPart.app_id": "wx0123456789abcdef",
        "TopButtonPart.page_path": "pages/index",
        "TopButtonPart.buttons": [{"name": "怎么缴费", "intent": "payment_channels"}],
        "OppositesFile.opposites": [{"one": ["没交"], "other": ["交了"]}],
    }
)


def add_examples(name: str, part: dict[str, Any]) -> None:
    """Add what is listed for the keys of a part that have no example yet.

    Args:
        name: The model's name.
        part: Its JSON Schema, which is changed.
    """
    for key, value in part.get("properties", {}).items():
        example = EXAMPLES.get(f"{name}.{key}")
        if example is not None:
            value.setdefault("examples", [example])
