"""`yibao learned`: wordings that parents chose an answer for after a question back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from app import bootstrap
from app.cli.input_error import InputError
from app.domain.content import Catalog
from app.matching.normalise import squeeze
from app.settings import Settings
from app.state.embedded import open_store
from app.state.lessons import Lesson, Lessons


def lessons_of(settings: Settings, account: str, limit: int) -> tuple[Lesson, ...]:
    """Return an account's most frequent lessons.

    Raises:
        StateUnavailableError: Redis does not answer, or the private one cannot be started.
    """

    async def read() -> tuple[Lesson, ...]:
        url = settings.redis_url.get_secret_value() if settings.redis_url else None
        store = await open_store(url, settings.var_dir)
        try:
            return await Lessons(store).most_common(account, limit)
        finally:
            await store.close()

    return asyncio.run(read())


def proposals(settings: Settings, account: str, limit: int) -> Iterator[str]:
    """Yield the account's lessons as proposals.

    Raises:
        InputError: No such account.
        ContentError: Something in the content is wrong.
        StateUnavailableError: Redis does not answer.
    """
    catalog = bootstrap.load(settings)
    if account not in catalog.accounts:
        raise InputError(f"没有账号 {account}；有：{'、'.join(catalog.accounts)}")
    yield from lines(catalog, lessons_of(settings, account, limit))


def lines(catalog: Catalog, lessons: Sequence[Lesson]) -> Iterator[str]:
    """Yield each lesson as a proposal: how often, the wording, and the file to add it to."""
    known = {
        squeeze(utterance) for intent in catalog.intents.values() for utterance in intent.utterances
    }
    count = 0
    for lesson in lessons:
        intent = catalog.intents.get(lesson.intent)
        if intent is None or squeeze(lesson.question) in known:
            continue
        count += 1
        yield (
            f"{lesson.count} 次 “{lesson.question}” → 选了“{intent.title}”；"
            f"合适就加进 intents/{lesson.intent}.yml 的 utterances"
        )
    yield f"共 {count} 条。" if count else "还没有新的说法：家长在反问之后点过选项，这里才有。"
