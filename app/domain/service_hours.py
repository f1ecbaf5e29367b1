"""When people answer and how an account hands over to them: what operators write.

Nothing here reads a clock or a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum


class HandoffTo(StrEnum):
    """Who answers when a person is wanted."""

    WECHAT = "wechat"
    """WeChat's own customer service (微信客服): the message is passed on."""
    CONSOLE = "console"
    """The page 人工 of the console."""


class OpenOn(StrEnum):
    """Days of a shift."""

    WORKDAY = "工作日"
    """Working days of the official calendar, worked weekends (调休) too."""
    MONDAY = "周一"
    TUESDAY = "周二"
    WEDNESDAY = "周三"
    THURSDAY = "周四"
    FRIDAY = "周五"
    SATURDAY = "周六"
    SUNDAY = "周日"
    HOLIDAY = "节假日"
    """Official holidays; a weekday above does not count on one."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Times of the same days."""

    days: frozenset[OpenOn]
    times: tuple[tuple[time, time], ...]
    """Begin and end of each, in order; `end` is the first moment at which nobody is there."""


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When people answer (服务时间), Asia/Shanghai."""

    shifts: tuple[Shift, ...]
    closed: frozenset[date] = frozenset()
    """Single days on which nobody answers, whatever the shifts say."""


@dataclass(frozen=True, slots=True)
class HandoffPlan:
    """How an account hands over to a person."""

    to: HandoffTo
    hours: ServiceHours
    kf_account: str = ""
    """Only WeChat: the account of the one person who answers; empty: any."""
    after_misses: int = 3
    """After so many misses in a row a person is offered."""
    quiet: timedelta = timedelta(minutes=30)
    """Without a message of either side for so long, the bot answers again."""
