"""Short messages that lean on what was talked about: “要带什么材料”, “那支付宝呢”, “周末呢”.

Such a message lacks a topic of its own. It is read together with the last topic: first whether
the last answer, or one related to it, speaks of what is asked for; then as one sentence with the
last topic's title.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from app.dialogue.understanding import Kind, Reading
from app.domain.content import Catalog, Intent
from app.domain.names import IntentId, Region
from app.knowledge.date_words import without_days
from app.knowledge.moments import plain
from app.matching.matcher import Matcher
from app.matching.normalise import REMEMBERED, squeeze
from app.matching.places import OTHER, OWN

_CHARS = 12
"""A message of at most this length may lean on what was talked about before."""
_LIKENESS = 0.3
"""Least likeness to an utterance of the last topic or of its related ones."""
_LEAN = re.compile(r"^(?:那么?|还|再|嗯|哦|然后)|[呢啊呀吧?]+$")
_TURNING = re.compile(r"^那|呢[?]*$")
_LEANING = re.compile(
    r"^那|呢\??$|带什么|带啥|材料|证件|几点|几号|哪天|哪些|哪家|多久|几天|多少|在哪|去哪|到哪|怎么(?:弄|办|操作|查|交|申请|补)|"
    r"什么时候|啥时候|可以吗|行吗|能吗|排队|要钱|花钱|收费|电话|网址|公众号|本人|代办|代交"
)
_AUDIENCE = re.compile(
    r"^(?:那么?)?(?:我家|孩子)?(?:是|上|读)?(?:大学生?|大专生?|研究生|中学生?|初中生?|高中生?|小学生?|幼儿园(?:孩子|小朋友)?|学生|中专生?)"
    r"(?:的)?(?:呢|也[一1]样吗|[一1]样吗|也是吗|也这样吗)[?]*$"
)
_PLACE_TAIL = r"(?:那边|那里|这边|这里)?的?(?:呢|怎么样|怎么办|也[一1]样吗|[一1]样吗)[?]*$"
_OWN_PLACE = re.compile(rf"^(?:那么?)?(?:如果|要是)?在?{OWN}{_PLACE_TAIL}")
_OTHER_PLACE = re.compile(rf"^(?:那么?)?(?:如果|要是)?在?{OTHER}{_PLACE_TAIL}")
_PLACE = re.compile(rf"^(?:那么?)?(?:如果|要是)?在?(?P<place>.+?){_PLACE_TAIL}")
_BARE_ASPECT = re.compile(
    r"^(?:那|还|都|又)?(?:"
    r"(?:要|需要?|得)?(?:带|交|准备|提供)?(?:什么|啥|哪些)(?:材料|证件|资料|东西|手续|证)|"
    r"(?:在|去|到)(?:哪|哪里|哪儿)(?:办|弄|交)?|(?:得|要)?(?:在|到)?几点(?:钟)?(?:之前|以前|前|到几点|截止)?|"
    r"(?:有|是)?(?:哪些|哪家|哪几家|什么)银行"
    r")(?:呢|啊|呀)?[?]*$"
)
"""A question that is nothing but its aspect: about the last topic, if that speaks of it."""
_ELSEWHERE = 0.6
"""Likeness from which a related topic goes before the last one, though that speaks of it too."""


@dataclass(frozen=True, slots=True)
class _Aspect:
    """One thing that may be asked about anything."""

    asked: re.Pattern[str]
    said: re.Pattern[str]
    """How an answer that has it reads."""
    whole: str = ""
    """The whole question, where it has an answer of its own."""


_PAPERS = _Aspect(
    re.compile(r"带什么|带啥|什么材料|啥材料|哪些材料|证件|资料|什么证|什么手续"),
    re.compile(r"材料|证件|户口|身份证|证明|发票|携带|凭"),
)
_ASPECTS = (
    _PAPERS,
    _Aspect(
        re.compile(r"几点|什么点"), re.compile(r"\d+[点:：时]|\d+\*\d+|payment_hour|queue_hour")
    ),
    _Aspect(
        re.compile(r"几号|哪天|什么时候|啥时候|几月|多久|几天|何时|日期"),
        re.compile(r"\d+ ?[日号天月]|工作日|当天|当日|零点|\{fact\.\w*(?:days|date)"),
    ),
    _Aspect(
        re.compile(r"在哪|去哪|到哪|哪里|哪儿|什么地方|哪个地方|啥地方"),
        re.compile(r"窗口|社保所|居委会|村|网点|柜台|柜面|医院|公众号|APP|税务局"),
    ),
    _Aspect(
        re.compile(r"哪些银行|哪家银行|什么银行|哪个银行"), re.compile("工商|农业|建设|工行|农行")
    ),
    _Aspect(
        re.compile(r"多少钱|几块钱|要钱|花钱|收费|费用|多少费"),
        re.compile(r"\d元|\{fact\.fee"),
        "一年交多少钱",
    ),
    _Aspect(re.compile("电话|热线"), re.compile(r"\d{5,}|\{fact\.\w*hotline"), "咨询电话是多少"),
    _Aspect(re.compile(r"排队|排号|取号"), re.compile(r"排号|排队")),
)


class FollowUps:
    """Reads leaning messages in one region."""

    def __init__(
        self,
        catalog: Catalog,
        region: Region,
        matcher: Matcher,
        read: Callable[[str], Reading],
    ) -> None:
        self._catalog = catalog
        self._region = region
        self._matcher = matcher
        self._read = read
        self._turned_to = lru_cache(maxsize=REMEMBERED)(self._place_in)
        self._nearest_among = lru_cache(maxsize=REMEMBERED)(matcher.nearest_among)

    def resolve(
        self, normalised: str, reading: Reading, last_topics: tuple[IntentId, ...]
    ) -> Reading:
        """Return how a message is to be read after the last topics; often as it was read alone."""
        last = self._last(last_topics)
        if last is None or reading.ranking.is_exact or len(squeeze(normalised)) > _CHARS:
            return reading
        if _OWN_PLACE.match(self._matcher.fold(normalised)):
            return self._same_topic(last, reading, "本地的情况")
        if _AUDIENCE.match(normalised) and reading.intent not in (last.id, *last.related):
            return self._same_topic(last, reading, "换个对象")
        if reading.kind is Kind.SMALLTALK and not _TURNING.search(normalised):
            return reading
        if _BARE_ASPECT.match(normalised) and self._speaks(normalised, last):
            return self._same_topic(last, reading, "上一条里写了")
        open_kinds = {Kind.CLARIFY, Kind.UNKNOWN, Kind.BACKGROUND, Kind.SMALLTALK}
        if reading.kind not in open_kinds or not _LEANING.search(normalised):
            return reading
        if without_days(plain(normalised))[1] and self._windows(last):
            return self._same_topic(last, reading, "换个日子")
        return self._by_aspect(normalised, reading, last) or self._by_title(
            normalised, reading, last
        )

    def other_place(self, normalised: str) -> str | None:
        """Return the place that “那在柳州呢” turns to, None where it is no other place."""
        return self._turned_to(normalised)

    def _place_in(self, normalised: str) -> str | None:
        if not _OTHER_PLACE.match(self._matcher.fold(normalised)):
            return None
        found = _PLACE.match(normalised)
        return found.group("place") if found else None

    def _last(self, last_topics: tuple[IntentId, ...]) -> Intent | None:
        return self._catalog.intents.get(last_topics[-1]) if last_topics else None

    def _by_aspect(self, normalised: str, reading: Reading, last: Intent) -> Reading | None:
        """Return the topic that speaks of what is asked for: the last one, else a related one."""
        aspects = [aspect for aspect in _ASPECTS if aspect.asked.search(normalised)]
        near = [i for i in (last.id, *last.related) if i in self._matcher.model.topics]
        if aspects:
            near = [i for i in near if all(a.said.search(self._text(i)) for a in aspects)]
        intent, likeness = self._nearest_among(_LEAN.sub("", normalised), tuple(near))
        if aspects and last.id in near and likeness < _ELSEWHERE:
            return self._same_topic(last, reading, "上一条里写了")
        if likeness < _LIKENESS:
            return self._whole(aspects, last)
        if _PAPERS in aspects and intent != last.id:
            # What another matter needs is not what this one needs.
            reason = f"“{last.title}”没有写材料"
            return replace(reading, kind=Kind.CLARIFY, options=(intent, last.id), reason=reason)
        reason = f"接着“{last.title}”理解，像 {likeness:.2f}"
        return replace(reading, kind=Kind.TOPIC, intent=intent, reason=reason)

    def _speaks(self, normalised: str, last: Intent) -> bool:
        """Tell whether the last answer has what is asked for."""
        asked = [aspect for aspect in _ASPECTS if aspect.asked.search(normalised)]
        return bool(asked) and all(aspect.said.search(self._text(last.id)) for aspect in asked)

    def leans(self, normalised: str) -> bool:
        """Tell whether a message is short and worded as a further question."""
        return len(squeeze(normalised)) <= _CHARS and bool(_LEANING.search(normalised))

    def _whole(self, aspects: list[_Aspect], last: Intent) -> Reading | None:
        """Read a bare “多少钱呢” as the whole question that it stands for."""
        for whole in (aspect.whole for aspect in aspects if aspect.whole):
            reading = self._read(whole)
            if reading.kind in {Kind.TOPIC, Kind.GAP}:
                return replace(reading, reason=f"接着“{last.title}”问：{whole}")
        return None

    def _by_title(self, normalised: str, reading: Reading, last: Intent) -> Reading:
        """Read the message as one sentence with the last topic's title."""
        joined = self._read(f"{last.title}{_LEAN.sub('', normalised)}")
        repeats = joined.kind is Kind.TOPIC and joined.intent == last.id
        if joined.kind in {Kind.TOPIC, Kind.GAP} and not repeats:
            return replace(joined, reason=f"接着“{last.title}”理解；{joined.reason}")
        if reading.kind in {Kind.SMALLTALK, Kind.BACKGROUND}:
            # “转学的呢” is no goodbye and “怎么申请” not beyond us, whatever they are like.
            near = (*reading.options, last.id, *last.related)
            options = tuple(dict.fromkeys(i for i in near if self._text(i)))[:3]
            kind = Kind.CLARIFY if options else Kind.UNKNOWN
            return replace(
                reading, kind=kind, options=options, reason="接着上一题问，但不知道问什么"
            )
        return reading

    def _same_topic(self, last: Intent, reading: Reading, why: str) -> Reading:
        reason = f"接着“{last.title}”理解，{why}"
        return replace(reading, kind=Kind.TOPIC, intent=last.id, reason=reason)

    def _windows(self, intent: Intent) -> bool:
        answer = intent.answers.get(self._region)
        return bool(answer and answer.windows)

    def _text(self, intent_id: IntentId) -> str:
        answer = self._catalog.answer(intent_id, self._region)
        return answer.text if answer else ""
