"""What is done about unanswered questions becomes a change of the shared draft."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import anyio
import structlog

from app.cancelling import cancelled
from app.console.intent_form import new_intent_text
from app.content.drafts import one_line
from app.content.intent_model import MAX_TITLE_CHARS
from app.dialogue.assistant import Assistant
from app.domain.names import IntentId
from app.editing.intent_file import IntentChange, add_utterances, change_intent, text_digest
from app.errors import ConsoleError, StateError
from app.publishing.drafts import Drafts
from app.publishing.publisher import Publisher
from app.publishing.workspace import Workspace

_log = structlog.get_logger(__name__)

_NEXT = "影响正在算，到“发布”里看。"


class InboxDrafting:
    """Adds sentences to intents of the draft, and has the impact found out behind it.

    Args:
        assistant: Returns the live one, for the regions of accounts.
        drafts: The shared draft.
        workspace: For the published files.
        publisher: Finds out the impact.
        clock: The present moment, Asia/Shanghai.
    """

    def __init__(
        self,
        assistant: Callable[[], Assistant],
        drafts: Drafts,
        workspace: Workspace,
        publisher: Publisher,
        clock: Callable[[], datetime],
    ) -> None:
        self._assistant = assistant
        self._drafts = drafts
        self._workspace = workspace
        self._publisher = publisher
        self._clock = clock
        self._examining: asyncio.Task[None] | None = None

    async def adopt(self, intent_id: IntentId, sentences: Sequence[str], operator: str) -> str:
        """Add sentences to an intent's utterances.

        Raises:
            ConsoleError: There is no such intent, or somebody changed it at the same moment.
            EditError: Its file is written too unusually to be changed.
            StateUnavailableError: Redis does not answer.
        """
        path = f"intents/{intent_id}.yml"
        base, files = await self._workspace.base(), await self._drafts.files()
        published = await anyio.to_thread.run_sync(base.text, path)
        draft = files.get(path)
        text = draft.text if draft else published
        if not text:
            raise ConsoleError("没有这条问答，或者草稿里把它删了 → 换一条")
        changed = add_utterances(text, sentences)
        if changed == text:
            return "这些说法已经在草稿里了。"
        stands_on = draft.base_digest if draft else text_digest(published)
        seen = draft.digest if draft else ""
        await self._drafts.put(path, changed, stands_on, seen, operator, self._clock())
        self._examine()
        return f"已写进草稿（{len(sentences)} 句）。{_NEXT}"

    async def out_of_scope(
        self, intent_id: IntentId, sentences: Sequence[str], operator: str
    ) -> str:
        """Add sentences to a background intent; raises as `adopt` does."""
        return await self.adopt(intent_id, sentences, operator)

    async def new(self, account: str, title: str, sentences: Sequence[str], operator: str) -> str:
        """Begin a new intent; its answer and source are still to be written.

        Raises:
            ConsoleError: Somebody began one at the same moment.
            StateUnavailableError: Redis does not answer.
        """
        now = self._clock()
        name = f"new_{now:%Y%m%d_%H%M%S}"
        region = self._assistant().catalog.accounts[account].region
        text = add_utterances(new_intent_text(name, title, region), sentences)
        await self._drafts.put(f"intents/{name}.yml", text, "", "", operator, now)
        return f"已开了一条新问答 {name}。到“问答”里打开它，写上答案、依据和测试句。"

    async def from_answer(
        self, region: str, questions: Sequence[str], answer: str, operator: str
    ) -> str:
        """Begin a new intent with what a parent asked and a person answered.

        Its source is still to be written, so it cannot be published as it is.

        Raises:
            ConsoleError: Somebody began one at the same moment.
            StateUnavailableError: Redis does not answer.
        """
        now = self._clock()
        name = f"new_{now:%Y%m%d_%H%M%S}"
        asked = tuple(dict.fromkeys(filter(None, map(one_line, questions)))) or ("TODO 家长的问法",)
        said = "\n".join(filter(None, map(one_line, answer.splitlines())))
        beginning = new_intent_text(name, asked[0][:MAX_TITLE_CHARS], region)
        change = IntentChange(utterances=asked, answers={(region, "text"): said})
        text = change_intent(beginning, change)
        await self._drafts.put(f"intents/{name}.yml", text, "", "", operator, now)
        return f"存进草稿了：{name}。到“问答”里打开它，对照文件核对答案，写上依据和测试句。"

    def _examine(self) -> None:
        """Find out the impact without keeping anybody waiting; a newer draft starts anew."""
        if self._examining is not None:
            self._examining.cancel()
        self._examining = asyncio.create_task(self._examined())

    async def _examined(self) -> None:
        try:
            await self._publisher.examine()
        except (ConsoleError, StateError) as error:
            # Whoever opens the page 发布 is told there; nobody waits here.
            _log.info("impact_not_known", error=type(error).__name__)

    async def close(self) -> None:
        """Stop what is still being found out."""
        if self._examining is not None:
            await cancelled(self._examining)
