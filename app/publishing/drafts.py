"""The one draft (工作稿) that all operators of a deployment share, in Redis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from app.editing.intent_file import text_digest
from app.errors import ConsoleError, EditConflictError
from app.publishing.draft_file import (
    DraftFile,
    check_path,
    decode_file,
    encode_file,
)
from app.state import draft_scripts
from app.state.keys import DRAFT_BYTES, DRAFT_FILES, DRAFT_KEY, DRAFT_TTL_S
from app.state.store import Store, store_errors


class Drafts:
    """Files that were changed on top of what is published; nothing is overwritten unseen."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def files(self) -> dict[str, DraftFile]:
        """Return all files of the draft by path, sorted.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        with store_errors():
            stored = cast("dict[bytes, bytes]", await self._store.client.hgetall(DRAFT_KEY))
        paths = sorted(key.decode() for key in stored)
        return {path: decode_file(path, stored[path.encode()]) for path in paths}

    async def put(
        self,
        path: str,
        text: str,
        base_digest: str,
        expected_digest: str,
        by: str,
        at: datetime,
    ) -> DraftFile:
        """Keep a file.

        Args:
            path: Relative to the content root.
            text: The whole file; empty: delete it.
            base_digest: Of the published text that the operator changed; empty: a new file.
            expected_digest: Of the draft that the operator saw; empty: there was none.
            by: The operator.
            at: The moment.

        Raises:
            EditConflictError: Somebody else changed the file meanwhile; it is left as it is.
            ConsoleError: The path is not one of content, or the draft is full.
            StateUnavailableError: Redis does not answer; whether it was kept is unknown.
        """
        file = DraftFile(check_path(path), text, base_digest, text_digest(text), by, at)
        outcome, other = await self._store.run(
            draft_scripts.PUT_DRAFT,
            [DRAFT_KEY],
            [path, encode_file(file), expected_digest, DRAFT_FILES, DRAFT_BYTES, DRAFT_TTL_S],
        )
        if outcome == b"conflict":
            raise EditConflictError(_conflict(path, decode_file(path, other) if other else None))
        if outcome != b"kept":
            limit = f"{DRAFT_FILES} 个文件" if outcome == b"files" else f"{DRAFT_BYTES // 1024} KB"
            raise ConsoleError(f"草稿满了（最多 {limit}），没有存下 → 先发布或丢弃一些改动")
        return file

    async def discard(self, file: DraftFile) -> None:
        """Drop a file from the draft.

        Raises:
            EditConflictError: Somebody else changed it meanwhile, or it is gone.
            StateUnavailableError: Redis does not answer.
        """
        if not await self.clear([file]):
            other = (await self.files()).get(file.path)
            raise EditConflictError(_conflict(file.path, other))

    async def clear(self, files: Iterable[DraftFile]) -> int:
        """Drop those files that still are as given; return how many were.

        Raises:
            StateUnavailableError: Redis does not answer.
        """
        seen = [part for file in files for part in (file.path, file.digest)]
        if not seen:
            return 0
        return int(await self._store.run(draft_scripts.DROP_DRAFT, [DRAFT_KEY], seen))


def _conflict(path: str, other: DraftFile | None) -> str:
    if other is None:
        return f"{path} 的草稿已经被发布或丢弃了，没有覆盖任何东西 → 重新打开再改"
    return (
        f"{path} 在你打开之后被 {other.by} 改过（{other.at:%m-%d %H:%M}），没有覆盖任何东西"
        " → 对照两边再存"
    )
