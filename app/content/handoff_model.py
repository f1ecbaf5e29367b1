"""What `handoff:` of an account may contain (intents/_accounts.yml)."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from app.content.field_types import Day, FileModel, Number, as_list
from app.domain.service_hours import HandoffPlan, HandoffTo, OpenOn, ServiceHours, Shift

DAY_NAMES = tuple(day.value for day in OpenOn)
_SPAN_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
DayName = Literal["工作日", "周一", "周二", "周三", "周四", "周五", "周六", "周日", "节假日"]
TimeSpan = Annotated[str, StringConstraints(pattern=_SPAN_PATTERN)]


class ShiftPart(FileModel):
    """Times of the same days."""

    days: Annotated[list[DayName], Field(min_length=1), BeforeValidator(as_list)] = Field(
        title="哪些天",
        description="工作日（含调休上班的周末）、周一……周日（遇法定节假日不算）、节假日。",
        examples=[["工作日"], ["周六", "周日"]],
    )
    times: Annotated[list[TimeSpan], Field(min_length=1)] = Field(
        title="几点到几点",
        description="24 小时制，加引号；中午休息就写两段。",
        examples=[["09:00-12:00", "13:30-17:00"]],
    )


class HandoffPart(FileModel):
    """How an account hands over to a person."""

    to: Literal["wechat", "console"] = Field(
        title="转给谁",
        description="wechat 转到微信客服；console 转到后台的“人工”页面。",
    )
    kf_account: Annotated[str, StringConstraints(pattern=r"^[^\s@]+@\S+$")] | None = Field(
        default=None,
        title="客服账号",
        description="只用于 wechat：指定由哪个客服账号接待；不写由微信分配。",
        examples=["kf2001@gh_xxxxxxxx"],
    )
    hours: Annotated[list[ShiftPart], Field(min_length=1)] = Field(
        title="服务时间", description="有人回复的时间，一种日子一段；节假日和调休由程序查日历。"
    )
    closed: list[Day] = Field(
        default_factory=list,
        title="临时不上班的日子",
        description="年-月-日，一行一天。",
        examples=[["2026-06-01"]],
    )
    after_misses: Number = Field(
        default=3, title="几次没答上就建议转人工", description="连续几次，默认 3。"
    )
    quiet_minutes: Number = Field(
        default=30,
        title="安静多久机器人接回来",
        description="转给人工以后，双方都没有再说话的分钟数，默认 30。",
    )


def span_of(text: str) -> tuple[time, time]:
    """Read `09:00-12:00`; the pattern has been checked."""
    begin, end = (datetime.strptime(part, "%H:%M").time() for part in re.split("-", text))  # noqa: DTZ007 - times of any day
    return begin, end


def build_plan(part: HandoffPart) -> HandoffPlan:
    """Return the plan of a checked part."""
    shifts = tuple(
        Shift(
            frozenset(OpenOn(day) for day in shift.days),
            tuple(span_of(span) for span in shift.times),
        )
        for shift in part.hours
    )
    return HandoffPlan(
        to=HandoffTo(part.to),
        hours=ServiceHours(shifts, frozenset(part.closed)),
        kf_account=part.kf_account or "",
        after_misses=part.after_misses,
        quiet=timedelta(minutes=part.quiet_minutes),
    )
