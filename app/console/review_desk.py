"""What operators do with questions that were not answered well: add, new, not ours, ignore.

Knows nothing of pages; `app.console.inbox_page` shows it. Roles are checked here, on the server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import anyio

from app.dialogue.assistant import Assistant
from app.domain.content import Catalog, Intent, IntentKind
from app.domain.journal import TO_REVIEW, JournalEntry, Reason
from app.domain.names import IntentId
from app.errors import ConsoleError, EditConflictError, NotPermittedError
from app.matching.embedding import EmbedAll
from app.review.clusters import Cluster, cluster
from app.review.proposals import Proposal, background_of, propose
from app.state.journal import digest

PAGE_SIZE = 20
MAX_SENTENCES = 20
"""Wordings that one click adds; more of the same kind teach nothing new."""
_MAX_TITLE_CHARS = 30
_READ = 5000
MASK = "〔"
"""Begins a mask; a sentence with one is no utterance that a parent would write."""


class Operator(Protocol):
    """Who is signed in."""

    @property
    def name(self) -> str:
        """Name of the account."""
        ...

    @property
    def may_edit(self) -> bool:
        """Whether drafts may be written."""
        ...

    @property
    def may_approve(self) -> bool:
        """Whether drafts may be published."""
        ...


class Audit(Protocol):
    """Where is kept who did what."""

    async def note(self, by: str, action: str, subject: str, detail: str = "") -> None:
        """Keep it."""
        ...


class Drafting(Protocol):
    """Writes changes of the content as drafts and says what they would change.

    All raise `ConsoleError` (Chinese) where it cannot be done, e.g. somebody else is at the file.
    They return what to tell the operator, in Chinese: where the draft is, what its impact is.
    """

    async def adopt(self, intent_id: IntentId, sentences: Sequence[str], operator: str) -> str:
        """Add sentences to an intent's utterances."""
        ...

    async def new(self, account: str, title: str, sentences: Sequence[str], operator: str) -> str:
        """Begin a new intent with these utterances; the answer is still to be written."""
        ...

    async def out_of_scope(
        self, intent_id: IntentId, sentences: Sequence[str], operator: str
    ) -> str:
        """Add sentences to a background intent: not ours, and said so."""
        ...


class Questions(Protocol):
    """The journal."""

    async def recent(
        self, account: str, limit: int, reasons: Collection[Reason] | None = None
    ) -> tuple[JournalEntry, ...]:
        """Return the latest questions."""
        ...

    async def handle(self, account: str, wordings: Sequence[str]) -> None:
        """Note that wordings were dealt with."""
        ...

    async def handled(self, account: str) -> frozenset[str]:
        """Return digests of what was dealt with."""
        ...


class NoDrafting:
    """No drafts in this deployment: everything but 忽略 is refused."""

    async def adopt(self, _intent_id: IntentId, _sentences: Sequence[str], _operator: str) -> str:
        """Refuse."""
        raise ConsoleError("这里没有打开草稿功能，加不进内容；可以先用 yibao inbox 看建议。")

    async def new(self, _account: str, _title: str, sentences: Sequence[str], operator: str) -> str:
        """Refuse."""
        return await self.adopt(IntentId(""), sentences, operator)

    async def out_of_scope(
        self, intent_id: IntentId, sentences: Sequence[str], operator: str
    ) -> str:
        """Refuse."""
        return await self.adopt(intent_id, sentences, operator)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of groups."""

    clusters: tuple[Cluster, ...]
    number: int
    """From 1."""
    pages: int
    """At least 1."""
    total: int
    """Groups on all pages."""


class ReviewDesk:
    """The groups of a deployment. One per console process; safe for several operators at once."""

    def __init__(
        self,
        assistant: Callable[[], Assistant],
        questions: Questions,
        drafting: Drafting,
        audit: Audit,
        embed: EmbedAll | None = None,
    ) -> None:
        """Wire it.

        Args:
            assistant: Returns the assistant in use, for names and proposals.
            questions: The journal.
            drafting: Writes drafts.
            audit: Keeps who did what.
            embed: Sentence embeddings where they are switched on.
        """
        self._assistant = assistant
        self._questions = questions
        self._drafting = drafting
        self._audit = audit
        self._embed = embed

    @property
    def catalog(self) -> Catalog:
        """The content in use."""
        return self._assistant().catalog

    def targets(self, *, background: bool) -> tuple[Intent, ...]:
        """Return the intents that questions can be added to, by title."""
        kinds = {IntentKind.BACKGROUND} if background else {IntentKind.FAQ, IntentKind.GAP}
        found = [i for i in self.catalog.intents.values() if i.kind in kinds]
        return tuple(sorted(found, key=lambda intent: (intent.kind, intent.title)))

    async def page(self, account: str = "", reason: Reason | None = None, number: int = 1) -> Page:
        """Return a page of groups, most frequent first; the last one where there are fewer.

        Args:
            account: Only of this account; "": of all.
            reason: Only what is here for it; None: all that is to be reviewed.
            number: From 1.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        reasons = TO_REVIEW if reason is None else {reason} & TO_REVIEW
        accounts = self.catalog.accounts
        entries: list[JournalEntry] = []
        handled: frozenset[str] = frozenset()
        for name in [account] if account in accounts else accounts:
            entries += await self._questions.recent(name, _READ, reasons)
            handled |= await self._questions.handled(name)
        work = partial(cluster, entries, handled, self._embed)
        found = await anyio.to_thread.run_sync(work)
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(max(1, number), pages)
        start = (number - 1) * PAGE_SIZE
        return Page(found[start : start + PAGE_SIZE], number, pages, len(found))

    async def proposal(self, found: Cluster) -> Proposal:
        """Return what the live matcher makes of a group."""
        return await anyio.to_thread.run_sync(propose, found, self._assistant())

    def background(self, found: Cluster) -> IntentId | None:
        """Return the background intent that a group would go to."""
        return background_of(found, self._assistant())

    async def adopt(
        self, found: Cluster, intent_id: str, sentences: Sequence[str], operator: Operator
    ) -> str:
        """Add wordings to an intent as a draft; returns what to tell, Chinese.

        Raises:
            ConsoleError: Not permitted, no such intent, nothing chosen, dealt with by somebody
                else, or the draft cannot be written.
            StateUnavailableError: Redis does not answer.
        """
        return await self._add(found, intent_id, sentences, operator, background=False)

    async def out_of_scope(
        self, found: Cluster, intent_id: str, sentences: Sequence[str], operator: Operator
    ) -> str:
        """Add wordings to a background intent as a draft; raises as `adopt` does."""
        return await self._add(found, intent_id, sentences, operator, background=True)

    async def new(
        self, found: Cluster, title: str, sentences: Sequence[str], operator: Operator
    ) -> str:
        """Begin a new intent as a draft; raises as `adopt` does."""
        title = " ".join(title.split())
        if not 0 < len(title) <= _MAX_TITLE_CHARS:
            raise ConsoleError(f"请给新问答起个标题，最多 {_MAX_TITLE_CHARS} 个字。")
        chosen = self._chosen(found, sentences)
        step = partial(self._drafting.new, found.accounts[0], title, chosen, operator.name)
        return await self._do(found, operator, "inbox.new", title, chosen, step)

    async def ignore(self, found: Cluster, operator: Operator) -> str:
        """Put a group aside: its wordings do not come back; raises as `adopt` does."""

        async def nothing() -> str:
            return "已忽略，同样的说法不再出现。"

        return await self._do(found, operator, "inbox.ignore", found.id, (), nothing)

    async def _add(
        self,
        found: Cluster,
        intent_id: str,
        sentences: Sequence[str],
        operator: Operator,
        *,
        background: bool,
    ) -> str:
        known = {intent.id for intent in self.targets(background=background)}
        target = IntentId(intent_id)
        if target not in known:
            raise ConsoleError("请先选一个问答；选的那个可能刚被删掉，刷新后再选。")
        chosen = self._chosen(found, sentences)
        draft = self._drafting.out_of_scope if background else self._drafting.adopt
        action = "inbox.out_of_scope" if background else "inbox.adopt"
        step = partial(draft, target, chosen, operator.name)
        return await self._do(found, operator, action, target, chosen, step)

    def _chosen(self, found: Cluster, sentences: Sequence[str]) -> tuple[str, ...]:
        """Return the chosen wordings; only what the group has may go into the content."""
        wanted = set(sentences)
        chosen = tuple(text for text in found.wordings if text in wanted)[:MAX_SENTENCES]
        if not chosen:
            raise ConsoleError("请至少勾选一种说法。")
        if any(MASK in text for text in chosen):
            raise ConsoleError("勾选的说法里有遮住的个人信息，不能写进内容；请去掉那一条。")
        return chosen

    async def _do(
        self,
        found: Cluster,
        operator: Operator,
        action: str,
        subject: str,
        chosen: Sequence[str],
        step: Callable[[], Awaitable[str]],
    ) -> str:
        if not operator.may_edit:
            raise NotPermittedError("您的账号只能看，不能处理；需要编辑权限。")
        handled: frozenset[str] = frozenset()
        for account in found.accounts:
            handled |= await self._questions.handled(account)
        if all(digest(text) in handled for text in found.wordings):
            raise EditConflictError("别人刚刚处理过这一类，没有重复处理。")
        said = await step()
        for account in found.accounts:
            await self._questions.handle(account, found.wordings)
        await self._audit.note(operator.name, action, subject, "；".join(chosen))
        return said
