"""Run by tests as a process of its own: `python -m tests.state.other_process VAR_DIR MODE N`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from app.state.embedded import open_store
from app.state.keys import Keyspace
from app.state.sessions import Conversations

WHO = ("liuzhou", "oParent")
SALT = "salt of the tests"


def say(line: str) -> None:
    """Tell the test, which reads standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def take_turns(var_dir: Path, mode: str, count: int) -> None:
    """`turns`: take turns and end. `stay`: take turns, say so, and stay."""
    say("starting")
    store = await open_store(None, var_dir)
    conversations = Conversations(store, Keyspace(SALT))
    for _ in range(count):
        async with conversations.open(*WHO) as turn:
            await turn.save(replace(turn.session, turns=turn.session.turns + 1))
    info = await store.client.info("server")
    say(str(info["process_id"]))
    if mode == "stay":
        await asyncio.sleep(60)
    await store.close()


if __name__ == "__main__":
    asyncio.run(take_turns(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
