"""`yibao backup` and `yibao restore`: what is in Redis as a file, and back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn

from app import __version__, bootstrap
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, err, print_line
from app.errors import BackupError, StateUnavailableError
from app.publishing.revisions import TOPIC
from app.runtime import aclosing_store
from app.settings import Settings, load_settings
from app.state.audit import AuditLog
from app.state.backup_archive import BackupReader, BackupWriter, Checked, open_backup
from app.state.backup_file import Header
from app.state.backup_parts import Part
from app.state.dumping import Dump, by_part
from app.state.keys import AUDIT_KEY, CONTENT_CHANNEL
from app.state.restoring import Restoring, Terms, existing
from app.state.store import Store, store_errors

_BY = "命令行"
_PERSONAL = (
    "里面有家长的会话、打码后的问题，可能还有 OpenID；权限是 0600，没有加密。"
    "只放在别人读不到的地方，到期删除：家长说“删除我的数据”删不到备份里的。"
)

OnlyOption = Annotated[
    list[Part] | None,
    typer.Option("--only", help="只要这一部分，可以写几次；不写就是全部。"),
]


def backup(
    file: Annotated[Path, typer.Argument(help="写到哪个文件，例如 yibao-2026-01-15.jsonl.gz。")],
    only: OnlyOption = None,
) -> None:
    """把 Redis 里的内容修订、后台账号、家长会话备份成一个文件；服务照常运行。"""
    with _errors():
        parts = _chosen(only)
        asyncio.run(_backup(load_settings(), file, parts))
        if Part.PARENTS in parts:
            print_line(_PERSONAL)


def restore(
    file: Annotated[Path, typer.Argument(help="yibao backup 写的文件。")],
    only: OnlyOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Redis 里已经有数据也恢复，同名的键换成备份里的。")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只检查文件，说会做什么，什么也不写。")
    ] = False,
) -> None:
    """先检查整个备份文件，再写进 Redis；过期的不恢复，正在运行的副本随即用上恢复的内容。"""
    with _errors(), open_backup(file) as reader:
        asyncio.run(_restore(load_settings(), reader, file, only, force=force, dry_run=dry_run))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (backup, restore):
        app.command()(command)


@contextmanager
def _errors() -> Iterator[None]:
    with chinese_errors():
        try:
            yield
        except BackupError as error:
            raise InputError(str(error)) from error


def _chosen(only: list[Part] | None) -> tuple[Part, ...]:
    return tuple(part for part in Part if not only or part in only)


def _now_ms() -> int:
    """Return the real time, also where YIBAO_NOW says another one: Redis lets keys expire by it."""
    return int(time.time() * 1000)  # noqa: TID251 - compared with times to live in Redis


def _salt(settings: Settings) -> str:
    """Return what tells whether two deployments have the same salt."""
    salt = settings.salt.get_secret_value().encode()
    return hmac.new(salt, b"yibao backup", hashlib.sha256).hexdigest()[:16]


@contextmanager
def _progress(total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}")) if total is None else ()
    with Progress(*(columns or Progress.get_default_columns()), console=err, transient=True) as bar:
        yield bar, bar.add_task("备份" if total is None else "恢复", total=total)


async def _backup(settings: Settings, file: Path, parts: tuple[Part, ...]) -> None:
    clock = bootstrap.clock_of(settings)
    header = Header(__version__, clock(), parts, _salt(settings))
    async with aclosing_store(settings) as store:
        dump = Dump(store, parts, _now_ms)
        with BackupWriter(file, header) as writer, _progress(None) as (bar, task):
            try:
                async for record in dump.records():
                    writer.add(record)
                    bar.update(task, description=f"备份：{writer.counts.total()} 个键")
            except StateUnavailableError as error:
                raise StateUnavailableError(
                    f"{error}。读到第 {writer.counts.total()} 个键为止，没有留下文件"
                    " → 等 Redis 恢复后再运行一次"
                ) from error
        await _noted(store, settings, "备份", file, parts)
    print_line(
        f"已备份 {writer.counts.total()} 个键（{by_part(writer.counts) or '什么也没有'}）"
        f"到 {file}。"
    )
    if dump.unknown:
        print_line(f"注意：有 {dump.unknown} 个 yb: 开头的键这个版本不认识，没有备份。")
    if dump.without_files:
        print_line(f"注意：有 {dump.without_files} 次发布的文件已不在 Redis 里，没有备份。")


async def _restore(
    settings: Settings,
    reader: BackupReader,
    file: Path,
    only: list[Part] | None,
    *,
    force: bool,
    dry_run: bool,
) -> None:
    checked, parts = _checked(settings, reader, file, only)
    async with aclosing_store(settings) as store:
        there = await existing(store, parts)
        if there.counts:
            refusal = f"Redis 里已经有数据：{by_part(there.counts)} 个键"
            if not force and not dry_run:
                raise BackupError(f"{refusal}，什么也没有写 → 确认要换掉同名的键，再加 --force")
            print_line(f"{refusal}，{'同名的换成备份里的' if force else '不加 --force 会拒绝'}。")
        if dry_run:
            print_line("只是检查（--dry-run），什么也没有写。")
            return
        terms = Terms(frozenset(parts), _now_ms, settings.journal_days)
        restoring = Restoring(store, terms)
        with _progress(sum(checked.counts[part] for part in parts)) as (bar, task):
            await restoring.write(reader.records(), lambda done: bar.update(task, completed=done))
        if restoring.written[Part.CONTENT]:
            await restoring.drop_archives(there.archives)
            with store_errors():
                await store.client.publish(CONTENT_CHANNEL, TOPIC)
        await _noted(store, settings, "恢复备份", file, parts)
    print_line(
        f"已恢复 {restoring.written.total()} 个键（{by_part(restoring.written) or '什么也没有'}），"
        f"{restoring.overdue} 个已过期，没有恢复。"
    )
    if Part.PARENTS in parts:
        print_line("备份之后说过“删除我的数据”的家长，那份数据又回来了：见 docs/security.md。")


def _checked(
    settings: Settings, reader: BackupReader, file: Path, only: list[Part] | None
) -> tuple[Checked, tuple[Part, ...]]:
    """Check the whole file and tell about it; return the parts that are to be restored."""
    checked = reader.check(_now_ms())
    parts = _parts_of(checked, only, file)
    if Part.PARENTS in parts and checked.header.salt != _salt(settings):
        raise BackupError(
            f"{file}：备份时的 YIBAO_SALT 和现在的不一样，家长的会话接不上，也再删不掉"
            " → 用原来的盐，或加 --only content --only console"
        )
    for line in _lines(checked, parts):
        print_line(line)
    return checked, parts


def _parts_of(checked: Checked, only: list[Part] | None, file: Path) -> tuple[Part, ...]:
    missing = [part.value for part in only or () if part not in checked.header.parts]
    if missing:
        has = "、".join(part.value for part in checked.header.parts)
        raise BackupError(f"{file}：里面没有 {'、'.join(missing)}，只有 {has} → 改 --only")
    return tuple(part for part in _chosen(only) if part in checked.header.parts)


def _lines(checked: Checked, parts: tuple[Part, ...]) -> Iterator[str]:
    header = checked.header
    yield f"备份完好：{header.at:%Y-%m-%d %H:%M} 由 yibao {header.version} 写成。"
    for part in parts:
        count, expired = checked.counts[part], checked.expired[part]
        yield f"{part.label}（{part.value}）：{count} 个键，其中 {expired} 个已过期，不恢复。"


async def _noted(
    store: Store, settings: Settings, action: str, file: Path, parts: tuple[Part, ...]
) -> None:
    """Note it where there is an audit log; it is not begun for this."""
    with store_errors():
        if not await store.client.exists(AUDIT_KEY):
            return
    audit = AuditLog(store, bootstrap.clock_of(settings))
    await audit.note(_BY, action, file.name, "、".join(part.label for part in parts))
