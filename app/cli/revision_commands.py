"""`yibao revisions`, `publish`, `rollback`: which content is live, and how to change that."""

from __future__ import annotations

import asyncio
import getpass
import shutil
from pathlib import Path
from typing import Annotated

import typer

from app import bootstrap
from app.cli.input_error import InputError
from app.cli.output import chinese_errors, err, print_line
from app.content.files import revision_of
from app.errors import PublishingError
from app.metrics import Metrics
from app.publishing.archive import pack, read_archive
from app.publishing.loading import Means
from app.publishing.mirror import write_back
from app.publishing.revisions import Origin, Published, Revisions
from app.runtime import aclosing_store, open_means
from app.settings import Settings, load_settings
from app.state.keys import CONTENT_CHANNEL
from app.state.signals import Signals
from app.state.store import Store
from app.workshop import ContentWorkshop

_SHOWN = 12
"""Characters of a revision, as everywhere."""

ByOption = Annotated[str, typer.Option("--by", help="谁发布的；不写就是系统用户名。")]


def revisions() -> None:
    """列出发布过的内容修订：第几号、什么时候、谁、为什么，最新的在最前。"""
    with chinese_errors():
        for line in lines(asyncio.run(_history(load_settings()))):
            print_line(line)


def publish(
    reason: Annotated[str, typer.Option("--reason", help="为什么改，记在修订里。")] = "",
    by: ByOption = "",
) -> None:
    """检查内容目录里的文件，学好说法，发布成新的修订；各副本几秒内就用上。"""
    with chinese_errors():
        settings = load_settings()
        done = asyncio.run(_publish(settings, by or _user(), reason or "命令行发布"))
        if done is None:
            print_line("内容和正在使用的修订一样，没有发布。")
        else:
            print_line(f"已发布第 {done.number} 号修订（{done.revision[:_SHOWN]}）。")


def rollback(
    which: Annotated[str, typer.Argument(help="第几号，或修订的前几个字符（yibao revisions）。")],
    reason: Annotated[str, typer.Option("--reason", help="为什么退回，记在修订里。")],
    by: ByOption = "",
) -> None:
    """退回以前的修订：把它重新发布一次；中间的修订都还在，可以再退回来。"""
    with chinese_errors():
        done = asyncio.run(_rollback(load_settings(), which, by or _user(), reason))
        print_line(f"已退回：第 {done.number} 号修订（{done.revision[:_SHOWN]}）。")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (revisions, publish, rollback):
        app.command()(command)


def lines(history: tuple[Published, ...]) -> list[str]:
    """Return the history as lines, newest first."""
    if not history:
        return ["还没有发布过内容；启动服务或运行 yibao publish 就会发布。"]
    kinds: dict[Origin, str] = {
        "files": "文件",
        "console": "后台",
        "rollback": "退回",
        "cli": "命令行",
    }
    return [
        f"{'→' if place == 0 else ' '} {entry.number}　{entry.revision[:_SHOWN]}　"
        f"{entry.at:%Y-%m-%d %H:%M}　{kinds.get(entry.origin, entry.origin)}　{entry.by}　"
        f"{entry.reason}"
        for place, entry in enumerate(history)
    ]


def chosen(history: tuple[Published, ...], which: str) -> Published:
    """Return the entry with this number, or whose revision begins so; the newest of several.

    Raises:
        InputError: There is none, or it is ambiguous.
    """
    if which.isdigit():
        found = [entry for entry in history if entry.number == int(which)]
        if found:
            return found[0]
    found = [entry for entry in history if len(which) >= 4 and entry.revision.startswith(which)]
    if not found:
        raise InputError(f"没有修订 {which}；yibao revisions 列出能退回的（最近 20 次）")
    if len({entry.revision for entry in found}) > 1:
        raise InputError(f"{which} 对得上几个修订，请多写几个字符")
    return found[0]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "命令行"


async def _history(settings: Settings) -> tuple[Published, ...]:
    async with aclosing_store(settings) as store:
        return await Revisions(store).history()


def _means(settings: Settings, store: Store) -> Means:
    evidence = bootstrap.evidence_of(settings)
    workshop = ContentWorkshop(settings, evidence)
    signals = Signals(store.client, CONTENT_CHANNEL)
    return open_means(settings, store, signals, workshop, Metrics().reloads)


async def _publish(settings: Settings, by: str, reason: str) -> Published | None:
    async with aclosing_store(settings) as store:
        means = _means(settings, store)
        current = await means.revisions.current()
        try:
            data = pack(bootstrap.content_root(settings))
            # A copy: what is checked and learned is what goes live, whoever edits meanwhile.
            copy = means.shelf.candidate(data)
        except OSError as error:
            raise PublishingError(f"内容目录读不了，或磁盘写不进：{error.strerror}") from error
        try:
            revision = revision_of(copy)
            if current is not None and current.revision == revision:
                return None
            await _learned(settings, means, copy)
        finally:
            shutil.rmtree(copy, ignore_errors=True)
        return await means.revisions.publish(
            data,
            revision,
            by=by,
            reason=reason,
            at=bootstrap.clock_of(settings)(),
            origin="cli",
            expected_current=current.revision if current else None,
        )


async def _learned(settings: Settings, means: Means, folder: Path) -> None:
    """Check and learn a folder here, and give the matchers to the replicas."""
    catalog = means.workshop.catalog(folder)
    bootstrap.prepare(
        settings.model_copy(update={"content_dir": folder}),
        lambda text: err.print(text, markup=False),
    )
    files = means.workshop.matcher_files(catalog)
    if all(file.exists() for file in files):
        await means.matchers.put(files)


async def _rollback(settings: Settings, which: str, by: str, reason: str) -> Published:
    async with aclosing_store(settings) as store:
        kept = Revisions(store)
        history = await kept.history()
        wanted = chosen(history, which)
        current = history[0]
        if wanted.revision == current.revision:
            raise InputError(f"第 {wanted.number} 号就是正在使用的内容，不用退回")
        data, old = await kept.archive(wanted.revision), await kept.archive(current.revision)
        if data is None:
            raise PublishingError(f"第 {wanted.number} 号修订的文件不在了")
        done = await kept.publish(
            data,
            wanted.revision,
            by=by,
            reason=f"退回第 {wanted.number} 号：{reason}",
            at=bootstrap.clock_of(settings)(),
            origin="rollback",
            expected_current=current.revision,
        )
        if settings.watches_files and old is not None:
            _update_folder(bootstrap.content_root(settings), old, data)
        return done


def _update_folder(root: Path, old: bytes, new: bytes) -> None:
    """Take the content folder back too: where files count, the next start would undo it."""
    try:
        done = write_back(root, read_archive(old), read_archive(new))
    except OSError as error:
        err.print(
            f"内容目录 {root} 写不进（{error.strerror}），里面还是退回前的文件："
            "下次启动会按文件重新发布。请换上退回的文件，或设 YIBAO_CONTENT_SOURCE=published。",
            markup=False,
        )
        return
    if done.kept:
        err.print("这些文件在内容目录里另有改动，没有覆盖：" + "、".join(done.kept), markup=False)
