"""`yibao flows`: what flows there are, and their drawings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import bootstrap
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, print_line, write_text
from app.content.problems import did_you_mean
from app.domain.content import Catalog
from app.domain.flows import Flow
from app.domain.names import FlowId
from app.flows.graph import mermaid
from app.settings import load_settings

app = typer.Typer(help="流程：列出来，画成图。", no_args_is_help=True)


@app.command(name="list")
def list_() -> None:
    """列出所有流程：名称、地区、由什么启动、有几个问题和几种结果。"""
    with chinese_errors():
        catalog = bootstrap.load(load_settings())
        for flow in catalog.flows.values():
            print_line(f"{flow.id}　{flow.title}（{flow.file}）")
            for region, part in flow.regions.items():
                own = {row.origin for row in part.decide}
                print_line(
                    f"  {region}：{len(part.own_slots)} 个问题，{len(own)} 种结果，"
                    f"{_starter(catalog, flow)}"
                )


@app.command()
def graph(
    flow: Annotated[str, typer.Argument(help="流程的名称；不写就是全部。")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="写到这个文件；.md 里每张图是一个代码块。")
    ] = None,
) -> None:
    """把流程画成 Mermaid 流程图（文本），每个地区一张。"""
    with chinese_errors():
        catalog = bootstrap.load(load_settings())
        if flow and flow not in catalog.flows:
            raise InputError(f"没有流程 {flow}{did_you_mean(flow, catalog.flows)}")
        chosen = [catalog.flows[FlowId(flow)]] if flow else list(catalog.flows.values())
        fenced = out is not None and out.suffix == ".md"
        text = "\n".join(drawing for one in chosen for drawing in _drawings(catalog, one, fenced))
        if out is None:
            print_line(text.rstrip("\n"))
        else:
            write_text(out, text)


def _drawings(catalog: Catalog, flow: Flow, fenced: bool) -> list[str]:
    names = {account.region: account.name for account in catalog.accounts.values()}
    drawings = []
    for region, part in flow.regions.items():
        title = f"{flow.title}（{names.get(region, region)}）"
        text = mermaid(title, part)
        if fenced:
            drawings.append(f"## {flow.id} · {title}\n\n```mermaid\n{text}```\n")
        else:
            drawings.append(f"%% {flow.id} {region}\n{text}")
    return drawings


def _starter(catalog: Catalog, flow: Flow) -> str:
    topics = [i.id for i in catalog.intents.values() if i.flow == flow.id]
    ways = [f"意图 {topic}" for topic in topics]
    if flow.starts:
        ways.append(f"{len(flow.starts)} 种说法")
    return "由" + "、".join(ways) + "启动"
