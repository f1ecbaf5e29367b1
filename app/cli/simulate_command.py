"""`yibao simulate`: its options and what it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.cli import commands, simulating
from app.cli.output import chinese_errors, write_text
from app.settings import load_settings

_Messages = Annotated[int, typer.Option(min=1, help="一共发多少条消息。")]
_Users = Annotated[int, typer.Option(min=1, help="多少位家长同时在发。")]
_Faults = Annotated[float, typer.Option(min=0, max=1, help="多大比例的消息出故障。")]
_Replicas = Annotated[int, typer.Option(min=1, help="启动几个副本。")]
_KillRedis = Annotated[bool, typer.Option("--kill-redis", help="中途杀一次 Redis。")]
_KillReplica = Annotated[bool, typer.Option("--kill-replica", help="中途杀一个副本。")]
_Mode = Annotated[str, typer.Option(help="mix、plain、compatible 或 safe。")]
_Seed = Annotated[int, typer.Option(help="随机数种子。")]
_Questions = Annotated[Path | None, typer.Option(help="JSON：账号 → [[问题, 答案里必有的字], …]。")]
_Url = Annotated[
    list[str] | None, typer.Option(help="已在运行的副本（sandbox），可写多次；不写就自己启动。")
]
_Json = Annotated[Path | None, typer.Option("--json", help="把数字写到这个文件。")]
_Document = Annotated[
    Path | None, typer.Option(help="把结果写进文件里 simulate:begin 和 simulate:end 之间。")
]


@commands.app.command()
def simulate(
    messages: _Messages = 1000,
    users: _Users = 20,
    faults: _Faults = 0.05,
    replicas: _Replicas = 2,
    kill_redis: _KillRedis = False,
    kill_replica: _KillReplica = False,
    mode: _Mode = "mix",
    seed: _Seed = 1,
    questions: _Questions = None,
    url: _Url = None,
    json_file: _Json = None,
    document: _Document = None,
) -> None:
    """模拟微信平台，用许多家长和各种故障检验投递：不丢、不重、不出故障提示。"""
    err = Console(stderr=True, highlight=False, soft_wrap=True)
    with chinese_errors():
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
            load_settings(), plan, lambda text: err.print(text, markup=False)
        )
        _tell(outcome, json_file, document)


def _tell(outcome: dict[str, Any], json_file: Path | None, document: Path | None) -> None:
    """Print the report, write it where asked for, and leave with 1 where it did not pass."""
    report, lines = outcome["report"], outcome["lines"]
    if json_file is not None:
        numbers = json.dumps(report, ensure_ascii=False, indent=2)
        write_text(json_file, numbers + "\n")
    if document is not None:
        simulating.write_into(document, lines)
    out = Console(highlight=False, soft_wrap=True)
    for line in lines:
        out.print(line, markup=False)
    if not report["passed"]:
        raise typer.Exit(1)
