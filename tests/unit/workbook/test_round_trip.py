"""Export, change, import: only what was changed is written."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from app.editing.intent_file import EditableIntent, read_intent
from app.editing.new_file import new_intent_text
from app.workbook.applying import write
from app.workbook.cells import decoded, encoded
from app.workbook.comparing import FileChange, compare
from app.workbook.content import IntentText, intent_path, read_intents
from app.workbook.exporting import export_bytes
from app.workbook.problems import WorkbookError
from app.workbook.reading import read_book
from tests.assistants import ROOT
from tests.unit.workbook.books import (
    changed_book,
    copied,
    exported,
    find,
    messages,
    plan,
    run,
    tree,
)

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "＝1", "'=1", "|x", "%0A=1",
    "=HYPERLINK(\"http://x\")", "_x003D_1", "_x005F_", "#REF!", "12306", "TRUE", "1e5", "\x07铃",
    "2026-01-01", "<b>粗</b>", "]]>", "&amp;", "🙂", "  ", "\u2028",
]  # fmt: skip


def diff(before: str, after: str) -> tuple[set[str], set[str]]:
    """Return lines lost and lines gained."""
    old, new = set(before.splitlines()), set(after.splitlines())
    return old - new, new - old


def test_the_shipped_content_comes_back_without_a_change(tmp_path: Path) -> None:
    intents = read_intents(ROOT)
    path = tmp_path / "content.xlsx"
    path.write_bytes(export_bytes(intents, ["beijing", "liuzhou"], ""))
    found = compare(read_book(path), intents)
    assert len(intents) > 150
    assert found.problems == ()
    assert found.changes == ()


def test_an_untouched_workbook_changes_no_byte_and_excel_may_save_it(tmp_path: Path) -> None:
    root = copied(tmp_path)
    before = tree(root)
    path = changed_book(tmp_path, lambda book: None)
    assert run(root, path).changes == ()
    assert tree(root) == before


def test_only_changed_rows_touch_their_file(tmp_path: Path) -> None:
    root = copied(tmp_path)
    before = tree(root)

    def change(book: Workbook) -> None:
        book["说法"].cell(find(book["说法"], "多少钱"), 3).value = "要掏几个钱"
        book["测试句"].append(["fee_standard", None, "娃儿医保好多钱"])

    run(root, changed_book(tmp_path, change))
    after = tree(root)
    assert [name for name in before if before[name] != after[name]] == ["intents/fee_standard.yml"]
    lost, gained = diff(
        before["intents/fee_standard.yml"].decode(), after["intents/fee_standard.yml"].decode()
    )
    assert lost == {"  - 多少钱"}
    assert gained == {"  - 要掏几个钱", "  - 娃儿医保好多钱"}


def test_deleted_rows_take_their_lines_out(tmp_path: Path) -> None:
    root = copied(tmp_path)

    def change(book: Workbook) -> None:
        for sheet in (book["反例"], book["相关"]):
            for row in range(sheet.max_row, 1, -1):
                if sheet.cell(row, 1).value == "fee_standard":
                    sheet.delete_rows(row)

    run(root, changed_book(tmp_path, change))
    intent = read_intents(root)["fee_standard"].intent
    assert (intent.not_utterances, intent.related) == ((), ())


def test_a_new_intent_becomes_a_file_and_a_deleted_one_goes(tmp_path: Path) -> None:
    root = copied(tmp_path)

    def change(book: Workbook) -> None:
        book["问答"].append(["smalltalk_wave", "smalltalk", "挥挥手", None, None])
        for text in ("挥手", "挥挥手呀"):
            book["说法"].append(["smalltalk_wave", None, text])
        book["回复"].append(["smalltalk_wave", None, "12:30 您好"])
        book["测试句"].append(["smalltalk_wave", None, "朝你挥手了"])
        for sheet in book.worksheets[1:-1]:
            for row in range(sheet.max_row, 1, -1):
                if sheet.cell(row, 1).value == "smalltalk_thanks":
                    sheet.delete_rows(row)

    path = changed_book(tmp_path, change)
    found = plan(root, path)
    assert found.problems == ()
    kinds = {c.path: (c.before is None, c.after is None) for c in found.changes}
    assert kinds == {
        "intents/smalltalk_wave.yml": (True, False),
        "intents/smalltalk_thanks.yml": (False, True),
    }
    new = next(c.after for c in found.changes if c.before is None)
    assert new is not None
    assert "replies:\n  - 12:30 您好\n" in new


def test_a_file_that_changed_elsewhere_since_the_export_keeps_both_changes(tmp_path: Path) -> None:
    root = copied(tmp_path)
    file = root / "intents/fee_standard.yml"
    file.write_text(
        file.read_text("utf-8").replace("title: 一年交多少钱", "title: 一年几百"), "utf-8"
    )

    def change(book: Workbook) -> None:
        book["说法"].cell(find(book["说法"], "多少钱"), 3).value = "要掏几个钱"

    run(root, changed_book(tmp_path, change))
    assert "title: 一年几百" in file.read_text("utf-8")
    assert "- 要掏几个钱" in file.read_text("utf-8")


def test_the_same_place_changed_on_both_sides_is_a_conflict_by_cell(tmp_path: Path) -> None:
    root = copied(tmp_path)
    file = root / "intents/fee_standard.yml"
    file.write_text(
        file.read_text("utf-8").replace("title: 一年交多少钱", "title: 一年几百"), "utf-8"
    )
    rows = []

    def change(book: Workbook) -> None:
        rows.append(find(book["问答"], "fee_standard"))
        book["问答"].cell(rows[0], 3).value = "交多少"

    (message,) = messages(root, changed_book(tmp_path, change))
    assert message.startswith(f"问答!C{rows[0]}：intents/fee_standard.yml 的这一处在导出之后也改过")


def test_lint_errors_are_told_at_the_cell(tmp_path: Path) -> None:
    root = copied(tmp_path)
    rows = []

    def change(book: Workbook) -> None:
        sheet = book["答案"]
        rows.append(find(sheet, "fee_standard", "答案"))
        cell = sheet.cell(rows[0], 5)
        cell.value = f"{cell.value}\n打电话 88887777 再问。"

    found = messages(root, changed_book(tmp_path, change))
    assert any(m.startswith(f"答案!E{rows[0]}：") and "C011" in m for m in found), found


@pytest.mark.parametrize("broken", ["first", "second"])
def test_a_write_that_fails_leaves_everything_as_it_was(tmp_path: Path, broken: str) -> None:
    root = copied(tmp_path)
    before = tree(root)
    names = ["intents/fee_standard.yml", "intents/smalltalk_thanks.yml", "intents/new_one.yml"]
    texts = [before[name].decode() for name in names[:2]]
    changes = (
        FileChange(names[0], texts[0], texts[0] + "# 改\n"),
        FileChange(names[2], None, "intent: new_one\n"),
        FileChange(names[1], texts[1], texts[1] + "# 改\n"),
    )
    calls = []

    def full(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == (1 if broken == "first" else 3):
            raise OSError(28, "No space left on device")
        os.replace(source, target)

    with pytest.raises(WorkbookError, match="写不了内容文件"):
        write(root, changes, full)
    assert tree(root) == before


def test_a_file_changed_at_the_last_moment_is_not_overwritten(tmp_path: Path) -> None:
    root = copied(tmp_path)
    path = root / "intents/fee_standard.yml"
    change = FileChange("intents/fee_standard.yml", path.read_text("utf-8"), "intent: x\n")
    path.write_text("intent: other\n", "utf-8")
    with pytest.raises(WorkbookError, match="刚刚被别人改过"):
        write(root, (change,))
    assert path.read_text("utf-8") == "intent: other\n"


def one_intent(*utterances: str) -> dict[str, IntentText]:
    intent = EditableIntent(
        id="a_b",
        title=utterances[0],
        utterances=utterances,
        answers={"beijing": {"text": utterances[-1], "source": "a#b"}},
    )
    text = new_intent_text(intent)
    assert read_intent(text) == intent
    return {"a_b": IntentText(intent_path("a_b"), text, intent)}


def test_the_export_of_hostile_texts_is_inert_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    intents = one_intent(*HOSTILE)
    path.write_bytes(export_bytes(intents, ["beijing"], "=1+1"))
    book = load_workbook(path)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}
    for row in book["说法"].iter_rows(min_row=2):
        assert row[2].number_format == "@"
        if str(row[2].value).startswith(("=", "+", "-", "@", "\t")):
            assert row[2].quotePrefix
    assert b"<f>" not in b"".join(_parts(path))
    found = compare(read_book(path), intents)
    assert (found.problems, found.changes) == ((), ())


def _parts(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist() if "worksheets" in name]


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(HOSTILE))
def test_cells_hold_any_text(text: str) -> None:
    assert decoded(encoded(text)) == text


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_any_content_comes_back_without_a_change(texts: list[str]) -> None:
    intents = one_intent(*texts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(export_bytes(intents, ["beijing"], ""))
        found = compare(read_book(path), intents)
    assert (found.problems, found.changes) == ((), ())


def test_the_sheets_help_their_readers() -> None:
    book = load_workbook(io.BytesIO(exported()))
    assert " ".join(book.sheetnames) == (
        "说明 问答 答案 说法 反例 测试句 相关 回复 截图提示 没写的地区 版本"
    )
    for sheet in book.worksheets[1:-1]:
        assert sheet.freeze_panes == "B2"
        assert all(cell.comment for cell in sheet[1])
        assert sheet.data_validations.dataValidation
    assert book["版本"].sheet_state == "hidden"


def test_a_text_longer_than_a_cell_is_not_cut_silently() -> None:
    with pytest.raises(WorkbookError, match="说法!C2：这段文字有 40000 个字"):
        export_bytes(one_intent("长" * 40_000), [], "")
