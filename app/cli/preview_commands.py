"""`yibao preview` and `yibao diff`: every answer as of a date, and what two dates change."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app import bootstrap
from app.cli.impact_command import AT_FORMATS, Format, OutOption
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, out, write_text
from app.content.problems import did_you_mean
from app.domain.content import Catalog
from app.impact.answer_changes import compare_answers
from app.impact.answers import AnswerText, answers_at
from app.impact.html_report import difference_page, preview_page
from app.impact.preview import lines_of
from app.impact.text_report import answer_lines
from app.settings import load_settings

_Account = Annotated[list[str] | None, typer.Option("--account", help="只看这个公众号；可写几个。")]
_Intent = Annotated[
    list[str] | None, typer.Option("--intent", help="只看这个意图或流程；可写几个。")
]
_Form = Annotated[Format, typer.Option("--format", help="写成什么。")]
_TWO = 2


def preview(
    at: Annotated[
        datetime | None,
        typer.Option("--at", help="哪个时刻，例如 2027-01-01；不写就是现在。", formats=AT_FORMATS),
    ] = None,
    account: _Account = None,
    intent: _Intent = None,
    form: _Form = Format.TEXT,
    out_file: OutOption = None,
) -> None:
    """看某一天的全部回答：过期提示、日期结论、正文、依据，和家长看到的一样。"""
    with chinese_errors():
        settings = load_settings()
        catalog = bootstrap.load(settings)
        now = bootstrap.at_shanghai(at) if at else bootstrap.clock_of(settings)()
        found = _answers(catalog, now, account or (), intent or ())
        title = f"{now:%Y-%m-%d %H:%M} 的回答"
        match form:
            case Format.JSON:
                _write([_json({"at": now.isoformat(), "answers": map(asdict, found)})], out_file)
            case Format.HTML:
                _write([preview_page(found, title)], out_file)
            case Format.TEXT:
                _write([title, *lines_of(found)], out_file)


def diff(
    at: Annotated[
        list[datetime], typer.Option("--at", help="写两次：--at A --at B。", formats=AT_FORMATS)
    ],
    account: _Account = None,
    intent: _Intent = None,
    form: _Form = Format.TEXT,
    out_file: OutOption = None,
) -> None:
    """比较两个时刻：同一份内容，哪些回答不一样。"""
    with chinese_errors():
        if len(at) != _TWO:
            raise InputError(f"要写两个时刻：--at 2026-02-20 --at 2026-03-01；现在有 {len(at)} 个")
        catalog = bootstrap.load(load_settings())
        first, second = (bootstrap.at_shanghai(moment) for moment in at)
        before, after = (
            _answers(catalog, moment, account or (), intent or ()) for moment in (first, second)
        )
        changes = compare_answers(before, after)
        title = f"{first:%Y-%m-%d %H:%M} 与 {second:%Y-%m-%d %H:%M} 的回答"
        match form:
            case Format.JSON:
                moments = {"from": first.isoformat(), "to": second.isoformat()}
                _write([_json({**moments, "answers": map(asdict, changes)})], out_file)
            case Format.HTML:
                _write([difference_page(changes, title)], out_file)
            case Format.TEXT:
                summary = f"{title}：{len(changes)} 处不同" if changes else f"{title}没有差别。"
                _write([summary, *answer_lines(changes)], out_file)


def _answers(
    catalog: Catalog, at: datetime, accounts: Collection[str], intents: Collection[str]
) -> tuple[AnswerText, ...]:
    """Return the answers that are asked for.

    Raises:
        InputError: There is no such account, intent or flow.
    """
    for name in accounts:
        if name not in catalog.accounts:
            raise InputError(f"没有账号 {name}；有：{'、'.join(catalog.accounts)}")
    known = [*catalog.intents, *catalog.flows]
    for name in intents:
        if name not in known:
            raise InputError(f"没有意图或流程 {name}{did_you_mean(name, known)}")
    return answers_at(catalog, at, accounts, intents)


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=list)


def _write(lines: Iterable[str], path: Path | None) -> None:
    text = "\n".join(lines)
    if path is not None:
        write_text(path, f"{text}\n")
    elif out.is_terminal:
        with out.pager():
            out.print(text, markup=False)
    else:
        out.print(text, markup=False)
