"""Intents as operators edit them: what is published, what the draft says, and who changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import anyio

from app.console.content_ports import ContentPorts, IntentFields
from app.console.intent_form import Form, edit_of, form_of, new_intent_text
from app.console.intent_panels import Preview, previews_of
from app.console.stealing import Effect, StealGauge
from app.domain.names import IntentId
from app.editing.intent_file import text_digest
from app.errors import (
    AppError,
    ConsoleError,
    ContentProblem,
    EditConflictError,
    NotPermittedError,
)
from app.knowledge.expiry import START_UP_DAYS, expiring
from app.publishing.draft_file import DraftFile
from app.publishing.ports import Operator
from app.publishing.workspace import Base

_FOLDER = "intents"


@dataclass(frozen=True, slots=True)
class IntentRow:
    """An intent in the list."""

    id: str
    title: str
    kind: str
    regions: tuple[str, ...]
    utterances: int
    tests: int
    drafted_by: str
    """Who changed it in the draft; empty: nobody."""
    is_expiring: bool
    """Whether a document that it cites ends soon or has ended."""
    words: str
    """All that is searched, in small letters."""


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """An intent as an operator opened it."""

    path: str
    text: str
    """Of the draft, else as published."""
    intent: IntentFields
    base_digest: str
    """Of the published text that the draft stands on."""
    draft: DraftFile | None
    published: str
    """Empty: not published yet."""
    is_stale: bool
    """Whether somebody published the file after the draft was begun."""

    @property
    def form(self) -> Form:
        """What stands in the fields."""
        return form_of(self.intent)


class IntentDesk:
    """Opens, checks and keeps intents. One a process."""

    def __init__(self, ports: ContentPorts) -> None:
        self._ports = ports
        # Checking all files takes about a second of one core.
        self._gauge = StealGauge()
        self._linting = anyio.CapacityLimiter(1)

    @property
    def regions(self) -> dict[str, str]:
        """Region → what it is called, in the order of the accounts."""
        accounts = self._ports.assistant().catalog.accounts.values()
        return {account.region: account.name for account in accounts}

    def previews(self, form: Form) -> tuple[Preview, ...]:
        """Return the answers as they stand on the phone."""
        return previews_of(form, self._ports.assistant().catalog)

    async def rows(self) -> tuple[IntentRow, ...]:
        """Return all intents, those of the draft first, then by title.

        Raises:
            ConsoleError: The published files cannot be read.
            StateUnavailableError: Redis does not answer.
        """
        files = await self._ports.drafts.files()
        rows = await anyio.to_thread.run_sync(lambda: list(self._rows(files)))
        return tuple(sorted(rows, key=lambda row: (not row.drafted_by, row.title)))

    def _rows(self, files: dict[str, DraftFile]) -> Iterator[IntentRow]:
        catalog = self._ports.assistant().catalog
        ending = {
            item.file
            for item in expiring(catalog, self._ports.clock(), timedelta(days=START_UP_DAYS))
        }
        for intent in catalog.intents.values():
            path = f"{_FOLDER}/{intent.id}.yml"
            if path in files:
                continue
            cited = {str(s) for answer in intent.answers.values() for s in answer.sources}
            texts = [answer.text for answer in intent.answers.values()]
            yield IntentRow(
                id=intent.id,
                title=intent.title,
                kind=intent.kind.value,
                regions=tuple(intent.answers) or intent.regions,
                utterances=len(intent.utterances),
                tests=len(intent.tests),
                drafted_by="",
                is_expiring=any(f"knowledge/{s.partition('#')[0]}.md" in ending for s in cited),
                words=_words(intent.id, intent.title, *intent.utterances, *texts, *intent.replies),
            )
        for path, file in files.items():
            if path.startswith(f"{_FOLDER}/") and path.count("/") == 1 and "/_" not in path:
                yield self._draft_row(file, ending)

    def _draft_row(self, file: DraftFile, ending: set[str]) -> IntentRow:
        stem = file.path.removeprefix(f"{_FOLDER}/").removesuffix(".yml")
        try:
            intent = self._ports.editing.read(file.text)
        except AppError:
            title = "（草稿里删除了）" if not file.text else "（草稿读不懂，打开看看）"
            return IntentRow(stem, title, "faq", (), 0, 0, file.by, False, stem)
        answers = [text for answer in intent.answers.values() for text in answer.values()]
        cited = {line.partition("#")[0] for text in answers for line in text.splitlines()}
        return IntentRow(
            id=stem,
            title=intent.title,
            kind=intent.kind,
            regions=tuple(intent.answers),
            utterances=len(intent.utterances),
            tests=len(intent.tests),
            drafted_by=file.by,
            is_expiring=any(f"knowledge/{name}.md" in ending for name in cited),
            words=_words(stem, intent.title, *intent.utterances, *answers),
        )

    async def open(self, intent_id: str) -> OpenIntent:
        """Return an intent as it is now, the draft before what is published.

        Raises:
            ConsoleError: There is none.
            EditError: Its file cannot be read.
            StateUnavailableError: Redis does not answer.
        """
        path = f"{_FOLDER}/{intent_id}.yml"
        base, files = await self._ports.workspace.base(), await self._ports.drafts.files()
        published = await anyio.to_thread.run_sync(base.text, path)
        draft = files.get(path)
        text = draft.text if draft else published
        if not text:
            raise ConsoleError("没有这条问答，或者草稿里把它删了 → 到“问答”里找一找")
        digest = text_digest(published) if published else ""
        return OpenIntent(
            path=path,
            text=text,
            intent=self._ports.editing.read(text),
            base_digest=draft.base_digest if draft else digest,
            draft=draft,
            published=published,
            is_stale=draft is not None and draft.base_digest != digest and text != published,
        )

    async def create(self, operator: Operator, intent_id: str, title: str, region: str) -> None:
        """Put the beginning of a new intent into the draft.

        Raises:
            NotPermittedError: Not an editor.
            EditConflictError: The id is taken in the draft.
            ConsoleError: The id is none or taken, or the title is missing.
            StateUnavailableError: Redis does not answer.
        """
        require_editor(operator)
        if region not in self.regions:
            raise ConsoleError("选一个地区")
        text, path = new_intent_text(intent_id, title, region), f"{_FOLDER}/{intent_id}.yml"
        base = await self._ports.workspace.base()
        if await anyio.to_thread.run_sync(base.text, path):
            raise ConsoleError(f"已经有叫 {intent_id} 的问答了 → 换一个英文名，或打开那一条改")
        await self._put(operator, path, text, "", "")

    async def save(self, operator: Operator, opened: OpenIntent, form: Form) -> OpenIntent:
        """Put the changed fields into the draft; return the intent as it is now.

        Args:
            operator: Must be an editor.
            opened: What the operator saw.
            form: What stands in the fields now.

        Raises:
            NotPermittedError: Not an editor.
            EditConflictError: Somebody else changed or published it meanwhile.
            EditError: The file is written too unusually to be changed by fields.
            StateUnavailableError: Redis does not answer.
        """
        require_editor(operator)
        text = self.text_of(opened, form)
        if text == opened.text:
            return opened
        seen = opened.draft.digest if opened.draft else ""
        if opened.draft is None:
            base = await self._ports.workspace.base()
            await anyio.to_thread.run_sync(_check_published, base, opened)
        await self._put(operator, opened.path, text, opened.base_digest, seen)
        return await self.open(_stem(opened.path))

    def text_of(self, opened: OpenIntent, form: Form, before: Form | None = None) -> str:
        """Return the file with the fields changed that differ from `before` (what was opened).

        Raises:
            EditError: See `save`.
        """
        edit = edit_of(opened.form if before is None else before, form)
        return opened.text if edit.is_empty else self._ports.editing.change(opened.text, edit)

    async def stand_on_published(self, operator: Operator, opened: OpenIntent) -> None:
        """Keep the draft's text although somebody published another one after it was begun.

        Raises:
            NotPermittedError: Not an editor.
            EditConflictError: Somebody changed the draft or published meanwhile.
            StateUnavailableError: Redis does not answer.
        """
        require_editor(operator)
        latest = await self.open(_stem(opened.path))
        if opened.draft is None or latest.published != opened.published:
            raise EditConflictError("又有人发布或改过了，没有动任何东西 → 刷新后再看一遍")
        digest = text_digest(opened.published) if opened.published else ""
        await self._put(operator, opened.path, opened.text, digest, opened.draft.digest)

    async def discard(self, operator: Operator, draft: DraftFile) -> None:
        """Drop a file from the draft.

        Raises:
            NotPermittedError: Not an editor.
            EditConflictError: Somebody changed it meanwhile.
            StateUnavailableError: Redis does not answer.
        """
        require_editor(operator)
        await self._ports.audit.note(operator.name, "丢弃草稿", draft.path, f"{draft.by} 改的")
        await self._ports.drafts.discard(draft)

    async def problems(self, opened: OpenIntent, text: str) -> tuple[ContentProblem, ...]:
        """Return what lint says of the file with this text, errors first; about a second.

        Raises:
            ConsoleError: The disk is full.
            StateUnavailableError: Redis does not answer.
        """
        base, files = await self._ports.workspace.base(), await self._ports.drafts.files()
        now = self._ports.clock()
        files[opened.path] = DraftFile(opened.path, text, "", text_digest(text), "", now)
        async with self._ports.workspace.candidate(base, files) as folder:
            found = await anyio.to_thread.run_sync(self._ports.lint, folder, limiter=self._linting)
        own = [problem for problem in found if problem.file == opened.path]
        return tuple(sorted(own, key=lambda problem: (problem.level != "error", problem.line)))

    async def effects(self, opened: OpenIntent, form: Form) -> tuple[Effect, ...]:
        """Return where new utterances go today, and which sentences of others they come near."""
        assistant = self._ports.assistant()
        known = assistant.catalog.intents.get(IntentId(opened.intent.id))
        old = known.utterances if known else ()
        regions = tuple(opened.intent.answers) or tuple(self.regions)
        return await anyio.to_thread.run_sync(
            self._gauge.effects, assistant, opened.intent.id, regions, form["utterances"], old
        )

    async def _put(
        self, operator: Operator, path: str, text: str, base_digest: str, seen: str
    ) -> None:
        now = self._ports.clock()
        await self._ports.drafts.put(path, text, base_digest, seen, operator.name, now)
        await self._ports.audit.note(operator.name, "改草稿", path)


def require_editor(operator: Operator) -> None:
    """Refuse who may only look.

    Raises:
        NotPermittedError: The operator may not edit.
    """
    if not operator.may_edit:
        raise NotPermittedError("改草稿要“编辑”角色 → 请管理员给你的账号换角色")


def _check_published(base: Base, opened: OpenIntent) -> None:
    if base.digest(opened.path) != opened.base_digest:
        who = base.who_and_when()
        by = f"{who[0]} 在 {who[1]:%m-%d %H:%M} 发布了新的一版" if who else "内容文件刚换过"
        raise EditConflictError(f"你打开之后 {by}，没有覆盖任何东西 → 对照两边再存")


def _stem(path: str) -> str:
    return path.removeprefix(f"{_FOLDER}/").removesuffix(".yml")


def _words(*parts: str) -> str:
    return "\n".join(parts).casefold()
