"""Written conversations: what passes, what is said where one does not, and what it walked."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.conversations import ConversationReport, run_conversations
from app.content.conversations import load_conversations
from app.errors import ContentError
from app.flows.coverage import Coverage
from tests.assistants import small_assistant

TALK = """conversations:
  - conversation: 问资格
    account: beijing
    turns:
      - user: 参保资格
        expect: {decision: flow, asks: hukou, topics: [enrolment_eligibility]}
      - user: [京籍, 北京户口]
        wait: 5m
      - user: 小学
        expect: {ends: covered, flow: none}
        reply_has: [可以参保|可以办理]
        reply_lacks: [不参加]
"""


def run(root: Path, text: str) -> tuple[ConversationReport, Coverage]:
    folder = root / "tests/conversations"
    folder.mkdir(parents=True)
    (folder / "talk.yml").write_text(text, "utf-8")
    assistant = small_assistant()
    coverage = Coverage(assistant.catalog.flows)
    return run_conversations(assistant, load_conversations(root), coverage), coverage


def test_every_wording_is_a_run_and_its_branches_count(tmp_path: Path) -> None:
    report, coverage = run(tmp_path, TALK)
    assert (report.runs, report.passed, report.failures) == (2, 2, ())
    walked = {str(b.flow.id): b.visited for b in coverage.report()}
    assert walked["check_coverage"] == 3


@pytest.mark.parametrize(
    ("good", "bad", "line", "problem"),
    [
        ("可以参保|可以办理", "一定不行", 9, "回复里没有“一定不行”"),
        ("不参加", "可以参保", 9, "回复里不该有“可以参保”"),
        ("ends: covered", "ends: depends", 9, "流程应当得出 depends，却是 covered"),
        ("flow: none", "flow: check_coverage", 9, "应当在流程 check_coverage 里，却是 none"),
        ("asks: hukou", "asks: stage", 5, "应当接着问 stage，却是 hukou"),
        ("decision: flow", "decision: answer", 5, "决定应当是 answer，却是 flow"),
        ("account: beijing", "account: nowhere", 2, "没有账号 nowhere"),
    ],
)
def test_a_failure_names_file_line_and_difference(
    tmp_path: Path, good: str, bad: str, line: int, problem: str
) -> None:
    report, _ = run(tmp_path, TALK.replace(good, bad, 1))
    assert report.passed == 0
    first = str(report.failures[0])
    assert first.startswith(f"✗ tests/conversations/talk.yml:{line} 对话“问资格”")
    assert problem in first


def test_a_known_failure_must_go_on_failing(tmp_path: Path) -> None:
    known = TALK + "    known_failure: 等规定更新\n"
    report, _ = run(tmp_path, known)
    assert "请删掉那一行" in str(report.failures[0])


def test_a_malformed_file_is_told_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        run(tmp_path, TALK.replace("account:", "acount:"))
    assert all("tests/conversations/talk.yml" in str(p) for p in caught.value.problems)
