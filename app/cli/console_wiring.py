"""What the console opens: accounts, conversations, questions, content; each closes Redis again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import datetime
from functools import partial
from pathlib import Path

from app import bootstrap, runtime
from app.api_ports import CustomerMessages
from app.api_wiring import build_apis
from app.cli.console_numbers import DayNumbers
from app.cli.impact_apart import impact_of
from app.cli.inbox_drafting import InboxDrafting
from app.console.application import Desks
from app.console.content_ports import ContentPorts, Editing, IntentEdit
from app.console.people import People
from app.console.review_desk import ReviewDesk
from app.console.signing_in import ConsoleState
from app.content.lint import lint
from app.content.loader import load_catalog
from app.dialogue.assistant import Assistant
from app.dialogue.texts import TEXT_KEYS
from app.domain.content import Catalog
from app.editing.intent_file import IntentChange, change_intent, read_intent
from app.metrics import Metrics
from app.publishing.archive import pack, unpack
from app.publishing.drafts import Drafts
from app.publishing.ports import ImpactReport, Progress, Tools
from app.publishing.publisher import Publisher
from app.publishing.revisions import Origin, Published, Revisions
from app.publishing.stored_matchers import StoredMatchers
from app.publishing.workspace import Workspace
from app.settings import Settings
from app.state.audit import AuditLog
from app.state.journal import Journal
from app.state.operators import Operators, SignIns, Tries
from app.state.statistics import Statistics
from app.state.store import Store

Assistants = Callable[[], Assistant]


@asynccontextmanager
async def open_desks(settings: Settings, assistant: Assistants) -> AsyncIterator[Desks]:
    """Open everything that the pages work on.

    Args:
        settings: The deployment's.
        assistant: Returns the live one.

    Raises:
        StateUnavailableError: The private Redis cannot be started.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(runtime.aclosing_store(settings))
        evidence = stack.enter_context(closing(bootstrap.evidence_of(settings)))
        apis = build_apis(settings, assistant().catalog, store, Metrics())
        stack.push_async_callback(apis.aclose)
        service = CustomerMessages(apis)
        clock = bootstrap.clock_of(settings)
        audit, journal = AuditLog(store, clock), Journal(store, settings.journal_days)
        content = _content(settings, store, assistant, journal, audit)
        drafting = InboxDrafting(
            assistant, content.drafts, content.workspace, content.publisher, clock
        )
        stack.push_async_callback(drafting.close)
        inbox = runtime.inbox_of(settings, store, service)
        yield Desks(
            state=_state(settings, store, assistant, audit, clock),
            people=People(
                lambda: assistant().catalog,
                *(inbox, service, clock, settings.var_dir / "drafts", drafting),
            ),
            review=ReviewDesk(
                assistant, journal, drafting, audit, bootstrap.embed_all_of(evidence)
            ),
            content=content,
        )


def _state(
    settings: Settings,
    store: Store,
    assistant: Assistants,
    audit: AuditLog,
    clock: Callable[[], datetime],
) -> ConsoleState:
    operators = Operators(store, clock)
    return ConsoleState(
        operators,
        SignIns(store, operators, clock, settings.console_session_s),
        Tries(store),
        audit,
        DayNumbers(Statistics(store), lambda: tuple(assistant().catalog.accounts)),
    )


def _content(
    settings: Settings, store: Store, assistant: Assistants, journal: Journal, audit: AuditLog
) -> ContentPorts:
    clock = bootstrap.clock_of(settings)
    drafts, revisions = Drafts(store), SharedRevisions(settings, store)
    root, directory = bootstrap.content_root(settings), settings.var_dir.resolve() / "workspace"
    workspace = Workspace(revisions, root, unpack, directory)
    tools = Tools(
        lint=partial(lint, required_texts=TEXT_KEYS),
        revision_of=revisions.named,
        pack=pack,
        unpack=unpack,
    )

    async def impact(old: Path, new: Path, progress: Progress) -> ImpactReport:
        return await impact_of(settings, journal, clock(), old, new, progress)

    return ContentPorts(
        assistant=assistant,
        drafts=drafts,
        workspace=workspace,
        publisher=Publisher(drafts, revisions, workspace, tools, impact, audit, clock),
        editing=Editing(read_intent, change),
        lint=tools.lint,
        audit=audit,
        clock=clock,
    )


class SharedRevisions(Revisions):
    """Publishes with what the impact has learned already, so that replicas need not learn it."""

    def __init__(self, settings: Settings, store: Store) -> None:
        super().__init__(store)
        self._settings = settings
        self._matchers = StoredMatchers(store)
        self._named: dict[str, Catalog] = {}

    def named(self, folder: Path) -> str:
        """Return the revision of a folder that is about to be published. Blocks.

        Raises:
            ContentError: Something in it is wrong.
        """
        catalog = load_catalog(folder, TEXT_KEYS)
        self._named = {catalog.revision: catalog}
        return catalog.revision

    async def publish(
        self,
        data: bytes,
        revision: str,
        *,
        by: str,
        reason: str,
        at: datetime,
        origin: Origin,
        expected_current: str | None,
    ) -> Published:
        """Publish as `Revisions` does, matchers first."""
        if catalog := self._named.get(revision):
            files = bootstrap.matcher_files(catalog, self._settings.var_dir)
            await self._matchers.put([file for file in files if file.exists()])
        return await super().publish(
            data,
            revision,
            by=by,
            reason=reason,
            at=at,
            origin=origin,
            expected_current=expected_current,
        )


def change(text: str, edit: IntentEdit) -> str:
    """Change an intent file as a form wants it."""
    return change_intent(
        text,
        IntentChange(
            title=edit.title,
            utterances=edit.utterances,
            not_utterances=edit.not_utterances,
            tests=edit.tests,
            related=edit.related,
            answers=edit.answers,
        ),
    )
