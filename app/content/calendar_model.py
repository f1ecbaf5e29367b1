"""What `knowledge/calendar/<region>.yml` may contain: one heading per kind of dated period."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import WithJsonSchema

from app.content.calendar_texts import texts_schema
from app.content.field_types import (
    AnchorRefs,
    Clock,
    Day,
    DayOfMonth,
    FileModel,
    Id,
    Month,
    Number,
    Text,
    Texts,
)
from app.domain.calendar import WindowKind

_TEXTS_ABOUT = "每种情况说什么；{…} 由程序填入，每种情况能用哪些见提示。"


class WindowPart(FileModel):
    """What every dated period has."""

    title: Text = Field(title="名称", description="这是什么日子。", examples=["自己缴费"])
    source: AnchorRefs = Field(
        title="依据",
        description="文件#标题，一个或几个；日子、钟点都要在里面。",
        examples=["beijing-2026#线上缴费时间段"],
    )
    texts: dict[Id, Text] = Field(title="说法", description=_TEXTS_ABOUT)


class DaysPart(FileModel):
    """Days of a month."""

    first: DayOfMonth = Field(title="从几号", description="当天算在内。", examples=[5])
    last: DayOfMonth = Field(title="到几号", description="当天算在内。", examples=[20])
    without: Annotated[list[DayOfMonth], Field(min_length=1)] = Field(
        default_factory=list, title="除了几号", description="中间不办的日子。", examples=[[15]]
    )


class LockDaysPart(FileModel):
    """First and last day of a month."""

    first: DayOfMonth = Field(title="从几号", description="当天算在内。", examples=[13])
    last: DayOfMonth = Field(title="到几号", description="当天算在内。", examples=[17])


class ChannelPart(FileModel):
    """A way to pay."""

    title: Text = Field(title="名称", description="回答里怎么叫。", examples=["银行柜台"])
    words: Texts = Field(
        title="家长怎么说", description="问题里有这些词，就只说这种渠道。", examples=[["柜台"]]
    )
    hint: Text = Field(
        title="能办的时候", description="接在“能缴，”后面。", examples=["工作日15:00前"]
    )
    open_on: Literal["workdays", "every_day"] = Field(
        default="every_day",
        title="哪些日子办",
        description="workdays 工作日（程序知道放假和调休）；every_day 每天。",
    )
    until: Clock | None = Field(
        default=None, title="几点前", description="到这个钟点就不办了。", examples=["15:00"]
    )
    arrive_by: Clock | None = Field(
        default=None, title="最晚几点到", description="过了就排不上号。", examples=["14:00"]
    )
    unstated_days: Annotated[list[DayOfMonth], Field(min_length=1)] = Field(
        default_factory=list,
        title="文件没写的日子",
        description="这几号能不能办，文件没有写，回答里照实说。",
        examples=[[15]],
    )


class MonthlyPart(WindowPart):
    """The same days of several months."""

    after: Id = Field(
        title="接在哪个时间段后面",
        description="当月参保、次月开始：从那段时间的次月起，到它结束的次月为止。",
        examples=["enrolment"],
    )
    days: DaysPart = Field(title="每月哪几天", description="从几号到几号，除了几号。")
    channels: Annotated[dict[Id, ChannelPart], Field(min_length=1)] = Field(
        title="渠道", description="名称: 什么时候能办。"
    )
    texts: Annotated[dict[Id, Text], WithJsonSchema(texts_schema(WindowKind.MONTHLY))] = Field(
        title="说法", description=_TEXTS_ABOUT
    )


class PeriodPart(WindowPart):
    """One run of days."""

    first: Day = Field(title="第一天", description="年-月-日。")
    last: Day = Field(title="最后一天", description="年-月-日，当天算在内。")
    texts: Annotated[dict[Id, Text], WithJsonSchema(texts_schema(WindowKind.PERIODS))] = Field(
        title="说法", description=_TEXTS_ABOUT
    )


class PayPart(FileModel):
    """The month in which something is paid."""

    window: Id = Field(title="哪种缴费", description="monthly 里的名称。", examples=["payment"])
    month: Month = Field(title="哪个月", description="年-月。", examples=["2026-01"])


class DeadlinePart(WindowPart):
    """Something to report before a day."""

    within: Id = Field(
        title="在哪个时间段里", description="periods 里的名称；从它的第一天起可以办。"
    )
    before: Day = Field(title="哪天之前", description="文件写“之前”的那一天。")
    pay: PayPart = Field(title="哪个月缴", description="在哪种缴费的哪个月。")
    texts: Annotated[dict[Id, Text], WithJsonSchema(texts_schema(WindowKind.DEADLINES))] = Field(
        title="说法", description=_TEXTS_ABOUT
    )


class DebitDaysPart(WindowPart):
    """Days on which banks collect."""

    days: Annotated[list[Day], Field(min_length=1)] = Field(
        title="扣款日", description="照文件写的日子，按先后。"
    )
    move: Literal["next_workday", "never"] = Field(
        title="遇休息日",
        description="next_workday 顺延到下一个工作日；never 不变。",
    )
    deposit_workdays: Number = Field(
        title="提前几个工作日存钱", description="程序据此算出最晚哪天存。", examples=[2]
    )
    texts: Annotated[dict[Id, Text], WithJsonSchema(texts_schema(WindowKind.DEBIT_DAYS))] = Field(
        title="说法", description=_TEXTS_ABOUT
    )


class MonthEndsPart(WindowPart):
    """The last day of several months."""

    months: Annotated[list[Month], Field(min_length=1)] = Field(
        title="哪几个月", description="年-月，按先后；日子是月底最后一天。", examples=[["2025-11"]]
    )
    texts: Annotated[dict[Id, Text], WithJsonSchema(texts_schema(WindowKind.MONTH_ENDS))] = Field(
        title="说法", description=_TEXTS_ABOUT
    )


class PhasePart(FileModel):
    """From a day on, a payment has this effect."""

    first: Day = Field(title="从哪天起", description="在这天及以后完成缴费的。")
    text: Text = Field(title="说什么", description="可以用 {when}：缴费的那一天。")


class PhasesPart(WindowPart):
    """An effect that depends on the day of payment."""

    paid_by: Id = Field(title="哪种缴费", description="monthly 里的名称。", examples=["payment"])
    phases: Annotated[list[PhasePart], Field(min_length=1)] = Field(
        title="几个阶段", description="按先后。"
    )
    texts: Annotated[dict[Id, Text], WithJsonSchema(texts_schema(WindowKind.PHASES))] = Field(
        title="说法", description=_TEXTS_ABOUT
    )


class LockPart(WindowPart):
    """Days around a bank debit."""

    debit: Id = Field(title="哪种扣款", description="debit_days 里的名称。")
    paid_by: Id = Field(title="哪种缴费", description="monthly 里的名称。", examples=["payment"])
    months: Annotated[list[Month], Field(min_length=1)] = Field(
        title="哪几个月", description="年-月，按先后。", examples=[["2026-01"]]
    )
    locked: LockDaysPart = Field(title="锁定", description="这几天不能用其他方式。")
    free: LockDaysPart = Field(title="锁定以后", description="这几天可以用其他方式。")
    texts: Annotated[dict[Id, Text], WithJsonSchema(texts_schema(WindowKind.LOCKS))] = Field(
        title="说法", description=_TEXTS_ABOUT
    )


class QuestionsPart(FileModel):
    """What mere questions of dates are about."""

    default: Id = Field(
        title="没有这些词时",
        description="只问日子、没说是哪件事时，答哪个意图。",
        examples=["payment_window"],
    )
    topics: Annotated[dict[Id, Texts], Field(min_length=1)] = Field(
        title="哪些词是哪件事",
        description="意图: 词；从上往下看，先有哪个的词就是哪个。",
        examples=[{"enrolment_period": ["参保", "登记"]}],
    )


class CalendarFile(FileModel):
    """`knowledge/calendar/<region>.yml`; the headings are the values of `WindowKind`."""

    region: Id = Field(title="地区", description="与文件名相同。", examples=["beijing"])
    closing_days: Number = Field(
        default=3, title="剩几天算快截止", description="只剩这么多天时换成催促的说法。"
    )
    assumed: Text = Field(
        title="放假表没有的年份", description="算到那一年时加的一句；可以用 {years}。"
    )
    questions: QuestionsPart | None = Field(
        default=None,
        title="只问日子的话",
        description="“今天能交吗”“还来得及参保吗”这样只问日子的短句，直接按这里的词认，不反问。",
    )
    monthly: dict[Id, MonthlyPart] = Field(
        default_factory=dict, title="每月几号到几号", description="名称: 一种每月都有的日子。"
    )
    periods: dict[Id, PeriodPart] = Field(
        default_factory=dict, title="一段时间", description="名称: 从哪天到哪天。"
    )
    deadlines: dict[Id, DeadlinePart] = Field(
        default_factory=dict, title="某天之前", description="名称: 哪天之前要办，哪个月缴。"
    )
    debit_days: dict[Id, DebitDaysPart] = Field(
        default_factory=dict, title="银行扣款日", description="名称: 哪几天扣。"
    )
    month_ends: dict[Id, MonthEndsPart] = Field(
        default_factory=dict, title="月底划扣", description="名称: 哪几个月的月底。"
    )
    phases: dict[Id, PhasesPart] = Field(
        default_factory=dict, title="缴费早晚的区别", description="名称: 哪天起缴的有什么不同。"
    )
    locks: dict[Id, LockPart] = Field(
        default_factory=dict, title="批扣锁定", description="名称: 哪几天不能用其他方式。"
    )

    def windows(self, kind: WindowKind) -> dict[str, WindowPart]:
        """Return the windows under one heading, by name."""
        return dict(getattr(self, kind.value))
