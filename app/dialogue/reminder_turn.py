"""“提醒我”: offer a reminder, keep it with consent, bring it when due, forget it on demand."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from app.dialogue.outcome import Outcome
from app.dialogue.replies import Replies
from app.domain.names import IntentId
from app.domain.turn import Choice, Decision, Reminder, Session
from app.knowledge.calendar import date_lines
from app.knowledge.date_questions import subject_of
from app.knowledge.date_wording import day_text, plain_day
from app.knowledge.reminders import next_occasion
from app.matching.normalise import normalise, squeeze

_ASKS = re.compile(
    r"(?:提醒|通知|叫|喊|招呼)(?:一下|一声|下|声)?(?:我|俺|咱)|"
    r"(?:告诉|说)(?:我|俺|咱)(?:一下|一声)$|(?:提醒|通知)(?:一下|一声)$|"
    r"(?:设|定|订|开|加|弄|搞)个?(?:一个)?提醒|给我提个?醒|^提醒$"
)
_TELLS = re.compile(
    r"(?:老师|班主任|学校|园里|群里|银行|医院|税务局|社区|单位|系统|短信|电话|微信|人家|有人|他们?|她|朋友|同事)"
    r".{0,6}(?:提醒|通知|叫|喊|告诉|说)|[吗么呢?]|怎么|咋|哪里|在哪|多少|为什么|是不是|什么"
)
"""Others told the parent something, or there is a question beside it: no order to the bot."""
_POLITE = re.compile(
    r"(?:可以|能不能|能|行|好|可不可以)(?:吗|么|不|嘛|不能|不行)?$|^(?:能不能|可不可以|能|可以)"
)
_REFUSES = re.compile(
    r"(?:取消|关闭|关掉|删除|删掉|停掉|停止|不要|不用|别|甭|莫)(?:再)?(?:给?我?)提醒|提醒.{0,4}(?:取消|关掉|删掉|不要了)"
)
_LIST = re.compile(r"(?:我的|有哪些|查看|看看|看下)提醒")
_YES = (
    "同意",
    "好",
    "好的",
    "好呀",
    "可以",
    "行",
    "要",
    "要的",
    "嗯",
    "嗯嗯",
    "是",
    "是的",
    "ok",
    "提醒我",
)
_NO = ("不用", "不用了", "不要", "不", "不了", "算了", "别", "不提醒", "否")
_LONGEST_CHARS = 30
_MOST = 3
"""Reminders at a time; one more replaces the oldest."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a parent is to be reminded of now."""

    text: str
    title: str
    """What it is about, the first where there are several."""
    until: str
    """The last day on which it helps, with its year."""


class ReminderTurn:
    """Everything about reminders for one account. Pure."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def decide(self, session: Session, normalised: str, now: datetime) -> Outcome | None:
        """Return what to do with a text about reminders; None for any other text."""
        text = squeeze(normalised)
        if session.proposed is not None and self._is(normalised, "reminder_agree", *_YES):
            return self._agreed(session, session.proposed, now)
        if session.proposed is not None and self._is(normalised, "reminder_decline", *_NO):
            return self._told("nothing_to_cancel", session)
        if "提" not in text and "通知" not in text and not _ASKS.search(text):
            return None
        if len(text) > _LONGEST_CHARS:
            return None
        if _REFUSES.search(text):
            return self._forgotten(session)
        if _LIST.search(text):
            return self._listed(session, now)
        if _ASKS.search(text) and not _TELLS.search(
            _POLITE.sub("", text.rstrip("吗么嘛吧呗哈啊呀"))
        ):
            return self._proposed(session, normalised, now)
        return None

    def due(self, session: Session, now: datetime) -> tuple[Errand | None, tuple[Reminder, ...]]:
        """Return the reminders that are due, None without any, and those that stay.

        What no longer helps is dropped in silence: the date has passed.
        """
        due = [r for r in session.reminders if r.at <= now and now.date() <= r.until]
        stay = tuple(r for r in session.reminders if r.at > now)
        if not due:
            return None, stay
        text = "\n\n".join(self._text(reminder, now) for reminder in due)
        until = plain_day(min(reminder.until for reminder in due))
        return Errand(text, self._title(due[0].topic), until), stay

    def _text(self, reminder: Reminder, now: datetime) -> str:
        key = "reminder_again" if reminder.unsure else "reminder_due"
        opening = self._replies.text(key, title=self._title(reminder.topic))
        lines = date_lines(
            self._replies.catalog, self._replies.account.region, reminder.topic, "", now
        )
        return "\n".join((opening, *lines))

    def _proposed(self, session: Session, normalised: str, now: datetime) -> Outcome:
        region = self._replies.account.region
        named = subject_of(self._replies.catalog, region, normalised)
        topics = (*((named,) if named else ()), *reversed(session.last_topics))
        occasion = next_occasion(self._replies.catalog, region, topics, now)
        if occasion is None:
            return self._told("reminder_none", session)
        reminder = Reminder(occasion.topic, occasion.at, occasion.until)
        account = self._replies.account
        text = self._replies.text(
            "reminder_offer_push" if account.can_push else "reminder_offer_visit",
            when=self._when(reminder, now),
            title=self._title(reminder.topic),
        )
        choices = tuple(
            Choice(label=said, say=said, key=key)
            for key in ("reminder_agree", "reminder_decline")
            for said in (self._replies.text(key),)
        )
        reply = self._replies.said(text, choices, self._replies.text("choices_clarify"))
        return Outcome(
            Decision.COMMAND, reply, "提醒", flow=session.flow, proposed=reminder, keep_offer=False
        )

    def _is(self, normalised: str, key: str, *words: str) -> bool:
        return squeeze(normalised) in {squeeze(normalise(self._replies.text(key))), *words}

    def _agreed(self, session: Session, reminder: Reminder, now: datetime) -> Outcome:
        others = tuple(r for r in session.reminders if r.topic != reminder.topic)
        kept = (*others, reminder)[-_MOST:]
        text = self._replies.text(
            "reminder_kept", when=self._when(reminder, now), title=self._title(reminder.topic)
        )
        outcome = self._said(text, "记下提醒", session)
        return replace(outcome, reminders=kept)

    def _forgotten(self, session: Session) -> Outcome:
        key = "reminder_forgotten" if session.reminders else "reminder_nothing"
        return replace(self._told(key, session), reminders=())

    def _listed(self, session: Session, now: datetime) -> Outcome:
        if not session.reminders:
            return self._told("reminder_nothing", session)
        lines = "\n".join(
            f"· {self._when(reminder, now)}：{self._title(reminder.topic)}"
            for reminder in sorted(session.reminders, key=lambda r: r.at)
        )
        return self._said(self._replies.text("reminder_list", list=lines), "列出提醒", session)

    def _told(self, key: str, session: Session) -> Outcome:
        return self._said(self._replies.text(key), key, session)

    def _said(self, text: str, reason: str, session: Session) -> Outcome:
        reply = self._replies.said(text)
        return Outcome(Decision.COMMAND, reply, reason, flow=session.flow, keep_offer=True)

    def _title(self, topic: IntentId) -> str:
        intent = self._replies.catalog.intents.get(topic)
        return intent.title if intent else ""

    def _when(self, reminder: Reminder, now: datetime) -> str:
        return day_text(reminder.at.date(), now.date())
