"""The draft's way to parents: look at it, find out what it would change, publish, go back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import anyio

from app.errors import (
    ConsoleError,
    ContentProblem,
    EditConflictError,
    NotPermittedError,
    StateError,
)
from app.publishing.draft_file import DraftFile
from app.publishing.drafts import Drafts
from app.publishing.ports import (
    Audit,
    ImpactOf,
    ImpactReport,
    Operator,
    Origin,
    Progress,
    PublishedRevision,
    Revisions,
    Tools,
)
from app.publishing.workspace import Base, Workspace, disk_errors

MAX_REASON_CHARS = 500


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file of the draft beside its published text."""

    draft: DraftFile
    published: str
    """Empty: a new file."""
    is_stale: bool
    """Whether the published text is another than the one that was changed."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What is known about one state of the draft."""

    key: tuple[str | None, tuple[tuple[str, str], ...]]
    """Live revision, and path and digest of each file."""
    problems: tuple[ContentProblem, ...]
    impact: ImpactReport | None
    """None: not found out yet, or errors forbid it."""

    @property
    def has_errors(self) -> bool:
        """Whether the content cannot be published as it is."""
        return any(problem.level == "error" for problem in self.problems)


class Publisher:
    """One a process. What takes long runs off the event loop and stops when its task is cancelled.

    Args:
        drafts: The shared draft.
        revisions: What was published.
        workspace: Folders to work on.
        tools: What is done with a content folder.
        impact_of: Finds out what changes.
        audit: Where every publication is noted first.
        clock: The present moment, Asia/Shanghai.
    """

    def __init__(
        self,
        drafts: Drafts,
        revisions: Revisions,
        workspace: Workspace,
        tools: Tools,
        impact_of: ImpactOf,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._drafts = drafts
        self._revisions = revisions
        self._workspace = workspace
        self._tools = tools
        self._impact_of = impact_of
        self._audit = audit
        self._clock = clock
        self._known: Examination | None = None
        self._busy = anyio.Lock()

    async def changes(self) -> tuple[Change, ...]:
        """Return the draft's files beside what is published, by path.

        Raises:
            ConsoleError: The disk is full.
            StateUnavailableError: Redis does not answer.
        """
        base = await self._workspace.base()
        files = await self._drafts.files()
        return await anyio.to_thread.run_sync(_compare, base, files)

    async def history(self) -> tuple[PublishedRevision, ...]:
        """Return the last publications, newest first.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        return tuple(await self._revisions.history())

    async def current(self) -> PublishedRevision | None:
        """Return what is live; None: the deployment's own files.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        return await self._revisions.current()

    async def examination(self) -> Examination | None:
        """Return what is known about the draft as it is now; None: nobody has looked yet.

        Raises:
            ConsoleError: The disk is full.
            StateUnavailableError: Redis does not answer.
        """
        base, files = await self._workspace.base(), await self._drafts.files()
        known = self._known
        return known if known is not None and known.key == _key(base, files) else None

    async def examine(
        self, *, with_impact: bool = True, progress: Progress = _silent
    ) -> Examination:
        """Check the draft and find out what it would change; one examination at a time.

        Args:
            with_impact: Also what changes for parents, which takes up to some minutes.
            progress: Told about the impact's steps.

        Raises:
            ConsoleError: There is no draft, it rests on another text than the published one, the
                disk is full or the impact could not be found out.
            StateUnavailableError: Redis does not answer.
        """
        async with self._busy:
            base, files = await self._startable()
            async with self._workspace.candidate(base, files) as folder:
                return await self._examined(
                    base, files, folder, with_impact=with_impact, progress=progress
                )

    async def publish(
        self, operator: Operator, reason: str, *, progress: Progress = _silent
    ) -> PublishedRevision:
        """Make the draft live, then clear what was published from it.

        Args:
            operator: Must be an approver.
            reason: Why; needed where something gets worse.
            progress: Told about the impact's steps, where it is not known yet.

        Raises:
            NotPermittedError: Not an approver.
            EditConflictError: Somebody published meanwhile; nothing is overwritten.
            ConsoleError: There are errors, a reason is missing, the disk is full …
            StateUnavailableError: Redis does not answer; the draft stays.
        """
        _require_approver(operator)
        async with self._busy:
            base, files = await self._startable()
            async with self._workspace.candidate(base, files) as folder:
                found = await self._examined(
                    base, files, folder, with_impact=True, progress=progress
                )
                reason = _checked_reason(found, reason)
                with disk_errors():
                    data = await anyio.to_thread.run_sync(self._tools.pack, folder)
                revision = await anyio.to_thread.run_sync(self._tools.revision_of, folder)
            detail = _detail(found, files, reason)
            published = await self._make_live(
                operator, data, revision, reason, "console", base.revision, detail
            )
            await self._drafts.clear(files.values())
            return published

    async def roll_back(self, operator: Operator, revision: str, reason: str) -> PublishedRevision:
        """Publish an earlier revision again; the draft stays and may have to be opened anew.

        Raises:
            NotPermittedError: Not an approver.
            EditConflictError: Somebody published meanwhile.
            ConsoleError: No reason, the revision is live already or not kept any more.
            StateUnavailableError: Redis does not answer.
        """
        _require_approver(operator)
        reason = reason.strip()[:MAX_REASON_CHARS]
        if not reason:
            raise ConsoleError("回退要写明理由，会记在修订和操作记录里")
        current = await self._revisions.current()
        if current is not None and current.revision == revision:
            raise ConsoleError("这一版正是现在用的，不用回退")
        data = await self._revisions.archive(revision)
        if data is None:
            raise ConsoleError("这一版的文件已经不在了 → 只能回到最近 20 次发布里的一版")
        expected = current.revision if current else None
        return await self._make_live(
            operator, data, revision, reason, "rollback", expected, f"理由：{reason}"
        )

    async def folder_of(self, revision: str) -> Path:
        """Return the files of an earlier revision, for comparing.

        Raises:
            ConsoleError: They are not kept any more, or the disk is full.
            StateUnavailableError: Redis does not answer.
        """
        return await self._workspace.folder_of(revision)

    async def _startable(self) -> tuple[Base, dict[str, DraftFile]]:
        base, files = await self._workspace.base(), await self._drafts.files()
        changes = await anyio.to_thread.run_sync(_compare, base, files)
        if not any(change.published != change.draft.text for change in changes):
            await self._drafts.clear(files.values())
            raise ConsoleError("草稿里没有改动 → 先到“问答”里改一条")
        stale = [change.draft for change in changes if change.is_stale]
        if stale:
            raise EditConflictError(_stale_message(base, stale))
        return base, files

    async def _examined(
        self,
        base: Base,
        files: Mapping[str, DraftFile],
        folder: Path,
        *,
        with_impact: bool,
        progress: Progress,
    ) -> Examination:
        key = _key(base, files)
        if self._known is None or self._known.key != key:
            problems = await anyio.to_thread.run_sync(self._tools.lint, folder)
            self._known = Examination(key, problems, None)
        found = self._known
        if with_impact and found.impact is None and not found.has_errors:
            impact = await self._impact_of(base.folder, folder, progress)
            found = self._known = Examination(key, found.problems, impact)
        return found

    async def _make_live(
        self,
        operator: Operator,
        data: bytes,
        revision: str,
        reason: str,
        origin: Origin,
        expected: str | None,
        detail: str,
    ) -> PublishedRevision:
        action = "回退" if origin == "rollback" else "发布"
        # Noted first: without a line in the audit trail nothing goes live.
        await self._audit.note(operator.name, action, revision[:8], detail)
        try:
            return await self._revisions.publish(
                data,
                revision,
                by=operator.name,
                reason=reason,
                at=self._clock(),
                origin=origin,
                expected_current=expected,
            )
        except (ConsoleError, StateError) as error:
            # The first error is the one to tell; where Redis is away, this cannot be noted either.
            with suppress(StateError):
                await self._audit.note(operator.name, f"{action}没有成功", revision[:8], str(error))
            raise


def _require_approver(operator: Operator) -> None:
    if not operator.may_approve:
        raise NotPermittedError("发布和回退要“审核”角色 → 请有审核权限的同事来做")


def _key(
    base: Base, files: Mapping[str, DraftFile]
) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    return base.revision, tuple(sorted((path, file.digest) for path, file in files.items()))


def _compare(base: Base, files: Mapping[str, DraftFile]) -> tuple[Change, ...]:
    found = []
    for path, file in sorted(files.items()):
        # What is published just as the draft has it was published from it: nothing is lost.
        published = base.text(path)
        is_stale = base.digest(path) != file.base_digest and published != file.text
        found.append(Change(file, published, is_stale))
    return tuple(found)


def _stale_message(base: Base, stale: list[DraftFile]) -> str:
    who = base.who_and_when()
    by = f"{who[0]} 在 {who[1]:%m-%d %H:%M} 发布了新的一版" if who else "部署的内容文件换过了"
    names = "、".join(file.path for file in stale)
    return f"{names} 改的已经不是现在发布的文字（{by}），没有覆盖任何东西 → 打开它，对照两边再存"


def _checked_reason(found: Examination, reason: str) -> str:
    errors = [problem for problem in found.problems if problem.level == "error"]
    if errors:
        raise ConsoleError(f"有 {len(errors)} 处错误，不能发布。第一处：{errors[0]}")
    reason = reason.strip()[:MAX_REASON_CHARS]
    if found.impact is None:
        raise ConsoleError("还不知道发布会有什么影响 → 先点“看影响”")
    if found.impact.regressions and not reason:
        raise ConsoleError(
            f"有 {found.impact.regressions} 处变差 → 写明为什么仍要发布，会记在修订和操作记录里"
        )
    return reason


def _detail(found: Examination, files: Mapping[str, DraftFile], reason: str) -> str:
    worse = found.impact.regressions if found.impact else 0
    return f"{len(files)} 个文件：{'、'.join(files)}；变差 {worse} 处；理由：{reason or '未写'}"
