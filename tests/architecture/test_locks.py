"""Locked requirements: a hash for everything, an address for nothing, and all that is asked for."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.project import ROOT

LOCKS = {
    "requirements.lock": (),
    "requirements-console.lock": ("console",),
    "requirements-tracing.lock": ("tracing",),
    "requirements-dev.lock": ("console", "dev"),
}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: str) -> list[str]:
    """Return the entries of a lock file, one string each, without comments."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    return [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert not re.search(r"://|index-url|find-links|trusted-host|@ ?file|git\+", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_one_version_with_hashes(lock: str) -> None:
    for entry in entries(lock):
        requirement = Requirement(entry.partition(" --hash")[0])
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), entry
        hashes = entry.split("--hash")[1:]
        assert hashes, entry
        assert all(HASH.fullmatch("--hash" + h.strip()) for h in hashes), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_satisfies_pyproject(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in LOCKS[lock]:
        wanted += project["optional-dependencies"][extra]
    locked: dict[str, list[str]] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.partition(" --hash")[0])
        version = str(requirement.specifier).removeprefix("==")
        locked.setdefault(canonicalize_name(requirement.name), []).append(version)
    for text in wanted:
        requirement = Requirement(text)
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{text} is not locked: run make lock"
        assert all(requirement.specifier.contains(v) for v in versions), f"{text}: run make lock"
