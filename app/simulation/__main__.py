"""`python -m app.simulation`: read a spec on standard input, run, report on standard output.

One JSON object a line comes out: `{"api": url}` once the API listens, `{"sent": n}` now and
then, and `{"report": {...}, "lines": [...]}` at the end. With `"messages": 0` only the API is
served, until standard input closes. While it runs it is told on standard input, a line each, that
the replicas' store `goes` or `is back`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from random import Random
from typing import Any

import uvicorn

from app.simulation.api import Api
from app.simulation.api_rules import CustomMessage
from app.simulation.delivery import Line
from app.simulation.envelope import Account
from app.simulation.pushes import Push
from app.simulation.report import report_of
from app.simulation.tally import Tally
from app.simulation.users import QUESTIONS, Crowd, Question

_WATCH_S = 0.25
_LINES_BYTES = 4096
_SETTLE_S = 7.0
"""For customer-service messages that follow the last reply."""


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _now() -> float:
    return time.time()  # noqa: TID251 - WeChat signs with the real clock


async def run(spec: dict[str, Any]) -> None:
    """Run what the spec asks for; see `app.cli.simulating` for its keys."""
    accounts = [Account(**account) for account in spec["accounts"]]
    tally = Tally()

    def on_message(message: CustomMessage) -> None:
        tally.pushed(message.user, message.text)

    api = Api(accounts, _now, on_message)
    server = uvicorn.Server(
        uvicorn.Config(api.app(), port=spec.get("api_port", 0), log_level="error", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    _say({"api": f"http://127.0.0.1:{port}"})
    if spec["messages"]:
        await _simulate(spec, accounts, api, tally)
    else:
        await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


async def _simulate(spec: dict[str, Any], accounts: list[Account], api: Api, tally: Tally) -> None:
    rng = Random(spec["seed"])
    lines, crowds = [], []
    for account in accounts:

        def heard(push: Push, app_id: str = account.app_id) -> None:
            api.rules[app_id].note(push.user, push.trigger)

        urls = [f"{url.rstrip('/')}/wechat/{account.id}" for url in spec["urls"]]
        line = Line(account, urls, Random(rng.random()), _now, mode=spec["mode"], heard=heard)
        pairs = spec["questions"].get(account.id)
        questions = [Question(*pair) for pair in pairs] if pairs else QUESTIONS
        crowd = Crowd(line, tally, questions, spec["faults"], Random(rng.random()))
        lines.append(line)
        crowds.append(crowd)
    began = time.perf_counter()
    watching = asyncio.create_task(_watch(tally))
    with suppress(PermissionError):  # a file tells nothing more
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _listen, tally)
    share, rest = divmod(spec["messages"], spec["users"])
    await asyncio.gather(
        *(
            crowds[n % len(crowds)].live(f"oSim{spec['seed']}-{n}", share + (n < rest))
            for n in range(spec["users"])
        )
    )
    if tally.open_questions():
        await asyncio.sleep(_SETTLE_S)
    for asked in tally.open_questions():
        number = int(asked.push.user.rpartition("-")[2])
        await crowds[number % len(crowds)].ask_again(asked)
    watching.cancel()
    report = report_of(tally, lines, time.perf_counter() - began)
    _say({"report": report.as_json(), "lines": report.lines()})


async def _watch(tally: Tally) -> None:
    """Tell the progress, so that whoever started this can kill something in the middle."""
    while True:
        await asyncio.sleep(_WATCH_S)
        _say({"sent": sum(tally.kinds.values())})


def _listen(tally: Tally) -> None:
    """Note what happens to the store."""
    told = os.read(sys.stdin.fileno(), _LINES_BYTES)
    if not told:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    for line in told.decode().splitlines():
        if line == "goes":
            tally.store_goes()
        elif line == "is back":
            tally.store_is_back(time.monotonic())


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.stdin.readline())))
