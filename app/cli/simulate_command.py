"""`yibao simulate`: its options and what it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli import commands, simulating
from app.settings import load_settings


@commands.app.command()
def simulate(
    messages: Annotated[int, typer.Option(min=1, help="一共发多少条消息。")] = 1000,
    users: Annotated[int, typer.Option(min=1, help="多少位家长同时在发。")] = 60,
    faults: Annotated[float, typer.Option(min=0, max=1, help="多大比例的消息出故障。")] = 0.05,
    replicas: Annotated[int, typer.Option(min=1, help="启动几个副本。")] = 2,
    kill_redis: Annotated[bool, typer.Option("--kill-redis", help="中途杀一次 Redis。")] = False,
    kill_replica: Annotated[bool, typer.Option("--kill-replica", help="中途杀一个副本。")] = False,
    mode: Annotated[str, typer.Option(help="mix、plain、compatible 或 safe。")] = "mix",
    seed: Annotated[int, typer.Option(help="随机数种子。")] = 1,
    questions: Annotated[
        Path | None, typer.Option(help="JSON：账号 → [[问题, 答案里必有的字], …]。")
    ] = None,
    url: Annotated[
        list[str] | None, typer.Option(help="已在运行的副本（sandbox），可写多次；不写就自己启动。")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="把数字写到这个文件。")] = None,
) -> None:
    """模拟微信平台，用许多家长和各种故障检验投递：不丢、不重、不出故障提示。"""
    err = Console(stderr=True, highlight=False, soft_wrap=True)
    with commands.chinese_errors():
        plan = simulating.Plan(
            messages=messages,
            users=users,
            faults=faults,
            replicas=replicas,
            kill_redis=kill_redis,
            kill_replica=kill_replica,
            mode=mode,
            seed=seed,
            questions=simulating.read_questions(questions),
            urls=tuple(url or ()),
        )
        outcome = simulating.simulate(
            load_settings(),
            plan,
            lambda text: err.print(text, markup=False),
        )
        if json_file is not None:
            commands.write_text(
                json_file, json.dumps(outcome["report"], ensure_ascii=False, indent=2) + "\n"
            )
        out = Console(highlight=False, soft_wrap=True)
        for line in outcome["lines"]:
            out.print(line, markup=False)
        if not outcome["report"]["passed"]:
            raise typer.Exit(1)
