"""Mere questions of dates: “今天能交吗”, “还来得及参保吗”, “下次扣款是哪天”.

Short as they are, they look like a dozen utterances at once, and a classifier asks back. But they
say plainly what they are about: nothing but a date or a deadline, an ask, and perhaps one subject.
Only a text that is made of such words entirely counts; any other word leaves it to the matcher.
"""

from __future__ import annotations

import re

from app.domain.calendar import Calendar
from app.domain.content import Catalog, IntentId, Region
from app.knowledge.clock_words import without_clocks
from app.knowledge.date_words import without_days
from app.knowledge.moments import plain

_LONGEST_CHARS = 24
_LIMIT = re.compile(
    r"截止|截至|到期|最后[一1]天|最后期限|期限|来得及|来不及|赶得上|赶不上|晚了|晚不晚|(?:还有|还剩|剩)(?:几天|多少天)"
)
_WHEN = re.compile(
    r"开始|结束|最晚|最迟|最早|下一?次|下回|第一次|什么时候|啥时候|几时|何时|几[号点月]|哪[一1]?[天日]|哪个?月|时间|日期"
)
_STILL = re.compile(r"还[能可来行让给]|[能可以行][^,。]{0,6}了[吗么没]|没$")
_PAY = re.compile(r"[交缴付]")
_ASKS = re.compile(r"[吗么嘛呢不没几哪?]|什么|啥|何时|来得及|赶得上|多少")
# “要” and “得” are not here: “明年还要交吗” asks for a duty, not for a date.
_PLAIN = re.compile(
    r"能不能|可不可以|行不行|可以|是不是|会不会|让不让|没有|已经|错过|直接|自己|的话|"
    r"[能行吗么嘛呢不没了还是会让给的才就再都也到从起在有个吧呀啊哦那这又赶想去来办弄把]|"
    r"缴纳|缴费|交费|付费|付款|交钱|缴钱|付钱|[交缴付费钱款]|保费|医保费|医保|医疗保险|城乡|居民|学生|银行|"
    r"孩子|小孩|娃|儿子|闺女|女儿|孙子|孙女|老师|您好|你好|请问|问下|问一下|我们?|咱们?|一下|谢谢|本次|这次|"
    r"每个?月|上次|之前|之后|以后|以前|[前后]"
)
_MARKS = re.compile(r"[\W_]+")


def date_topic(catalog: Catalog, region: Region, text: str) -> IntentId | None:
    """Return the intent that a mere question of dates is about; None for any other text.

    `text` is normalised. About 0.2 ms.
    """
    calendar = catalog.calendar.get(region)
    if calendar is None or not calendar.default_topic or len(text) > _LONGEST_CHARS:
        return None
    topic = _topic(calendar, plain(text))
    return IntentId(topic) if topic else None


def subject_of(catalog: Catalog, region: Region, text: str) -> IntentId | None:
    """Return the dated intent whose words a text has, whatever else it says; None without any."""
    calendar = catalog.calendar.get(region)
    found = _subject(calendar, plain(text))[0] if calendar is not None else ""
    return IntentId(found) if found else None


def _topic(calendar: Calendar, text: str) -> str:
    rest, days = without_days(text)
    rest, clocks = without_clocks(rest)
    patterns = (_LIMIT, _WHEN, _STILL)
    is_dated = days + clocks > 0 or any(pattern.search(rest) for pattern in patterns)
    if not is_dated or not _ASKS.search(text):
        return ""
    found, rest = _subject(calendar, rest)
    for pattern in (_LIMIT, _WHEN, _PLAIN, _MARKS):
        rest = pattern.sub("", rest)
    if rest:
        return ""
    if found:
        return found
    return calendar.default_topic if _PAY.search(text) or _LIMIT.search(text) else ""


def _subject(calendar: Calendar, text: str) -> tuple[str, str]:
    """Return the first topic that has one of its words, and the text without all such words."""
    found = next((t for t, words in calendar.topics.items() if any(w in text for w in words)), "")
    every = sorted((w for words in calendar.topics.values() for w in words), key=len, reverse=True)
    for word in every:
        text = text.replace(word, "")
    return found, text
