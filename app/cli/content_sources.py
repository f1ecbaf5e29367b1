"""Contents that a command line names: a folder, a zip of a revision, or a git revision."""

from __future__ import annotations

import io
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path, PurePosixPath

from app.cli.input_error import InputError

_PARTS = ("intents", "knowledge", "tests/conversations")
_MOST_BYTES = 64 * 1024 * 1024
"""Unpacked; the content that ships has one."""
_MOST_FILES = 20_000
_GIT_TIMEOUT_S = 60


def open_content(name: str, root: Path, folder: Path) -> Path:
    """Return a content root for what a command line names.

    Args:
        name: A folder with `intents/`, a zip, or a git revision of `root`.
        root: The content that is in use; its repository is asked for a revision.
        folder: An empty folder to unpack into.

    Raises:
        InputError: It is none of these; the message is Chinese and says what to write.
    """
    path = Path(name)
    if path.is_dir():
        return _checked(path.resolve(), name)
    if path.is_file():
        try:
            _unpack(path.read_bytes(), folder, name)
        except OSError as error:
            raise InputError(f"读不了 {name}：{error.strerror}") from error
    else:
        _unpack(_git_archive(name, root), folder, name)
    return _checked(folder, name)


def _checked(root: Path, name: str) -> Path:
    if not (root / "intents").is_dir():
        raise InputError(
            f"{name} 里没有 intents/ 目录；请给出内容目录（含 intents/ 和 knowledge/）"
        )
    return root


def _unpack(data: bytes, folder: Path, name: str) -> None:
    """Unpack what belongs to a content; nothing can come to lie outside the folder.

    Raises:
        InputError: It is no zip, or one that no content is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [i for i in archive.infolist() if _is_content(i)]
            total = sum(i.file_size for i in members)
            if len(members) > _MOST_FILES or total > _MOST_BYTES:
                raise InputError(f"{name} 太大，不像是一份内容")
            for member in members:
                target = folder / PurePosixPath(member.filename)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{name} 不是能打开的 zip 文件：{error}") from error


def _is_content(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    inside = any(parts[: len(p)] == p for p in (PurePosixPath(part).parts for part in _PARTS))
    odd = "\\" in member.filename or ":" in member.filename or ".." in parts
    return inside and not (member.is_dir() or is_link or odd)


def _git_archive(revision: str, root: Path) -> bytes:
    """Return a zip of the content as of a git revision.

    Raises:
        InputError: There is no git, no repository or no such revision.
    """
    git = shutil.which("git")
    missing = f"找不到 {revision}：没有这个目录或 zip 文件"
    if git is None:
        raise InputError(f"{missing}，也没有装 git")
    found = _git([git, "rev-parse", "--show-toplevel", "--show-prefix"], root)
    if found is None:
        raise InputError(f"{missing}；{root} 也不在 git 仓库里，不能按 git 版本取内容")
    asked = [git, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    commit = _git(asked, root)
    if commit is None:
        raise InputError(f"{missing}，git 里也没有版本 {revision}；用 git log 看有哪些版本")
    top, prefix, *_ = found.decode().split("\n")
    tree = f"{commit.decode().strip()}:{prefix.rstrip('/')}"
    # From the top: below it git would look for the folder inside of the tree.
    archive = _git([git, "archive", "--format=zip", tree], Path(top))
    if archive is None:
        raise InputError(f"git 版本 {revision} 里没有 {root} 的内容")
    return archive


def _git(command: list[str], root: Path) -> bytes | None:
    """Return what git prints, None where it refuses."""
    try:
        done = subprocess.run(  # noqa: S603 - git with a revision that cannot be an option
            command, cwd=root, capture_output=True, timeout=_GIT_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"git 在 {_GIT_TIMEOUT_S} 秒内没有答复") from error
    return done.stdout if done.returncode == 0 else None
