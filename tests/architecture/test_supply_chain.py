"""Licences, bills of materials and the audit: what is unknown is never taken for good."""

from __future__ import annotations

import importlib.util
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import Message
from importlib.metadata import Distribution
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.architecture.project import ROOT
from tests.architecture.test_locks import entries
from tests.loopback import serving_at

SCRIPT = ROOT / ".ci" / "supply_chain.py"


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("supply_chain", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


chain = _module()


class Package:
    """A distribution that says of itself what a test wants it to."""

    def __init__(self, name: str, *headers: tuple[str, str]) -> None:
        self.metadata = Message()
        for key, value in (("Name", name), *headers):
            self.metadata[key] = value


class TestPinned:
    @pytest.mark.parametrize("lock", chain.IMAGES)
    def test_one_version_of_each_package_with_its_hashes(self, lock: str) -> None:
        pinned = chain.pinned(lock)
        assert set(pinned) == {
            re.split(r"[=\[]", entry)[0] for entry in entries(lock) if "win32'" not in entry[:80]
        } - {"async-timeout"} | {"uvloop"}
        assert "2.5" in pinned["numpy"].partition("--hash")[0]  # the one for Python 3.12
        assert all(" --hash=sha256:" in line for line in pinned.values())


class TestLicences:
    def test_the_list_is_fresh_and_everything_on_it_is_allowed(self) -> None:
        assert chain.licences() == chain.LIST.read_text("utf-8"), "run make licences"

    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ([("License-Expression", "MIT OR Apache-2.0")], "MIT OR Apache-2.0"),
            ([("License", "Apache 2.0")], "Apache-2.0"),
            ([("License", "UNKNOWN"), ("Classifier", "License :: OSI :: MIT License")], "MIT"),
            ([("License", "GPL-3.0-only")], "GPL-3.0-only"),
        ],
    )
    def test_is_read_from_what_the_package_says(
        self, headers: list[tuple[str, str]], expected: str
    ) -> None:
        assert chain.licence_of(Package("made-up", *headers)) == expected

    @pytest.mark.parametrize(
        "headers",
        [
            [],
            [("License", "Copyright (c) somebody. All rights reserved.")],
            [
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: GNU General Public License (GPL)"),
            ],
        ],
    )
    def test_what_is_unclear_is_an_error(self, headers: list[tuple[str, str]]) -> None:
        with pytest.raises(chain.SupplyChainError, match="看不出它的许可证"):
            chain.licence_of(Package("made-up", *headers))

    @pytest.mark.parametrize(
        "expression",
        ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-or-later", "MIT OR GPL-2.0-only"],
    )
    def test_copyleft_is_refused(self, expression: str) -> None:
        def find(name: str) -> Distribution:
            made: Any = Package(name, ("License-Expression", expression))
            return made  # type: ignore[no-any-return]

        with pytest.raises(chain.SupplyChainError, match="不在允许的名单里"):
            chain.licences(find)

    def test_nothing_is_read_by_hand_without_need(self) -> None:
        used = {name for lock in chain.IMAGES for name in chain.pinned(lock)}
        assert set(chain.READ_BY_HAND) <= used


class TestBill:
    def test_names_everything_in_the_image_and_is_valid(self) -> None:
        text = chain.bill("requirements-console.lock")
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
        document = json.loads(text)
        found = {part["name"]: part for part in document["components"]}
        assert set(found) == set(chain.pinned("requirements-console.lock"))
        assert all(part["licenses"] and part["version"] for part in found.values())
        assert found["redis"]["purl"].startswith("pkg:pypi/redis@")
        assert found["redis"]["externalReferences"][0]["hashes"]
        assert document["metadata"]["component"]["name"] == "yibao-console"

    def test_is_the_same_again(self) -> None:
        assert chain.bill("requirements.lock") == chain.bill("requirements.lock")


class Database:
    """An OSV service on loopback that knows holes of some packages."""

    def __init__(self) -> None:
        self.holes: set[str] = set()
        self.asked: set[str] = set()
        self.url = ""

    async def answer(self, request: Request) -> Response:
        name = (await request.json())["package"]["name"]
        self.asked.add(name)
        hole = {
            "id": "OSV-2026-1",
            "summary": "a hole",
            "modified": "2026-01-01T00:00:00Z",
            "affected": [
                {
                    "package": {"name": name, "ecosystem": "PyPI"},
                    "ranges": [
                        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.9"}]}
                    ],
                }
            ],
        }
        return JSONResponse({"vulns": [hole]} if name in self.holes else {})


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    app = Starlette(routes=[Route("/v1/query", made.answer, methods=["POST"])])
    with serving_at(app, lifespan="off") as port:
        made.url = f"http://127.0.0.1:{port}/v1/query"
        yield made


class TestAudit:
    def test_everything_in_the_images_is_asked_for(self, database: Database) -> None:
        told = chain.audit([("-s", "osv", "--osv-url", database.url)])
        assert "没有已知漏洞" in told
        assert database.asked == {name for lock in chain.IMAGES for name in chain.pinned(lock)}

    def test_a_hole_is_named_with_its_remedy(self, database: Database) -> None:
        database.holes = {"httpx"}
        with pytest.raises(chain.SupplyChainError, match=r"httpx .*OSV-2026-1，99\.9 已修好"):
            chain.audit([("-s", "osv", "--osv-url", database.url)])

    def test_without_a_service_it_fails_and_says_so(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            closed = free.getsockname()[1]
        done = subprocess.run(
            [sys.executable, str(SCRIPT), "audit"],
            env={"OSV_URL": f"http://127.0.0.1:{closed}/v1/query"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 1
        assert "依赖审查没有做成" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_service_that_does_not_know_the_packages_is_no_approval(self) -> None:
        """pip-audit skips what a registry has not heard of, and then says that all is well."""
        output = {"dependencies": [{"name": "x", "skip_reason": "Dependency not found"}]}
        with pytest.raises(chain._UnansweredError, match="不认识"):
            chain.read_audit("a.lock", json.dumps(output), "", 1)

    @pytest.mark.parametrize("output", ["", "{}", "[]", "<html>", '{"dependencies": []}'])
    def test_no_answer_is_no_approval(self, output: str) -> None:
        with pytest.raises(chain._UnansweredError):
            chain.read_audit("a.lock", output, "Traceback\nConnectionError: away", 1)

    def test_the_second_service_is_asked_where_the_first_is_away(self, database: Database) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            closed = f"http://127.0.0.1:{free.getsockname()[1]}/v1/query"
        services = [("-s", "osv", "--osv-url", url) for url in (closed, database.url)]
        assert "没有已知漏洞" in chain.audit(services)


def test_make_check_runs_all_three() -> None:
    planned = subprocess.run(
        ["make", "--dry-run", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    for part in ("licences --check", "supply_chain.py sbom", "supply_chain.py audit"):
        assert part in planned
