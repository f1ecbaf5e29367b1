"""`yibao lint`: its formats, its exit codes, which folders it looks at."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.cli.lint_formats import as_github, as_json, as_sarif
from app.content.rules import RULES
from app.errors import ContentProblem
from tests.assistants import SMALL_CONTENT
from tests.unit.cli.terminal import Terminal

PROBLEM = ContentProblem("intents/缴 费.yml", 3, 5, "Y006", "“a：”100%,\n错", "改", "error")
WHOLE_FILE = ContentProblem("intents/b.yml", 0, 0, "C014", "提醒的事", "改", "warning")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the small content with one mistake in line 2 and one warning."""
    root = tmp_path / "content"
    shutil.copytree(SMALL_CONTENT, root)
    intent = root / "intents/fee_standard.yml"
    text = intent.read_text("utf-8")
    intent.write_text(text.replace("title: ", "title： ", 1), encoding="utf-8")
    return root


class TestSarif:
    def test_log_has_the_shape_that_the_standard_demands(self) -> None:
        log = json.loads(as_sarif([PROBLEM, WHOLE_FILE, PROBLEM]))
        assert log["version"] == "2.1.0"
        assert log["$schema"].endswith("sarif-2.1.0.json")
        assert log.keys() == {"$schema", "version", "runs"}
        (run,) = log["runs"]
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        driver = run["tool"]["driver"]
        assert driver["name"] == "yibao lint"
        assert re.fullmatch(r"\d+(\.\d+)*\S*", driver["version"])
        ids = [rule["id"] for rule in driver["rules"]]
        assert ids == ["C014", "Y006"]
        for rule in driver["rules"]:
            assert rule.keys() == {
                "id", "shortDescription", "fullDescription", "help", "defaultConfiguration",
            }  # fmt: skip
            assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
            for key in ("shortDescription", "fullDescription", "help"):
                assert rule[key]["text"]
        assert len(run["results"]) == 3
        for result in run["results"]:
            self._check_result(result, ids)

    def _check_result(self, result: dict[str, Any], ids: list[str]) -> None:
        assert result.keys() == {"ruleId", "ruleIndex", "level", "message", "locations"}
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        # RFC 3986: a URI reference has neither spaces nor Chinese.
        assert physical["artifactLocation"]["uri"].isascii()
        assert " " not in physical["artifactLocation"]["uri"]
        for number in physical.get("region", {"startLine": 1}).values():
            assert number >= 1

    def test_problem_of_a_whole_file_has_no_region(self) -> None:
        (result,) = json.loads(as_sarif([WHOLE_FILE]))["runs"][0]["results"]
        assert "region" not in result["locations"][0]["physicalLocation"]

    def test_no_problem_is_a_run_without_results(self) -> None:
        (run,) = json.loads(as_sarif([]))["runs"]
        assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


class TestGithub:
    def test_what_would_end_the_command_is_escaped(self) -> None:
        line = as_github([PROBLEM])
        assert line == (
            f"::error file=intents/缴 费.yml,line=3,col=5,title=Y006 {RULES['Y006'].title}"
            "::“a：”100%25,%0A错 → 改"
        )

    def test_properties_escape_their_separators(self) -> None:
        odd = ContentProblem("a,b:c.yml", 1, 0, "Y006", "错", "改")
        assert as_github([odd]).startswith("::error file=a%2Cb%3Ac.yml,line=1,title=")

    def test_whole_file_has_no_line(self) -> None:
        assert as_github([WHOLE_FILE]).startswith("::warning file=intents/b.yml,title=C014 ")

    def test_nothing_to_say(self) -> None:
        assert as_github([]) == ""


def test_json_counts_and_tells_all() -> None:
    told = json.loads(as_json([PROBLEM, WHOLE_FILE]))
    assert (told["errors"], told["warnings"]) == (1, 1)
    assert told["problems"][0] == {
        "file": "intents/缴 费.yml",
        "line": 3,
        "column": 5,
        "rule": "Y006",
        "level": "error",
        "message": "“a：”100%,\n错",
        "remedy": "改",
    }


class TestCommand:
    def test_another_folder_is_examined(self, new_terminal: Terminal, broken: Path) -> None:
        done = new_terminal("lint", str(broken))
        assert (done.exit_code, done.stdout) == (78, "")
        assert re.match(r"intents/fee_standard\.yml:\d+:6 Y006 错误 .+ → .+\n", done.stderr)

    def test_several_folders_are_told_apart(self, new_terminal: Terminal, broken: Path) -> None:
        done = new_terminal("lint", str(broken), str(SMALL_CONTENT))
        assert done.exit_code == 78
        assert done.stderr.startswith(f"{broken}/intents/fee_standard.yml:")
        assert "共 1 个错误" in done.stderr

    @pytest.mark.parametrize("form", ["json", "sarif", "github"])
    def test_programs_read_stdout(self, new_terminal: Terminal, broken: Path, form: str) -> None:
        done = new_terminal("lint", str(broken), "--format", form)
        assert done.exit_code == 78
        assert "Y006" in done.stdout
        assert done.stderr == ""
        if form != "github":
            json.loads(done.stdout)

    @pytest.mark.parametrize("form", ["github", "sarif"])
    def test_code_hosts_get_paths_from_where_the_command_runs(
        self,
        new_terminal: Terminal,
        broken: Path,
        monkeypatch: pytest.MonkeyPatch,
        form: str,
    ) -> None:
        monkeypatch.chdir(broken.parent)
        done = new_terminal("lint", str(broken), "--format", form)
        assert "content/intents/fee_standard.yml" in done.stdout

    def test_folder_without_content_is_refused(
        self, new_terminal: Terminal, tmp_path: Path
    ) -> None:
        done = new_terminal("lint", str(tmp_path))
        assert done.exit_code == 65
        assert "intents/" in done.stderr

    def test_unknown_format_is_refused(self, new_terminal: Terminal) -> None:
        assert new_terminal("lint", "--format", "xml").exit_code == 2
