"""The one place that wires: settings → catalog, matchers, assistant, Redis, clock."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter

from app.content.loader import load_catalog
from app.dialogue.assistant import Assistant
from app.dialogue.service import Respondent
from app.dialogue.texts import TEXT_KEYS
from app.domain.content import Catalog, Region
from app.errors import SettingsError
from app.matching import cache, training
from app.matching.matcher import Matcher
from app.matching.tokenizer import Tokenizer
from app.metrics import Metrics
from app.settings import SHANGHAI, Settings, account_settings
from app.state.deliveries import DeliveryLedger
from app.state.embedded import open_store
from app.state.keys import Keyspace
from app.state.lessons import Lessons
from app.state.sessions import Conversations
from app.state.store import Store
from app.webhook.delivery import TurnLimits
from app.webhook.router import WebhookDeps, build_router
from app.wechat.rendering import render

Clock = Callable[[], datetime]


def content_root(settings: Settings) -> Path:
    """Return the folder that holds `intents/` and `knowledge/`.

    Raises:
        SettingsError: There is none.
    """
    root = settings.content_dir.resolve()
    if not (root / "intents").is_dir():
        packaged = Path(__file__).resolve().parent.parent
        if not (packaged / "intents").is_dir():
            raise SettingsError(f"{root} 里没有 intents/ 目录；请用 YIBAO_CONTENT_DIR 指明内容目录")
        root = packaged
    return root


def load(settings: Settings) -> Catalog:
    """Load the content.

    Raises:
        ContentError: Something in it is wrong; carries every problem.
        SettingsError: There is no content folder.
    """
    return load_catalog(content_root(settings), TEXT_KEYS)


def regions_of(catalog: Catalog) -> tuple[Region, ...]:
    """Return the regions that accounts serve, sorted."""
    return tuple(sorted({account.region for account in catalog.accounts.values()}))


def build_matchers(
    catalog: Catalog, var_dir: Path, announce: Callable[[str], None] = lambda _: None
) -> dict[Region, Matcher]:
    """Return the regions' matchers, from the cache where content and code are unchanged.

    Args:
        announce: Told in Chinese when training starts, since that takes some seconds.
    """
    tokenizer = training.tokenizer_of(catalog)
    matchers: dict[Region, Matcher] = {}
    for region in regions_of(catalog):
        path = cache.cache_file(var_dir / "cache", catalog.revision, region)
        matcher = cache.load(path, tokenizer, training.places_of(catalog, region))
        matchers[region] = matcher or _train(catalog, region, tokenizer, path, announce)
    return matchers


def _train(
    catalog: Catalog,
    region: Region,
    tokenizer: Tokenizer,
    path: Path,
    announce: Callable[[str], None],
) -> Matcher:
    announce(f"内容有更新，正在学习 {region} 的说法（约十几秒，只需一次）…")
    matcher = training.train(catalog, region, tokenizer)
    try:
        cache.save(path, matcher)
    except OSError as error:
        # A read-only deployment works without the cache, it only starts more slowly.
        announce(f"模型缓存写不进 {path.parent}（{error.strerror}），下次启动会重新学习")
    return matcher


def prepare(settings: Settings, announce: Callable[[str], None]) -> None:
    """Check the content and train what is not cached yet, without loading what is.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: There is no content folder.
    """
    catalog = load(settings)
    tokenizer: Tokenizer | None = None
    for region in regions_of(catalog):
        path = cache.cache_file(settings.var_dir / "cache", catalog.revision, region)
        if not path.exists():
            tokenizer = tokenizer or training.tokenizer_of(catalog)
            _train(catalog, region, tokenizer, path, announce)


def build_assistant(
    settings: Settings, announce: Callable[[str], None] = lambda _: None
) -> Assistant:
    """Load content and matchers and return the assistant.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: There is no content folder.
    """
    catalog = load(settings)
    matchers = build_matchers(catalog, settings.var_dir, announce)
    return Assistant(catalog, matchers, render)


def clock_of(settings: Settings) -> Clock:
    """Return the clock: Asia/Shanghai, or standing still at `YIBAO_NOW`."""
    if settings.now is not None:
        fixed = at_shanghai(settings.now)
        return lambda: fixed
    return lambda: datetime.now(SHANGHAI)  # noqa: TID251 - the clock that is injected


def at_shanghai(moment: datetime) -> datetime:
    """Read a moment without zone as Asia/Shanghai; convert any other."""
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)


@dataclass(frozen=True, slots=True)
class Runtime:
    """An opened webhook process."""

    assistant: Assistant
    store: Store
    metrics: Metrics
    router: APIRouter


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """Open content, Redis and the callback routes; closes what it opened.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: Content and account settings do not fit.
        StateUnavailableError: The private Redis cannot be started. (A configured one that is away
            is no error: the bot answers without memory until it is back.)
    """
    assistant = build_assistant(settings)
    accounts = account_settings(settings, tuple(assistant.catalog.accounts))
    store = await open_store(
        settings.redis_url.get_secret_value() if settings.redis_url else None, settings.var_dir
    )
    try:
        metrics = Metrics()
        metrics.catalog(assistant.catalog.revision)
        keyspace = Keyspace(settings.salt.get_secret_value())
        conversations = Conversations(store, keyspace)
        router = build_router(
            WebhookDeps(
                accounts=accounts,
                assistant=Respondent(
                    lambda: assistant, conversations, clock_of(settings), metrics, Lessons(store)
                ),
                deliveries=DeliveryLedger(store, keyspace),
                now=time.time,  # noqa: TID251 - the clock that is injected
                timestamp_window_s=settings.timestamp_window_s,
                limits=TurnLimits(budget_s=settings.turn_budget_s),
                late_text="",
                departures=conversations,
            )
        )
        yield Runtime(assistant, store, metrics, router)
    finally:
        await store.close()
