"""`yibao inbox` and `yibao report`: what parents asked in vain, and the numbers of a period."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app import bootstrap
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, err, print_line
from app.cli.workbook_commands import needs_spreadsheets
from app.domain.content import Catalog
from app.domain.journal import TO_REVIEW, DayStatistics, JournalEntry
from app.matching.embedding import EmbedAll
from app.review.clusters import Cluster, cluster
from app.review.proposals import Kind, Proposal, propose
from app.review.report import Report, make_report
from app.review.report_html import html_page
from app.review.wording import KINDS, REASONS
from app.settings import Settings, load_settings
from app.state.embedded import open_store
from app.state.journal import Journal
from app.state.keys import JOURNAL_CAP
from app.state.statistics import Statistics
from app.state.store import Store

T = TypeVar("T")
_READ = 5000
_WORDINGS = 4
_MAX_DAYS = 800

AccountOption = Annotated[str, typer.Option("--account", help="只看这个账号；不写就是全部。")]


class Format(StrEnum):
    """What a report can be written as."""

    XLSX = "xlsx"
    HTML = "html"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(inbox)
    app.command()(report)


def inbox(
    account: AccountOption = "",
    limit: Annotated[int, typer.Option(help="最多列几类。")] = 20,
) -> None:
    """列出没答好的问题：按意思归类、问得多的在前，并建议怎么处理。"""
    with chinese_errors():
        settings = load_settings()
        accounts = _accounts(bootstrap.load(settings), account)
        evidence = bootstrap.evidence_of(settings)
        embed = bootstrap.embed_all_of(evidence)
        found = clusters_of(settings, accounts, embed)[:limit]
        if not found:
            print_line("没有待处理的问题：家长问的都答上了，或者还没有家长来问过。")
            return
        announce = partial(err.print, markup=False)
        assistant = bootstrap.build_assistant(settings, announce, evidence)
        for number, one in enumerate(found, 1):
            for line in lines(number, one, propose(one, assistant), assistant.catalog):
                print_line(line)


def report(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="第一天，例如 2025-10-01。")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="最后一天，例如 2025-12-31。")
    ],
    out: Annotated[Path, typer.Option("--out", help="写到这个文件。")],
    form: Annotated[Format, typer.Option("--format", help="xlsx 或 html。")] = Format.XLSX,
    account: AccountOption = "",
) -> None:
    """统计一段时间：话题、解决率、没答上的前 50、时段、转人工；没有任何身份信息。"""
    with chinese_errors():
        settings = load_settings()
        catalog = bootstrap.load(settings)
        accounts = _accounts(catalog, account)
        period = (first.date(), last.date())
        if not 0 <= (period[1] - period[0]).days < _MAX_DAYS:
            raise InputError(f"--from 要在 --to 之前，最多 {_MAX_DAYS} 天")
        days, entries = counted(settings, accounts, period)
        made = make_report(catalog, accounts, days, entries, period, bootstrap.clock_of(settings)())
        _write(out, html_page(made).encode() if form is Format.HTML else _sheets(made))
        print_line(f"已写到 {out}。" + ("这段时间没有数据。" if made.is_empty else ""))


def _sheets(made: Report) -> bytes:
    with needs_spreadsheets():
        from app.review.report_sheet import workbook_bytes

        return workbook_bytes(made)


def clusters_of(
    settings: Settings, accounts: tuple[str, ...], embed: EmbedAll | None = None
) -> tuple[Cluster, ...]:
    """Return the groups of questions that nobody has dealt with yet.

    Raises:
        StateUnavailableError: Redis does not answer, or the private one cannot be started.
    """

    async def read(store: Store) -> tuple[Cluster, ...]:
        journal = Journal(store)
        entries: list[JournalEntry] = []
        handled: frozenset[str] = frozenset()
        for account in accounts:
            entries += await journal.recent(account, _READ, TO_REVIEW)
            handled |= await journal.handled(account)
        return cluster(entries, handled, embed)

    return _with_store(settings, read)


def counted(
    settings: Settings, accounts: tuple[str, ...], period: tuple[date, date]
) -> tuple[list[DayStatistics], list[JournalEntry]]:
    """Return a period's counters, and all questions that are kept.

    Raises:
        StateUnavailableError: Redis does not answer, or the private one cannot be started.
    """

    async def read(store: Store) -> tuple[list[DayStatistics], list[JournalEntry]]:
        days: list[DayStatistics] = []
        entries: list[JournalEntry] = []
        for account in accounts:
            days += await Statistics(store).days(account, *period)
            entries += await Journal(store).recent(account, JOURNAL_CAP)
        return days, entries

    return _with_store(settings, read)


def lines(number: int, found: Cluster, proposal: Proposal, catalog: Catalog) -> list[str]:
    """Return the lines that show one group."""
    names = "、".join(catalog.accounts[a].name for a in found.accounts if a in catalog.accounts)
    why = "、".join(REASONS[reason] for reason in found.reasons)
    shown = [f"{number}. {found.count} 次 “{found.representative}”（{names}；{why}）"]
    if len(found.wordings) > 1:
        others = "”、“".join(found.wordings[1 : 1 + _WORDINGS])
        more = f" 等 {len(found.wordings)} 种" if len(found.wordings) > 1 + _WORDINGS else ""
        shown.append(f"   还说成“{others}”{more}")
    advice = KINDS[proposal.kind]
    if proposal.intent is not None:
        title = catalog.intents[proposal.intent].title
        verb = "加到" if proposal.kind is Kind.ADD else "不归我们管："
        advice = f"{verb}“{title}”（intents/{proposal.intent}.yml）"
    shown.append(f"   建议：{advice}，把握 {proposal.confidence:.0%}")
    return shown


def _accounts(catalog: Catalog, account: str) -> tuple[str, ...]:
    if account and account not in catalog.accounts:
        raise InputError(f"没有账号 {account}；有：{'、'.join(catalog.accounts)}")
    return (account,) if account else tuple(catalog.accounts)


def _with_store(settings: Settings, read: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        url = settings.redis_url.get_secret_value() if settings.redis_url else None
        store = await open_store(url, settings.var_dir)
        try:
            return await read(store)
        finally:
            await store.close()

    return asyncio.run(run())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"写不了 {path}：{error.strerror}") from error
