"""`yibao eval` and `yibao dialogues`: their files, their counts, and errors in Chinese."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.terminal import Terminal

FEE = {"q": "多少钱", "region": "beijing"}


def write(path: Path, *rows: object) -> Path:
    """Write a JSON-lines file; a text stands for itself."""
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class TestEval:
    def run(self, terminal: Terminal, tmp_path: Path, *rows: object) -> list[dict[str, Any]]:
        """Evaluate the rows at 2025-12-10T10:00 and return the output lines."""
        out = tmp_path / "out.jsonl"
        file = write(tmp_path / "in.jsonl", *rows)
        done = terminal("eval", str(file), "--at", "2025-12-10T10:00", "--out", str(out))
        assert done.exit_code == 0, done.stderr
        return read(out)

    def test_every_line_is_answered_in_order(self, terminal: Terminal, tmp_path: Path) -> None:
        rows = self.run(
            terminal,
            tmp_path,
            FEE,
            {"q": "参保资格", "region": "beijing"},
            {"q": "谢谢", "region": "liuzhou"},
            {"q": "新生儿医保", "region": "beijing"},
        )
        assert [row["decision"] for row in rows] == ["answer", "flow", "smalltalk", "fallback"]
        assert [row["topics"] for row in rows] == [
            ["fee_standard"],
            ["enrolment_eligibility"],
            [],
            [],
        ]
        assert rows[0]["reply"].startswith("学生每人435元/年。")
        assert all(row["ms"] > 0 for row in rows)

    def test_candidates_are_topics_best_first(self, terminal: Terminal, tmp_path: Path) -> None:
        (row,) = self.run(terminal, tmp_path, FEE)
        candidates = row["candidates"]
        assert 1 <= len(candidates) <= 5
        assert candidates[0]["topic"] == "fee_standard"
        confidences = [c["confidence"] for c in candidates]
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 <= confidence <= 1 for confidence in confidences)
        assert all(c.keys() == {"topic", "confidence"} for c in candidates)

    def test_other_keys_are_kept(self, terminal: Terminal, tmp_path: Path) -> None:
        extra = {"topic": "fee_standard", "accept": ["x"], "style": "短", "n": [1, {"a": None}]}
        (row,) = self.run(terminal, tmp_path, {**FEE, **extra})
        assert {key: row[key] for key in (*FEE, *extra)} == {**FEE, **extra}

    def test_wanted_topics_stay_beside_the_answered(
        self, terminal: Terminal, tmp_path: Path
    ) -> None:
        (row,) = self.run(terminal, tmp_path, {**FEE, "topics": ["fee_standard", "payment_window"]})
        assert row["topics"] == ["fee_standard"]
        assert row["expected_topics"] == ["fee_standard", "payment_window"]

    def test_each_line_is_a_new_parent(self, terminal: Terminal, tmp_path: Path) -> None:
        rows = self.run(terminal, tmp_path, FEE, FEE, {"q": "2", "region": "beijing"})
        assert rows[0]["reply"] == rows[1]["reply"]
        assert rows[2]["topics"][:1] != ["payment_window"] or rows[2]["candidates"]

    def test_a_lines_own_time_wins(self, terminal: Terminal, tmp_path: Path) -> None:
        rows = self.run(terminal, tmp_path, {**FEE, "at": "2026-04-01T00:00"}, FEE)
        assert rows[0]["reply"].startswith("⚠️")
        assert not rows[1]["reply"].startswith("⚠️")
        assert rows[0]["at"] == "2026-04-01T00:00"

    @pytest.mark.parametrize(
        "at", ["2026-03-31T23:59", "2026-03-31T23:59:59+08:00", "2026-03-31T15:00Z"]
    )
    def test_times_are_shanghais_or_carry_a_zone(
        self, terminal: Terminal, tmp_path: Path, at: str
    ) -> None:
        (row,) = self.run(terminal, tmp_path, {**FEE, "at": at})
        assert not row["reply"].startswith("⚠️")

    @pytest.mark.parametrize(
        "q", ["", "😀", "{{7*7}}", "\u202eabc", "医" * 10_000, "[红色]", "\\", '"']
    )
    def test_any_question_gives_a_line(self, terminal: Terminal, tmp_path: Path, q: str) -> None:
        (row,) = self.run(terminal, tmp_path, {"q": q, "region": "beijing"})
        assert row["q"] == q
        assert row["reply"]

    def test_a_lone_surrogate_gives_a_line(self, terminal: Terminal, tmp_path: Path) -> None:
        (row,) = self.run(terminal, tmp_path, r'{"q": "\ud800多少钱", "region": "beijing"}')
        assert row["q"] == "\ud800多少钱"

    def test_blank_lines_and_a_bom_do_not_matter(self, terminal: Terminal, tmp_path: Path) -> None:
        rows = self.run(terminal, tmp_path, "\ufeff" + json.dumps(FEE), "", "   ", FEE)
        assert len(rows) == 2

    def test_an_empty_file_gives_nothing(self, terminal: Terminal, tmp_path: Path) -> None:
        assert self.run(terminal, tmp_path) == []


class TestSummary:
    def told(self, terminal: Terminal, tmp_path: Path, *rows: object) -> str:
        done = terminal(
            "eval", str(write(tmp_path / "in.jsonl", *rows)), "--at", "2025-12-10T10:00"
        )
        assert done.exit_code == 0
        return done.stdout

    def test_right_wrong_and_not_answered(self, terminal: Terminal, tmp_path: Path) -> None:
        told = self.told(
            terminal,
            tmp_path,
            {**FEE, "topic": "fee_standard", "style": "short"},
            {**FEE, "topic": "other_topic", "accept": ["fee_standard"], "style": "short"},
            {**FEE, "topic": "payment_window", "style": "long"},
            {"q": "新生儿医保", "region": "beijing", "topic": "fee_standard", "style": "long"},
        )
        assert "该回答的问题 4 条" in told
        assert "答对 2（50.0%）" in told
        assert "答错 1（25.0%）" in told
        assert "没答 1（25.0%）" in told
        assert "payment_window → fee_standard" in told
        assert "short：2 条，答对 100%" in told

    def test_false_answers(self, terminal: Terminal, tmp_path: Path) -> None:
        told = self.told(
            terminal,
            tmp_path,
            {**FEE, "kind": "gap"},
            {"q": "新生儿医保", "region": "beijing", "kind": "gap"},
            {"q": "谢谢", "region": "beijing", "kind": "chat"},
            {"q": "转人工", "region": "beijing", "kind": "chat"},
        )
        assert "不该回答的问题 4 条：误答 1（25.0%）" in told
        assert "gap：误答 1" in told

    def test_several_questions_in_one(self, terminal: Terminal, tmp_path: Path) -> None:
        told = self.told(terminal, tmp_path, {**FEE, "topics": ["fee_standard", "payment_window"]})
        assert "一句多问 1 条：全部答到 0（0.0%），平均答到 50.0%" in told

    def test_time(self, terminal: Terminal, tmp_path: Path) -> None:
        assert "每条用时：中位 " in self.told(terminal, tmp_path, FEE)


BAD_FILES = [
    (["{"], ":1 "),
    ([FEE, "not json"], ":2 "),
    (['"text"'], ":1 "),
    (["[1]"], ":1 "),
    ([FEE, "", {"q": "多少钱"}], ":3 缺少 region"),
    ([{"region": "beijing"}], "缺少 q"),
    ([{}], "缺少 q、region"),
    ([{"q": "多少钱", "region": "tianjin"}], "tianjin"),
    ([{"q": "多少钱", "region": ["beijing"]}], "beijing"),
    ([{**FEE, "at": "morgen"}], "morgen"),
    ([{**FEE, "at": "2025-13-01"}], "2025-13-01"),
]


class TestBadFiles:
    @pytest.mark.parametrize(("rows", "said"), BAD_FILES)
    def test_are_told_in_chinese(
        self, terminal: Terminal, tmp_path: Path, rows: list[object], said: str
    ) -> None:
        done = terminal("eval", str(write(tmp_path / "in.jsonl", *rows)))
        assert (done.exit_code, done.stdout) == (65, "")
        assert said in done.stderr
        assert any("一" <= c <= "鿿" for c in done.stderr)
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("command", ["eval", "dialogues"])
    def test_a_file_that_cannot_be_read(
        self, terminal: Terminal, tmp_path: Path, command: str
    ) -> None:
        (tmp_path / "gbk.jsonl").write_bytes("多少钱".encode("gbk"))
        for path in ("nothing.jsonl", "gbk.jsonl", "."):
            done = terminal(command, str(tmp_path / path))
            assert done.exit_code == 65
            assert "读不了" in done.stderr

    def test_an_output_that_cannot_be_written(self, terminal: Terminal, tmp_path: Path) -> None:
        file = write(tmp_path / "in.jsonl", FEE)
        done = terminal("eval", str(file), "--out", str(tmp_path / "none/out.jsonl"))
        assert done.exit_code == 65
        assert "写不了" in done.stderr


PASSING = {
    "id": "d1",
    "region": "beijing",
    "turns": [
        {"user": "多少钱", "reply_has": ["435|536", "４３５ 元"], "reply_lacks": ["⚠️"]},
        {"user": "2", "reply_has": ["每月5日至20日"]},
    ],
}


class TestDialogues:
    def run(self, terminal: Terminal, tmp_path: Path, *rows: object) -> tuple[int, str, list[Any]]:
        out = tmp_path / "out.jsonl"
        file = write(tmp_path / "in.jsonl", *rows)
        done = terminal("dialogues", str(file), "--at", "2025-12-10T10:00", "--out", str(out))
        return done.exit_code, done.stdout, read(out)

    def test_that_pass(self, terminal: Terminal, tmp_path: Path) -> None:
        code, told, (row,) = self.run(terminal, tmp_path, PASSING)
        assert code == 0
        assert told.strip() == "通过 1/1"
        assert row.keys() == {"id", "passed", "replies", "failures"}
        assert (row["id"], row["passed"], row["failures"]) == ("d1", True, [])
        assert len(row["replies"]) == 2

    def test_one_that_fails_fails_the_command(self, terminal: Terminal, tmp_path: Path) -> None:
        failing = {
            "id": 7,
            "region": "beijing",
            "turns": [{"user": "多少钱", "reply_has": ["536元"], "reply_lacks": ["依据：|出处："]}],
        }
        code, told, rows = self.run(terminal, tmp_path, PASSING, failing)
        assert code == 1
        assert "通过 1/2" in told
        assert "✗ 7" in told
        assert "家长：多少钱" in told
        assert [row["passed"] for row in rows] == [True, False]
        assert len(rows[1]["failures"]) == 2
        assert all(failure in told for failure in rows[1]["failures"])

    def test_each_has_a_parent_of_its_own(self, terminal: Terminal, tmp_path: Path) -> None:
        second = {
            "id": "d2",
            "region": "beijing",
            "turns": [{"user": "再说一遍", "reply_lacks": ["435"]}],
        }
        code, _, _ = self.run(terminal, tmp_path, PASSING, second)
        assert code == 0

    def test_a_turn_may_move_the_clock(self, terminal: Terminal, tmp_path: Path) -> None:
        moved = {
            "id": "d",
            "region": "beijing",
            "turns": [
                {"user": "多少钱", "reply_lacks": ["已过期"]},
                {"user": "多少钱", "at": "2026-04-01T08:00", "reply_has": ["已过期"]},
                {"user": "缴费标准", "reply_has": ["已过期"]},
            ],
        }
        assert self.run(terminal, tmp_path, moved)[0] == 0

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ({"id": "d", "region": "tianjin", "turns": []}, "tianjin"),
            ({"id": "d", "region": "beijing"}, "turns"),
            ({"id": "d", "region": "beijing", "turns": [{}]}, "第 1 句"),
            ({"id": "d", "region": "beijing", "turns": ["多少钱"]}, "第 1 句"),
            ({"id": "d", "region": "beijing", "turns": 5}, "turns"),
            (
                {"id": "d", "region": "beijing", "turns": [{"user": "a", "reply_has": "435"}]},
                "reply_has",
            ),
            (
                {"id": "d", "region": "beijing", "turns": [{"user": "a", "reply_lacks": 5}]},
                "reply_lacks",
            ),
            ({"id": "d", "region": "beijing", "turns": [{"user": "a", "at": "x"}]}, "x"),
        ],
    )
    def test_malformed_ones_are_told(
        self, terminal: Terminal, tmp_path: Path, row: object, said: str
    ) -> None:
        done = terminal("dialogues", str(write(tmp_path / "in.jsonl", row)))
        assert done.exit_code == 65
        assert said in done.stderr
        assert "Traceback" not in done.stderr
