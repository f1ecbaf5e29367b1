"""The Typer application; every command turns errors into Chinese and an exit code."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from app import bootstrap
from app.cli import (
    backup_commands,
    flow_commands,
    impact_command,
    lint_commands,
    operator_commands,
    preview_commands,
    review_commands,
    revision_commands,
    serve_commands,
    talk,
    wechat_commands,
    workbook_commands,
)
from app.cli import evaluate as evaluation
from app.cli.output import chinese_errors, err, print_line, write_rows, write_text
from app.cli.output import out as console_out
from app.content.conversations import load_conversations
from app.content.schema import check_schemas, write_schemas
from app.dialogue.assistant import Assistant
from app.impact.asking import readable
from app.settings import Settings, load_settings

app = typer.Typer(
    name="yibao",
    help="医保小助手：公众号后面的学生医保问答机器人。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(wechat_commands.menu_app, name="menu")
app.add_typer(flow_commands.app, name="flows")
revision_commands.register(app)
backup_commands.register(app)
app.add_typer(operator_commands.app, name="operator")
review_commands.register(app)
serve_commands.register(app)

AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        help="按这个时刻回答，例如 2025-12-16T10:00；不写就是现在。",
        formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", help="把每条结果写到这个文件。")]
FileArgument = Annotated[Path, typer.Argument(help="JSONL 文件，一行一个 JSON。")]


def open_assistant(settings: Settings) -> Assistant:
    """Load content and matchers, telling on stderr when that takes long."""
    return bootstrap.build_assistant(settings, lambda text: err.print(text, markup=False))


def moment(at: datetime | None, settings: Settings) -> datetime:
    """Return the moment to answer for."""
    return bootstrap.at_shanghai(at) if at else bootstrap.clock_of(settings)()


@app.command()
def prepare() -> None:
    """检查内容并提前学好说法，使服务启动更快（构建镜像时用）。"""
    with chinese_errors():
        bootstrap.prepare(load_settings(), lambda text: err.print(text, markup=False))


@app.command()
def chat(
    account: Annotated[str, typer.Option(help="账号：liuzhou 或 beijing。")],
    at: AtOption = None,
    trace: Annotated[bool, typer.Option("--trace", help="解释每一句是怎么理解的。")] = False,
) -> None:
    """在终端里像家长一样对话；空行或 Ctrl-D 结束。"""
    with chinese_errors():
        settings = load_settings()
        conversation = talk.Conversation(open_assistant(settings), account)
        interactive = sys.stdin.isatty()
        while True:
            if interactive:
                console_out.print("[bold]家长>[/] ", end="")
            line = sys.stdin.readline()
            if not line.strip():
                break
            turn = conversation.say(line.rstrip("\n"), moment(at, settings))
            print_line(readable(turn.text) or "（不回复）")
            if trace:
                for text in talk.trace_lines(turn):
                    console_out.print(text, style="dim", markup=False)
            console_out.print()


@app.command(name="eval")
def eval_(
    file: FileArgument,
    at: AtOption = None,
    out: OutOption = None,
    report: Annotated[Path | None, typer.Option("--report", help="另写一份 HTML 报告。")] = None,
) -> None:
    """跑一批问题并统计：答对、答错、反问、误答。"""
    with chinese_errors():
        settings = load_settings()
        rows = evaluation.read_rows(file, ("q", "region"))
        assistant = open_assistant(settings)
        results = list(
            track(
                evaluation.evaluate(assistant, rows, moment(at, settings)),
                total=len(rows),
                description="评测",
                console=err,
                transient=True,
            )
        )
        write_rows(results, out)
        if report is not None:
            from app.cli.eval_report import report as page

            write_text(report, page(results, f"评测 {file.name}"))
        for line in evaluation.lines_of(evaluation.summarise(results)):
            print_line(line)


@app.command()
def dialogues(file: FileArgument, at: AtOption = None, out: OutOption = None) -> None:
    """跑一批写好的对话，打印没通过的；有没通过的则以 1 退出。"""
    with chinese_errors():
        settings = load_settings()
        rows = evaluation.read_rows(file, ("id", "region", "turns"))
        assistant = open_assistant(settings)
        results = list(talk.run_dialogues(assistant, rows, moment(at, settings)))
        write_rows([result.row() for result in results], out)
        failed = [result for result in results if not result.passed]
        for result in failed:
            print_line(f"✗ {result.id}")
            for user, reply in zip(result.users, result.replies, strict=True):
                print_line(f"  家长：{user}\n  回复：{reply}")
            for failure in result.failures:
                print_line(f"  → {failure}")
        print_line(f"通过 {len(results) - len(failed)}/{len(results)}")
        if failed:
            raise typer.Exit(1)


@app.command()
def explain(
    question: Annotated[str, typer.Argument(help="家长的一句话。")],
    account: Annotated[str, typer.Option(help="账号：liuzhou 或 beijing。")],
    at: AtOption = None,
) -> None:
    """解释一句话是怎么理解的：证据、最像的说法、起决定作用的字词、怎么改。"""
    from app.cli import inspection

    with chinese_errors():
        settings = load_settings()
        assistant = open_assistant(settings)
        for line in inspection.explain(assistant, account, question, moment(at, settings)):
            print_line(line)


@app.command()
def confusable(
    account: Annotated[str, typer.Option(help="账号：liuzhou 或 beijing。")],
    margin: Annotated[float, typer.Option(help="领先不到这么多的都列出来。")] = 0.0,
) -> None:
    """列出容易被别的意图抢走的说法（假装没写过它，看模型会判给谁）。"""
    from app.cli import inspection

    with chinese_errors():
        assistant = open_assistant(load_settings())
        for line in inspection.confusables(assistant, account, margin):
            print_line(line)


@app.command()
def learned(
    account: Annotated[str, typer.Option("--account", help="账号：liuzhou 或 beijing。")],
    limit: Annotated[int, typer.Option("--limit", help="最多列出几条。", min=1)] = 50,
) -> None:
    """列出反问之后家长选了什么：常见的说法，供您加进内容。"""
    from app.cli import learned as learning

    with chinese_errors():
        settings = load_settings()
        for line in learning.proposals(settings, account, limit):
            print_line(line)


app.command()(lint_commands.lint)


@app.command()
def expiring(
    within: Annotated[str, typer.Option(help="多久以内，例如 60d 或 8w。")] = "60d",
    at: AtOption = None,
) -> None:
    """列出快到期和已过期的文件、日历里的日子。"""
    from app.cli.expiring import lines, parse_within

    with chinese_errors():
        settings = load_settings()
        span = parse_within(within)
        for line in lines(bootstrap.load(settings), moment(at, settings), span):
            print_line(line)


app.command()(impact_command.impact)
app.command()(preview_commands.preview)
app.command()(preview_commands.diff)
app.command()(wechat_commands.qrcode)
app.command()(wechat_commands.doctor)
app.command()(workbook_commands.export)
app.command(name="import")(workbook_commands.import_)


@app.command()
def schema(
    check: Annotated[bool, typer.Option("--check", help="只检查是否最新，不写文件。")] = False,
) -> None:
    """生成内容文件的 JSON Schema，编辑器据此补全和提示。"""
    with chinese_errors():
        root = bootstrap.content_root(load_settings())
        if not check:
            write_schemas(root)
            return
        stale = check_schemas(root)
        if stale:
            err.print("需要重新生成（yibao schema）：" + "、".join(map(str, stale)), markup=False)
            raise typer.Exit(1)


@app.command(name="test")
def test_() -> None:
    """跑内容自带的测试：各意图的测试句、各流程的 tests、tests/conversations 里的对话。"""
    from app.cli.content_tests import run_all

    with chinese_errors():
        settings = load_settings()
        conversations = load_conversations(bootstrap.content_root(settings))
        lines, passed = run_all(open_assistant(settings), conversations, moment(None, settings))
        for line in lines:
            print_line(line)
        if not passed:
            raise typer.Exit(1)
