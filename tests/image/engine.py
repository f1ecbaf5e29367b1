"""Builds and runs the image without a Docker engine or a container registry.

buildah builds the unmodified Dockerfile, podman runs it. The base image that it names is stood in
for by a Debian bookworm of the machine's own package sources with the machine's CPython 3.12,
imported under the very same name. Needs root and Debian's buildah, podman, runc and mmdebstrap.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOOLS = ("buildah", "podman", "runc", "mmdebstrap")
BASE = "docker.io/library/python:3.12-slim-bookworm"
_PYTHON = "python3.12"
_SUITE = "bookworm"
_LIBRARIES = (
    "ca-certificates,netbase,tzdata,libssl3,libsqlite3-0,libffi8,libbz2-1.0,liblzma5,libreadline8,"
    "libncursesw6,libexpat1,libuuid1,zlib1g,libnsl2,libtirpc3"
)
"""What CPython's modules are linked with in the official image."""
_LEFT_OUT = {"site-packages", "test", "idlelib", "tkinter", "__pycache__"}
_BUILD_S = 1500
_STEP_S = 300


def missing() -> str:
    """Return what this machine lacks for building images, Chinese; empty: nothing."""
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        return f"缺少 {'、'.join(lacking)}（Debian：apt install {' '.join(TOOLS)}）"
    if os.geteuid() != 0:
        return "构建镜像要 root"
    return "" if _host_python() else f"找不到 {_PYTHON}，不能代替基础镜像"


class Engine:
    """A store of images of its own below `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._numbers = itertools.count()
        store = ("--root", str(folder / "store"), "--runroot", str(folder / "run"))
        self._buildah = ("buildah", *store, "--storage-driver", "overlay")
        self._podman = (
            *("podman", *store, "--storage-driver", "overlay", "--runtime", "runc"),
            *("--cgroup-manager", "cgroupfs", "--events-backend", "file"),
        )

    def build(self, context: Path, target: str, tag: str) -> None:
        """Build a target of the Dockerfile as it is; pip's settings of this machine serve RUN."""
        if self._call(*self._podman, "image", "exists", BASE, check=False).returncode:
            self._import_base()
        settings, authorities = self._pip_settings()
        self._call(
            *(*self._buildah, "bud", "--isolation", "chroot", "--pull-never", "--layers"),
            *("--format", "docker", "--volume", f"{settings}:/etc/pip.conf:ro"),
            *("--volume", f"{authorities}:/run/authorities.crt:ro"),
            *_proxies(),
            *("--target", target, "--tag", tag, str(context)),
            timeout_s=_BUILD_S,
        )

    def image(self, tag: str) -> dict[str, Any]:
        """Return what the engine knows about an image."""
        found = self._call(*self._podman, "image", "inspect", tag).stdout
        description: dict[str, Any] = json.loads(found)[0]
        return description

    @contextmanager
    def running(
        self, tag: str, environment: Mapping[str, str], mounts: Sequence[str] = ()
    ) -> Iterator[Container]:
        """Run the image's own command: root read-only, no capabilities, memory bounded."""
        name = f"yibao-{os.getpid()}-{next(self._numbers)}"
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        # Limits are given: podman's own exceed what this root may have.
        self._call(
            *(*self._podman, "run", "--detach", "--name", name, "--pull", "never"),
            *("--network", "host", "--health-interval=disable", "--read-only", "--tmpfs=/tmp"),
            *("--cap-drop", "all", "--security-opt", "no-new-privileges", "--memory", "768m"),
            *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--pids-limit", "128"),
            *variables,
            *(f"--volume={mount}" for mount in mounts),
            tag,
        )
        try:
            yield Container(self, name)
        finally:
            self._call(*self._podman, "rm", "--force", "--time", "5", "--volumes", name)

    def inside(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run podman with these arguments."""
        return self._call(*self._podman, *command, check=check)

    def _import_base(self) -> None:
        root = self._folder / "rootfs"
        shutil.rmtree(root, ignore_errors=True)
        sources = self._folder / "sources.list"
        listed = self._call(
            *("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)"),
            "Created-By: Packages",
        ).stdout.splitlines()
        wanted = sorted({line for line in listed if line.split()[2].startswith(_SUITE)})
        assert wanted, f"没有 {_SUITE} 的软件源，请先 apt-get update"
        sources.write_text("\n".join(wanted) + "\n", "utf-8")
        self._call(
            *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={_LIBRARIES}"),
            *("--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*"),
            *("--dpkgopt=path-exclude=/usr/share/locale/*", _SUITE, str(root), str(sources)),
            timeout_s=_BUILD_S,
        )
        _copy_python(root / "usr" / "local")
        plain = ("chroot", str(root), "env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin")
        self._call("chroot", str(root), "ldconfig")
        self._call(*plain, "python3", "-m", "ensurepip")
        (root / "usr/local/bin/pip").symlink_to("pip3")
        packed = self._folder / "base.tar"
        self._call("tar", "-C", str(root), "-cf", str(packed), "--exclude=./dev/*", ".")
        paths = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        changes = (f"ENV PATH={paths}", "ENV LANG=C.UTF-8", 'CMD ["python3"]')
        options = [option for change in changes for option in ("--change", change)]
        self._call(*self._podman, "import", *options, str(packed), BASE)
        packed.unlink()
        shutil.rmtree(root)

    def _pip_settings(self) -> tuple[Path, str]:
        """Write pip's settings for the build; mounted there, so that the image keeps nothing."""
        path = self._folder / "pip.conf"
        settings = _pip_settings()
        authorities = settings.pop("cert", "/etc/ssl/certs/ca-certificates.crt")
        lines = ["[global]", "cert = /run/authorities.crt"]
        # Folders of this machine are not there during the build.
        remote = {k: v for k, v in settings.items() if not v.startswith(("/", "file:"))}
        lines += [f"{key} = {value}" for key, value in remote.items()]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return path, authorities

    def _call(
        self, *command: str, check: bool = True, timeout_s: int = _STEP_S
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
        end = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert done.returncode == 0 or not check, f"{' '.join(command[:12])} …\n{end}"
        return done


class Container:
    """A running image."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name

    @property
    def logs(self) -> str:
        """What it has written."""
        done = self._engine.inside("logs", self.name)
        return done.stdout + done.stderr

    def call(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command inside."""
        return self._engine.inside("exec", self.name, *command, check=check)

    def is_healthy(self) -> bool:
        """Run the image's own health check."""
        return self._engine.inside("healthcheck", "run", self.name, check=False).returncode == 0

    def is_running(self) -> bool:
        """Say whether its main process lives."""
        form = "{{.State.Running}}"
        return self._engine.inside("inspect", self.name, "--format", form).stdout.strip() == "true"

    def stop(self) -> int:
        """Send SIGTERM, wait and return the exit code."""
        self._engine.inside("stop", "--time", "20", self.name)
        found = self._engine.inside("inspect", self.name, "--format", "{{.State.ExitCode}}")
        return int(found.stdout)


def _host_python() -> Path | None:
    """Return the prefix of this machine's CPython 3.12, None where it has none."""
    if sys.version_info[:2] == (3, 12):
        return Path(sys.base_prefix)
    found = shutil.which(_PYTHON)
    candidates = [Path(found)] if found else []
    candidates += (Path.home() / ".pyenv" / "versions").glob("3.12.*")
    for path in candidates:
        binary = path / "bin" / _PYTHON if path.is_dir() else path
        asked = [str(binary), "-c", "import sys; print(sys.base_prefix)"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
        if done.returncode == 0:
            return Path(done.stdout.strip())
    return None


def _copy_python(prefix: Path) -> None:
    host = _host_python()
    assert host is not None
    shared = [str(path.relative_to(host)) for path in host.glob("lib/libpython3.12.so*")]
    packed = prefix / "python.tar"
    with tarfile.open(packed, "w") as archive:
        for name in (f"bin/{_PYTHON}", f"lib/{_PYTHON}", *shared):
            archive.add(host / name, name, filter=_wanted)
    with tarfile.open(packed) as archive:
        archive.extractall(prefix, filter="tar")
    packed.unlink()
    (prefix / "lib" / _PYTHON / "site-packages").mkdir(exist_ok=True)
    (prefix / "bin" / "python3").symlink_to(_PYTHON)
    (prefix / "bin" / "python").symlink_to("python3")


def _wanted(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = set(Path(item.name).parts)
    if parts & _LEFT_OUT or item.name.endswith(".a") or "/config-3" in item.name:
        return None
    item.uid = item.gid = 0
    item.uname = item.gname = "root"
    return item


def _pip_settings() -> dict[str, str]:
    asked = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    found = re.findall(r"^global\.([\w-]+)='(.*)'$", done.stdout, re.MULTILINE)
    return dict(found)


def _proxies() -> list[str]:
    names = ("http_proxy", "https_proxy", "no_proxy")
    wanted = [n for name in names for n in (name, name.upper()) if os.environ.get(n)]
    return [option for n in wanted for option in ("--build-arg", f"{n}={os.environ[n]}")]
