"""What each text of the calendar is for, as operators read it in their editor."""

from __future__ import annotations

from typing import Any

from app.domain.calendar import OPTIONAL_TEXTS, PLACEHOLDERS, WindowKind

_LEFT = {
    "left": "接在期限后面：还有几天",
    "left_soon": "接在期限后面：快到期时",
    "left_last": "接在期限后面：最后一天",
}
_TITLES: dict[WindowKind, dict[str, str]] = {
    WindowKind.MONTHLY: {
        "before": "第一次缴费还没到",
        "open": "各种渠道都能缴",
        "open_limited": "都能缴，但有的渠道先截止",
        "open_one": "问的这一种渠道能缴",
        "some": "只有一部分渠道能缴",
        "some_last": "只有一部分能缴，其余以后不再办",
        "early": "太早，文件没写几点开始",
        "hours": "当天几种都能办，问的是几点截止",
        "none": "问的渠道不办，别的也不办",
        "none_others": "问的渠道不办，别的可以",
        "none_last": "问的渠道以后不再办",
        "none_others_last": "问的渠道以后不再办，别的可以",
        "unsure": "有的不办，有的文件没写，同一天起都能办",
        "unsure_apart": "有的不办，有的文件没写，能办的日子不同",
        "unsure_one": "问的渠道这一天文件没写",
        "unsure_last": "这一天文件没写，后面没有日子了",
        "closed": "已过当月的时间",
        "closed_hurry": "那时已过当月的时间，现在还能缴",
        "not_yet": "还没到当月的时间",
        "not_yet_hurry": "那时没到当月的时间，现在还能缴",
        "after": "那时已经全部结束",
        "after_hurry": "那时已经全部结束，现在还能缴",
        "over": "全部结束",
        "over_but": "全部结束，只剩账户划扣",
        "range": "一段时间里哪几天能缴",
        "range_limited": "一段时间里哪几天能缴，有的渠道只办工作日",
        **_LEFT,
        "why_excluded": "不办的原因：这一天除外",
        "why_weekend": "不办的原因：周末",
        "why_holiday": "不办的原因：放假",
        "why_late": "不办的原因：钟点已过",
        "why_queue": "不办的原因：排号时间已过",
    },
    WindowKind.PERIODS: {
        "before": "还没开始",
        "open": "正在进行",
        "closing": "快截止",
        "last_day": "最后一天",
        "asked_open": "问的日子在时间内",
        "asked_after": "问的日子已截止，现在还可以",
        "over": "已经结束",
        "enrolled": "说了哪个月参保，问什么时候缴",
        "over_paying": "已经结束，最后一批还能缴费",
    },
    WindowKind.DEADLINES: {
        "early": "还没开始",
        "open": "来得及",
        "closing": "快截止",
        "due_day": "写着“之前”的那一天",
        "asked_late": "问的日子已晚，现在还来得及",
        "reported": "上报已截止，还没到缴费",
        "paying": "已上报的现在能缴",
        "paying_pause": "已上报的今天不能缴",
        "over": "已经结束",
        **_LEFT,
    },
    WindowKind.DEBIT_DAYS: {
        "next": "下一次是哪天，哪天前存钱",
        "next_late": "下一次快到，存钱的日子已过",
        "today": "今天扣，后面没有了",
        "today_next": "今天扣，后面还有",
        "asked_yes": "问的那天扣",
        "asked_no": "问的那天不扣",
        "past": "问扣过没有：最近一次扣款日",
        "shifted": "遇节假日推到了哪天",
        "over": "已经结束",
    },
    WindowKind.MONTH_ENDS: {
        "next": "下一次是哪天",
        "today": "今天扣，后面没有了",
        "today_next": "今天扣，后面还有",
        "asked_yes": "问的那天扣",
        "asked_no": "问的那天不扣",
        "day_off": "下一次正好不是工作日",
        "over": "已经结束",
    },
    WindowKind.PHASES: {"over": "现在已经不能缴费", "after": "问的那天已经不能缴费"},
    WindowKind.LOCKS: {
        "before": "还没到有批扣的月份",
        "free": "锁定以前",
        "locked": "锁定期间",
        "afterwards": "锁定以后",
        "debit_day": "顺延后的扣款日当天",
        "shifted": "扣款日顺延，锁定的日子说不准",
        "closed": "不在缴费时间内",
        "over": "已经结束",
        "note": "锁定期间提醒参加批扣的人",
    },
}


def texts_schema(kind: WindowKind) -> dict[str, Any]:
    """Return the JSON Schema of `texts` of a kind of window, with the names each may use."""
    states = PLACEHOLDERS[kind]
    optional = OPTIONAL_TEXTS.get(kind, frozenset())
    return {
        "type": "object",
        "properties": {
            state: {
                "type": "string",
                "pattern": r"\S",
                "title": _TITLES[kind][state],
                "description": _description(names),
            }
            for state, names in states.items()
        },
        "required": [state for state in states if state not in optional],
        "additionalProperties": False,
    }


def _description(names: frozenset[str]) -> str:
    shown = "、".join(f"{{{name}}}" for name in sorted(names))
    return f"第一行写结论。可以用 {shown}。" if names else "没有可以填的名称。"
