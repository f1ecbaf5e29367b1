"""`yibao backup` and `yibao restore` as whoever deploys the bot runs them."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from app.publishing.revisions import TOPIC, Published, Revisions
from app.settings import SHANGHAI
from app.state.audit import AuditLog
from app.state.embedded import open_store
from app.state.keys import CONTENT_CHANNEL
from app.state.signals import Signals
from app.state.store import Store
from tests.unit.cli.terminal import Terminal

SESSION = f"yb:{{beijing:{'0' * 32}}}:session"
NOW = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)


@pytest.fixture
def yibao(new_terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("YIBAO_VAR_DIR", str(tmp_path / "var"))
    return new_terminal


def in_redis(
    tmp_path: Path, step: Callable[[Store], Awaitable[object]], var: str = "var"
) -> object:
    async def run() -> object:
        store = await open_store(None, tmp_path / var)
        try:
            return await step(store)
        finally:
            await store.close()

    return asyncio.run(run())


async def fill(store: Store) -> None:
    await publish(store, b"ours")
    await store.client.set(SESSION, '{"turns":3}', ex=3600)
    await AuditLog(store, lambda: NOW).note("王芳", "登录", "后台")


async def publish(store: Store, data: bytes) -> None:
    revisions = Revisions(store)
    current = await revisions.current()
    await revisions.publish(
        data,
        sha256(data).hexdigest(),
        by="小王",
        reason="试",
        at=NOW,
        origin="cli",
        expected_current=current.revision if current else None,
    )


async def current(store: Store) -> Published | None:
    return await Revisions(store).current()


async def audited(store: Store) -> list[tuple[str, str, str]]:
    entries = await AuditLog(store, lambda: NOW).recent(9)
    return [(entry.by, entry.action, entry.subject) for entry in entries]


async def emptied(store: Store) -> None:
    await store.client.flushdb()


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_there_and_back(yibao: Terminal, tmp_path: Path) -> None:
    in_redis(tmp_path, fill)
    path = tmp_path / "b.jsonl.gz"
    done = yibao("backup", str(path))
    assert done.exit_code == 0, done.stderr
    assert "已备份 4 个键（内容 2，后台 1，家长 1）" in done.stdout
    assert "没有加密" in done.stdout
    assert "删除我的数据" in done.stdout
    assert path.stat().st_mode & 0o777 == 0o600
    head, *_, end = lines(path)
    assert (head["format"], head["version"], end["keys"]) == (1, "0.1.0", 4)
    assert ("命令行", "备份", path.name) in in_redis(tmp_path, audited)  # type: ignore[operator]

    refused = yibao("restore", str(path))
    assert refused.exit_code == 65
    assert "已经有数据：内容 2，后台 1，家长 1 个键，什么也没有写" in refused.stderr
    assert "--force" in refused.stderr

    in_redis(tmp_path, emptied)
    looked = yibao("restore", str(path), "--dry-run")
    assert looked.exit_code == 0
    assert "家长（parents）：1 个键" in looked.stdout
    assert in_redis(tmp_path, current) is None

    restored = yibao("restore", str(path))
    assert restored.exit_code == 0, restored.stderr
    assert "已恢复 4 个键" in restored.stdout
    assert in_redis(tmp_path, current) is not None
    assert in_redis(tmp_path, lambda store: store.client.get(SESSION)) == b'{"turns":3}'
    noted = in_redis(tmp_path, audited)
    assert isinstance(noted, list)
    assert noted[0] == ("命令行", "恢复备份", path.name)

    assert "不加 --force 会拒绝" in yibao("restore", str(path), "--dry-run").stdout
    assert yibao("restore", str(path), "--force").exit_code == 0


def test_only_what_was_asked_for(yibao: Terminal, tmp_path: Path) -> None:
    in_redis(tmp_path, fill)
    path = tmp_path / "b.jsonl.gz"
    done = yibao("backup", str(path), "--only", "content", "--only", "console")
    assert "没有加密" not in done.stdout
    assert SESSION.encode() not in gzip.decompress(path.read_bytes())
    missing = yibao("restore", str(path), "--only", "parents")
    assert missing.exit_code == 65
    assert "里面没有 parents，只有 content、console" in missing.stderr
    in_redis(tmp_path, emptied)
    assert "内容 2" in yibao("restore", str(path), "--only", "content").stdout
    # What is there of other parts is in nobody's way.
    assert yibao("restore", str(path), "--only", "console").exit_code == 0
    assert yibao("restore", str(path), "--only", "moon").exit_code == 2


def test_another_salt_keeps_parents_out(
    yibao: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_redis(tmp_path, fill)
    path = tmp_path / "b.jsonl.gz"
    yibao("backup", str(path))
    in_redis(tmp_path, emptied)
    monkeypatch.setenv("YIBAO_SALT", "another salt of this deployment")
    refused = yibao("restore", str(path))
    assert refused.exit_code == 65
    assert "YIBAO_SALT" in refused.stderr
    assert yibao("restore", str(path), "--only", "content").exit_code == 0


def test_a_damaged_file_writes_nothing(yibao: Terminal, tmp_path: Path) -> None:
    in_redis(tmp_path, fill)
    path = tmp_path / "b.jsonl.gz"
    yibao("backup", str(path))
    in_redis(tmp_path, emptied)
    path.write_bytes(path.read_bytes()[:-20])
    done = yibao("restore", str(path), "--force")
    assert done.exit_code == 65
    assert "文件不完整" in done.stderr
    assert "→" in done.stderr
    assert in_redis(tmp_path, lambda store: store.client.dbsize()) == 0
    assert "打不开" in yibao("restore", str(tmp_path / "none")).stderr


def test_redis_away_leaves_no_file(
    yibao: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_REDIS_URL", f"unix://{tmp_path}/none.sock")
    done = yibao("backup", str(tmp_path / "b.gz"))
    assert done.exit_code == 69
    assert "读到第 0 个键为止，没有留下文件" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_replicas_hear_of_the_restored_content(yibao: Terminal, tmp_path: Path) -> None:
    in_redis(tmp_path, fill)
    path = tmp_path / "b.jsonl.gz"
    yibao("backup", str(path), "--only", "content")
    in_redis(tmp_path, lambda store: publish(store, b"newer"))

    async def listen(store: Store) -> None:
        signals = Signals(store.client, CONTENT_CHANNEL)
        signals.start()
        with signals.expect(TOPIC) as event:
            await asyncio.sleep(0.2)
            done = await asyncio.to_thread(yibao, "restore", str(path), "--force")
            assert done.exit_code == 0, done.stderr
            async with asyncio.timeout(5):
                await event.wait()
        await signals.close()
        published = await current(store)
        assert published is not None
        assert published.revision == sha256(b"ours").hexdigest()

    in_redis(tmp_path, listen)
    names = in_redis(tmp_path, lambda store: store.client.keys("yb:{content}:archive:*"))
    assert len(names) == 1  # type: ignore[arg-type]
