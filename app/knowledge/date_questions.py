"""Mere questions of dates: “今天能交吗”, “还来得及参保吗”, “下次扣款是哪天”.

Short as they are, they look like a dozen utterances at once, and a classifier asks back. But they
say plainly what they are about: nothing but a date or a deadline, an ask, and perhaps one subject.
Only a text that is made of such words entirely counts; any other word leaves it to the matcher.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.domain.calendar import Calendar
from app.domain.content import Catalog
from app.domain.names import IntentId, Region
from app.knowledge.clock_words import without_clocks
from app.knowledge.date_words import without_days
from app.knowledge.moments import plain

_LONGEST_CHARS = 24
_LIMIT = re.compile(
    r"截止|截至|到期|最后[一1]天|最后期限|期限|来得及|来不及|赶得上|赶不上|没赶上|晚了|晚不晚|晚[吗么]|最晚|最迟|"
    r"(?:还有|还剩|剩下?)(?:(?:几|多少)天|多久|多长时间)|错过|过期|过时|(?:再|重新|再次|下次)开放|^那?过了|是不是过了|晚没晚|最后一次|赶不赶得上"
)
_WHEN = re.compile(
    r"开始|结束|最早|下一?次|下回|第一次|什么时候|啥时候|啥子时候|多咱|好久|几时|何时|几[号点月]|"
    r"哪[一1]?[天日]|哪几天|哪个?月|时间|日期|日子|24小时|全天|随时"
)
_STILL = re.compile(r"还[能可来行让给得会]|[能可以行][^,。]{0,6}了[吗么没]|没$")
_ABLE = re.compile(
    r"行不行|行[吗么不没]|可[以不]|成不成|成[吗么不]|得不得|得[吗不成行]|中不中|中[吗不]|能不能|[能给让][吗么不]|呢$"
)
_OPENING = re.compile(r"几点(?:才|就)?(?:开始|结束|开放)")
_PAY = re.compile(r"[交缴付]")
_ASKS = re.compile(
    r"[吗么嘛呢不没几哪?]|什么|啥|何时|来得及|赶得上|多少|好久|多咱|怎么|咋|最晚|最迟|截止"
)
# “要” and “得” are not here: “明年还要交吗” asks for a duty, not for a date.
_PLAIN = re.compile(
    r"本次|这次|上次|每个?月|之前|之后|以后|以前|签了?|参加了?|协议|能不能|可不可以|行不行|可以|是不是|会不会|让不让|给不给|成不成|中不中|得不得|要得不|得不|得成|得行|"
    r"要等到?|等到|没有|已经|直接|自己|的话|怎么[办弄整]|咋[办弄整]|办理|忘记?|"
    r"[能行吗么嘛呢不没了还是会让给的才就再都也到从起在有个吧呀啊哦那这又赶想去来办弄把成中过刚离上克开完放期内系统是]|"
    r"排队|排上?号?|缴费日|交费日|取号|机会|今年度?|明年|来年|[本新下]一?年度|[嘞撒咯哈呗噻咧喽哇诶哎嗯额啦]|缴纳|缴费|交费|付费|付款|交钱|缴钱|付钱|[交缴付费钱款]|"
    r"保费|医保费|医保|医疗保险|城乡|居民|学生|银行|"
    r"孩子|小孩|娃儿?|儿子|闺女|女儿|孙子|孙女|老师|您好|你好|请问|问下|问一下|[我俺咱]们?|一下|谢谢|[前后]"
)
_MUST = re.compile(r"[要得]")
_TYPO = re.compile(r"(?<=[能以])[教叫角焦](?=[吗么不没费钱])")
_MARKS = re.compile(r"[\W_]+")
_LEANS = re.compile(r"^那|呢\??$")
"""Leans on what was said before: 那柜台呢."""


def date_topic(
    catalog: Catalog, region: Region, text: str, last: IntentId | None = None
) -> IntentId | None:
    """Return the intent that a mere question of dates is about; None for any other text.

    Args:
        text: Normalised.
        last: What was talked about just before: “那周末呢” goes on with it.

    About 0.2 ms.
    """
    calendar = catalog.calendar.get(region)
    if calendar is None or not calendar.default_topic or len(text) > _LONGEST_CHARS:
        return None
    before = last if last and _is_dated(catalog, region, calendar, last) else None
    topic = _topic(catalog, region, calendar, _TYPO.sub("交", plain(text)), before)
    return IntentId(topic) if topic else None


def dated_intents(catalog: Catalog, region: Region) -> frozenset[IntentId]:
    """Return the intents that `date_topic` may go on with: their answers depend on the day."""
    calendar = catalog.calendar.get(region)
    if calendar is None or not calendar.default_topic:
        return frozenset()
    return frozenset(i for i in catalog.intents if _is_dated(catalog, region, calendar, i))


def subject_of(catalog: Catalog, region: Region, text: str) -> IntentId | None:
    """Return the dated intent whose words a text has, whatever else it says; None without any."""
    calendar = catalog.calendar.get(region)
    found = _subject(calendar, plain(text))[0] if calendar is not None else ""
    return IntentId(found) if found else None


def _is_dated(catalog: Catalog, region: Region, calendar: Calendar, intent: IntentId) -> bool:
    """Tell whether an intent's answer depends on the day."""
    answer = catalog.answer(intent, region)
    is_dated = answer is not None and bool(answer.windows or answer.windows_if_asked)
    return is_dated or intent in (calendar.default_topic, *calendar.topics)


def _topic(
    catalog: Catalog, region: Region, calendar: Calendar, text: str, before: IntentId | None
) -> str:
    rest, days = without_days(text)
    rest, clocks = without_clocks(rest)
    is_dated = days + clocks > 0 or any(p.search(rest) for p in (_LIMIT, _WHEN, _STILL))
    if not _ASKS.search(text):
        return ""
    found, rest = _subject(calendar, rest)
    if not is_dated and not (found and before and _LEANS.search(text)):
        return ""
    if not is_dated and found == calendar.default_topic != before:
        return ""  # “手机银行呢” after how one pays by another way asks how, not when
    patterns: tuple[re.Pattern[str], ...] = (_LIMIT, _WHEN, _PLAIN, _MARKS)
    if _LIMIT.search(rest):
        patterns = (*patterns, _MUST)  # 最晚几号得交: a deadline, no question of duty
    for pattern in patterns:
        rest = pattern.sub("", rest)
    if rest:
        return ""
    if found:
        return found
    if before and (not _PAY.search(text) or _is_payment(catalog, region, calendar, before)):
        return before
    if _PAY.search(text):
        return calendar.default_topic
    is_opening = days > 0 and _OPENING.search(text)
    asked = is_opening or _LIMIT.search(text) or _ABLE.search(text)
    return calendar.default_topic if asked else ""


def _is_payment(catalog: Catalog, region: Region, calendar: Calendar, intent: IntentId) -> bool:
    """Tell whether an intent is about the window of the default topic, or a channel of it."""
    answers = (catalog.answer(i, region) for i in (intent, IntentId(calendar.default_topic)))
    windows = [
        {n.partition(".")[0] for n in answer.windows} if answer else set() for answer in answers
    ]
    return windows[0] == windows[1]


def _subject(calendar: Calendar, text: str) -> tuple[str, str]:
    """Return the first topic that has one of its words, and the text without all such words."""
    found = next((t for t, words in calendar.topics.items() if any(w in text for w in words)), "")
    for word in _longest_first(tuple(calendar.topics.values())):
        if word in text:
            text = text.replace(f"用{word}", "").replace(word, "")
    return found, text


@lru_cache(maxsize=16)
def _longest_first(topics: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(sorted((w for words in topics for w in words), key=len, reverse=True))
