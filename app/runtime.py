"""The webhook process, opened: Redis, conversations, callbacks, the platform's API, reminders."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog

from app.api_ports import CustomerMessages, MediaFiles
from app.api_wiring import Apis, build_apis
from app.bootstrap import (
    Clock,
    Evidence,
    build_assistant,
    clock_of,
    content_root,
    evidence_of,
)
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
from app.publishing.following import Follower
from app.publishing.live import Live, following
from app.publishing.loading import Means, Meter, Workshop, load_newest
from app.publishing.revisions import Revisions
from app.publishing.shelf import Shelf
from app.publishing.stored_matchers import StoredMatchers
from app.publishing.watching import Watcher
from app.reminder_push import Farewell, ReminderPush, reminders_sent
from app.settings import SHANGHAI, Settings, account_settings
from app.state.deliveries import DeliveryLedger
from app.state.diary import Diary
from app.state.embedded import open_store
from app.state.handoffs import Handoffs
from app.state.journal import Journal
from app.state.keys import CONTENT_CHANNEL, Keyspace
from app.state.lessons import Lessons
from app.state.passage import Passage
from app.state.reminders import ReminderIndex
from app.state.sessions import Conversations
from app.state.signals import Signals
from app.state.statistics import Statistics
from app.state.store import Store
from app.state.unread import UnreadReplies
from app.trace_export import traces
from app.tracing import Tracer
from app.webhook.limits import TurnLimits
from app.webhook.router import Callbacks, WebhookDeps
from app.wechat.account import AccountSettings
from app.workshop import ContentWorkshop

_log = structlog.get_logger(__name__)


LEAST_FREE_BYTES = 200 * 2**20
"""Free space at which `/readyz` warns; a matcher and its revision have 20 MB."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """An opened webhook process."""

    live: Live
    """What is served, as it is published."""
    store: Store
    metrics: Metrics
    callbacks: Callbacks
    now: Clock
    apis: Apis
    """Clients of the platform's API and the quota ledger."""
    var_dir: Path

    def warnings(self) -> Iterator[str]:
        """Yield, in Chinese, what an operator should see to before it stops anything."""
        free = shutil.disk_usage(self.var_dir if self.var_dir.exists() else Path()).free
        if free < LEAST_FREE_BYTES:
            yield f"{self.var_dir} 所在的磁盘只剩 {free // 2**20} MB：私有 Redis 和新内容会写不进去"

    @property
    def assistant(self) -> Assistant:
        """The assistant that answers the next message."""
        return self.live.assistant


async def open_state(settings: Settings) -> Store:
    """Open the deployment's Redis, or the private one below `var_dir`; the caller closes it.

    Raises:
        StateUnavailableError: The private Redis cannot be started.
    """
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    return await open_store(url, settings.var_dir)


@asynccontextmanager
async def aclosing_store(settings: Settings) -> AsyncIterator[Store]:
    """Open the state as `open_state` does, and close it after the block."""
    store = await open_state(settings)
    try:
        yield store
    finally:
        await store.close()


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

    def __init__(self, assistant: Callable[[], Assistant]) -> None:
        self._assistant = assistant
        self._catalog: Catalog | None = None
        self._replies: dict[str, Replies] = {}

    def text(self, account: str, key: str) -> str:
        """Return the text `key`."""
        catalog = self._assistant().catalog
        if catalog is not self._catalog:
            accounts = catalog.accounts.values()
            self._replies = {account.id: Replies(catalog, account) for account in accounts}
            self._catalog = catalog
        return self._replies[account].text(key)


def open_means(
    settings: Settings, store: Store, signals: Signals, workshop: Workshop, meter: Meter
) -> Means:
    """Return what publishing and following content work with."""
    return Means(
        revisions=Revisions(store),
        matchers=StoredMatchers(store),
        shelf=Shelf(settings.var_dir),
        workshop=workshop,
        signals=signals,
        meter=meter,
    )


@asynccontextmanager
async def open_live(
    settings: Settings, store: Store, evidence: Evidence, meter: Meter, *, watch: bool = True
) -> AsyncIterator[Live]:
    """Load the content that counts and follow what is published as long as the block runs.

    Args:
        settings: The deployment's.
        store: Redis.
        evidence: Optional evidence; closed by the caller.
        meter: Counts reloads.
        watch: Whether this process publishes edits of the files where they count.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: Content and account settings do not fit.
    """
    signals = Signals(store.client, CONTENT_CHANNEL)
    workshop = ContentWorkshop(settings, evidence)
    means = open_means(settings, store, signals, workshop, meter)
    newest = None if settings.watches_files else await load_newest(means)
    if newest is not None:
        follower = Follower(means, *newest)
    else:
        loaded = await asyncio.to_thread(build_assistant, settings, evidence=evidence)
        follower = Follower(means, loaded)
    accounts = tuple(follower.assistant.catalog.accounts)
    workshop.served = frozenset(account_settings(settings, accounts))
    root, clock = content_root(settings), clock_of(settings)
    watcher = None
    if settings.watches_files and watch:
        watcher = Watcher(root, means, clock, follower.assistant.catalog.revision)
    async with following(means, follower, watcher, root, clock) as live:
        yield live


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Open content, Redis and the callback routes; closes what it opened.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: Content and account settings do not fit.
        StateUnavailableError: The private Redis cannot be started. (A configured one that is away
            is no error: the bot answers without memory until it is back.)
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        evidence = stack.enter_context(closing(evidence_of(settings)))
        store = await stack.enter_async_context(aclosing_store(settings))
        store.watch = metrics.background.redis
        live = await stack.enter_async_context(
            open_live(settings, store, evidence, metrics.reloads)
        )
        catalog = live.assistant.catalog
        accounts = account_settings(settings, tuple(catalog.accounts))
        client = httpx.AsyncClient(timeout=settings.ocr_timeout_s, trust_env=False)
        stack.push_async_callback(client.aclose)
        url, share = settings.traces_url, settings.traces_share
        exported = traces(url, share, metrics.background.untraced)
        tracer = await stack.enter_async_context(exported)
        apis = build_apis(settings, catalog, store, metrics)
        stack.push_async_callback(apis.aclose)
        for warning in start_up_warnings(catalog, clock_of(settings)()):
            _log.warning("content_expires", message=warning)
        parts = _Parts(settings, lambda: live.assistant, store, apis, metrics, tracer)
        callbacks = parts.callbacks(accounts, pictures_of(settings, client, MediaFiles(apis)))
        reminding = reminders_sent(parts.reminding(), count=metrics.background.reminders)
        async with reminding, parts.diary.kept(catalog.accounts):
            clock = clock_of(settings)
            yield Runtime(live, store, metrics, callbacks, clock, apis, settings.var_dir)


class _Parts:
    """What the callbacks and the reminders are made of."""

    def __init__(
        self,
        settings: Settings,
        assistant: Callable[[], Assistant],
        store: Store,
        apis: Apis,
        metrics: Metrics,
        tracer: Tracer | None,
    ) -> None:
        self._settings = settings
        self._tracer = tracer
        self._assistant = assistant
        self._store = store
        self._apis = apis
        self._metrics = metrics
        self._clock = clock_of(settings)
        self._keyspace = Keyspace(settings.salt.get_secret_value())
        passage = Passage()
        self._conversations = Conversations(store, self._keyspace, passage=passage)
        self._ledger = DeliveryLedger(
            store, self._keyspace, per_minute=settings.parent_limit_min, passage=passage
        )
        self._index = ReminderIndex(store)
        journal = Journal(store, settings.journal_days)
        self.diary = Diary(journal, Statistics(store), metrics.diary.dropped)

    def callbacks(
        self, accounts: Mapping[str, AccountSettings], pictures: ScreenshotReader | None
    ) -> Callbacks:
        """Return what answers the callbacks."""
        messages = CustomerMessages(self._apis, self._metrics)
        respondent = Respondent(
            self._assistant,
            self._conversations,
            self._clock,
            self._metrics,
            Lessons(self._store),
            self._index,
            inbox=inbox_of(self._settings, self._store, messages),
            pictures=pictures,
            diary=self.diary,
            eraser=Farewell(self._conversations, self._index),
        )
        return Callbacks(
            WebhookDeps(
                accounts=accounts,
                assistant=respondent,
                deliveries=self._ledger,
                unread=UnreadReplies(self._store, self._keyspace),
                wording=Wording(self._assistant),
                now=time.time,  # noqa: TID251 - the clock that is injected
                timestamp_window_s=self._settings.timestamp_window_s,
                limits=TurnLimits(
                    budget_s=self._settings.turn_budget_s,
                    account_per_s=self._settings.account_limit_s,
                ),
                late=messages,
                windows=messages,
                departures=Farewell(self._conversations, self._index),
                sessions=respondent,
                meter=self._metrics.requests,
                pseudonym=self._keyspace.pseudonym,
                tracer=self._tracer,
            )
        )

    def reminding(self) -> Reminding:
        """Return what sends reminders."""
        push = ReminderPush(self._apis, lambda: self._assistant().catalog)
        return Reminding(
            self._assistant, self._conversations, self._index, push, self._clock, self._tracer
        )
