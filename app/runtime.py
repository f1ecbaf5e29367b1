"""The webhook process, opened: Redis, conversations, callbacks, the platform's API, reminders."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import structlog
from fastapi import APIRouter

from app.api_ports import CustomerMessages, MediaFiles
from app.api_wiring import Apis, build_apis
from app.bootstrap import Clock, build_assistant, clock_of, evidence_of
from app.dialogue.assistant import Assistant
from app.dialogue.inbox import CustomerService
from app.dialogue.reminding import Reminding
from app.dialogue.replies import Replies
from app.dialogue.service import Respondent
from app.domain.content import Catalog
from app.knowledge.expiry import start_up_warnings
from app.metrics import Metrics
from app.pictures.download import MediaDownloads
from app.pictures.reading import ScreenshotReader, screenshot_reader
from app.reminder_push import Farewell, ReminderPush, reminders_sent
from app.settings import SHANGHAI, Settings, account_settings
from app.state.deliveries import DeliveryLedger
from app.state.diary import Diary
from app.state.embedded import open_store
from app.state.handoffs import Handoffs
from app.state.journal import Journal
from app.state.keys import Keyspace
from app.state.lessons import Lessons
from app.state.reminders import ReminderIndex
from app.state.sessions import Conversations
from app.state.statistics import Statistics
from app.state.store import Store
from app.state.unread import UnreadReplies
from app.webhook.limits import TurnLimits
from app.webhook.router import WebhookDeps, build_router
from app.wechat.account import AccountSettings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """An opened webhook process."""

    assistant: Assistant
    store: Store
    metrics: Metrics
    router: APIRouter
    now: Clock
    apis: Apis
    """Clients of the platform's API and the quota ledger."""


async def open_state(settings: Settings) -> Store:
    """Open the deployment's Redis, or the private one below `var_dir`; the caller closes it.

    Raises:
        StateUnavailableError: The private Redis cannot be started.
    """
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    return await open_store(url, settings.var_dir)


def inbox_of(settings: Settings, store: Store, service: CustomerService) -> Handoffs:
    """Return the inbox of conversations that people take over; `service` reaches parents."""
    keyspace = Keyspace(settings.salt.get_secret_value())
    return Handoffs(store, keyspace, SHANGHAI, keeps_openid=service.may_send)


def pictures_of(
    settings: Settings, client: httpx.AsyncClient, media: MediaDownloads
) -> ScreenshotReader | None:
    """Return what reads screenshots; None where it is switched off or not installed."""
    if not settings.ocr:
        return None
    return screenshot_reader(client, settings.ocr_timeout_s, settings.picture_test_origin, media)


class Wording:
    """The bot's own texts with an account's names filled in, for the webhook."""

    def __init__(self, catalog: Catalog) -> None:
        self._replies = {
            account.id: Replies(catalog, account) for account in catalog.accounts.values()
        }

    def text(self, account: str, key: str) -> str:
        """Return the text `key`."""
        return self._replies[account].text(key)


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Open content, Redis and the callback routes; closes what it opened.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: Content and account settings do not fit.
        StateUnavailableError: The private Redis cannot be started. (A configured one that is away
            is no error: the bot answers without memory until it is back.)
    """
    evidence = evidence_of(settings)
    assistant = build_assistant(settings, evidence=evidence)
    accounts = account_settings(settings, tuple(assistant.catalog.accounts))
    store = await open_state(settings)
    client = httpx.AsyncClient(timeout=settings.ocr_timeout_s, trust_env=False)
    metrics = Metrics()
    apis = build_apis(settings, assistant.catalog, store, metrics)
    try:
        metrics.catalog(assistant.catalog.revision)
        for warning in start_up_warnings(assistant.catalog, clock_of(settings)()):
            _log.warning("content_expires", message=warning)
        parts = _Parts(settings, assistant, store, apis, metrics)
        router = parts.router(accounts, pictures_of(settings, client, MediaFiles(apis)))
        async with reminders_sent(parts.reminding()), parts.diary.kept(assistant.catalog.accounts):
            yield Runtime(assistant, store, metrics, router, clock_of(settings), apis)
    finally:
        evidence.close()
        await apis.aclose()
        await client.aclose()
        await store.close()


class _Parts:
    """What the callbacks and the reminders are made of."""

    def __init__(
        self, settings: Settings, assistant: Assistant, store: Store, apis: Apis, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._assistant = assistant
        self._store = store
        self._apis = apis
        self._metrics = metrics
        self._clock = clock_of(settings)
        self._keyspace = Keyspace(settings.salt.get_secret_value())
        self._conversations = Conversations(store, self._keyspace)
        self._index = ReminderIndex(store)
        journal = Journal(store, settings.journal_days)
        self.diary = Diary(journal, Statistics(store), metrics.diary.dropped)

    def router(
        self, accounts: Mapping[str, AccountSettings], pictures: ScreenshotReader | None
    ) -> APIRouter:
        """Return the callback routes."""
        messages = CustomerMessages(self._apis, self._metrics)
        respondent = Respondent(
            lambda: self._assistant,
            self._conversations,
            self._clock,
            self._metrics,
            Lessons(self._store),
            self._index,
            inbox=inbox_of(self._settings, self._store, messages),
            pictures=pictures,
            diary=self.diary,
        )
        return build_router(
            WebhookDeps(
                accounts=accounts,
                assistant=respondent,
                deliveries=DeliveryLedger(self._store, self._keyspace),
                unread=UnreadReplies(self._store, self._keyspace),
                wording=Wording(self._assistant.catalog),
                now=time.time,  # noqa: TID251 - the clock that is injected
                timestamp_window_s=self._settings.timestamp_window_s,
                limits=TurnLimits(budget_s=self._settings.turn_budget_s),
                late=messages,
                windows=messages,
                departures=Farewell(self._conversations, self._index),
                sessions=respondent,
            )
        )

    def reminding(self) -> Reminding:
        """Return what sends reminders."""
        push = ReminderPush(self._apis, self._assistant.catalog)
        return Reminding(
            lambda: self._assistant, self._conversations, self._index, push, self._clock
        )
