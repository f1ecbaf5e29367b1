"""The project stands alone: no place of one machine in it, and its checks are really run."""

from __future__ import annotations

import os
import re
import subprocess

from tests.architecture.project import ROOT, project_files

# Put together from parts, so that this file does not contain what it forbids.
PLACES = re.compile(
    "|".join(
        [
            r"(?<![\w.-])/" + "work/",
            r"\.\./" + "shared",
            r"(?<![\w.-])/" + r"(?:root|home/\w+|Users/\w+)/",
        ]
    )
)
REGISTRIES = re.compile("py" + r"pi\.(?:org|python)|pythonhosted\.|(?<!no-emit-)index" + "-url")


def text_lines() -> list[tuple[str, str]]:
    lines = []
    for path in project_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        name = str(path.relative_to(ROOT))
        lines += [(f"{name}:{n}", line) for n, line in enumerate(text.splitlines(), 1)]
    return lines


def test_patterns_find_what_they_forbid() -> None:
    assert PLACES.search("see /" + "work/x")
    assert PLACES.search("eval .." + "/shared/q.jsonl")
    assert not PLACES.search("https://example.org/" + "work/")
    assert REGISTRIES.search("--index" + "-url=x")


def test_no_file_names_a_place_of_one_machine() -> None:
    assert [at for at, line in text_lines() if PLACES.search(line)] == []


def test_no_file_names_a_package_registry() -> None:
    found = [at for at, line in text_lines() if REGISTRIES.search(line)]
    assert [at for at in found if not at.startswith("tests/architecture/")] == []


def test_make_test_runs_every_check() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    planned = subprocess.run(
        ["make", "--dry-run", "test"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    for check in (
        "ruff check",
        "ruff format --check",
        "lint-imports",
        "yibao lint",
        "mypy",
        "pytest",
    ):
        assert check in planned


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").rstrip().endswith("make test")


def test_images_copy_what_exists_and_what_is_not_ignored() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.M
    )
    sources = {source for line in copied for source in line.split()}
    ignored = (ROOT / ".dockerignore").read_text("utf-8")
    kept = set(re.findall(r"^!(\S+)", ignored, re.MULTILINE))
    assert {s for s in sources if not (ROOT / s).exists()} == set()
    assert {s.partition("/")[0] for s in sources} <= kept
