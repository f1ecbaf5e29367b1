"""Other bots' tables: what is taken, what is told, and that drafts cannot go live as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from app.content.lint import lint
from app.dialogue.texts import TEXT_KEYS
from app.editing.intent_file import read_intent
from app.workbook.foreign import Foreign, ForeignIntent
from app.workbook.foreign_drafts import write_drafts
from app.workbook.kinds import Kind
from app.workbook.problems import WorkbookError
from app.workbook.recognising import read_foreign, recognise
from tests.unit.workbook.books import copied, exported

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
NLU = """\
version: "3.1"
nlu:
- intent: ask_fee
  examples: |
    - [北京](city)一年多少钱
    - 学生[医保]{"entity": "kind", "value": "城乡"}交几百
    - 学生[医保](kind)交几百
- intent: faq/card
  examples: |
    - 卡丢了
- intent: greet
  examples: |
    - 你好
- intent: lost
  examples: |
    - 没人答
- synonym: 医保
  examples: |
    - 医疗保险
"""
DOMAIN = """\
version: "3.1"
intents: [ask_fee, greet]
entities: [city]
responses:
  utter_ask_fee:
  - text: "每人每年 435 元。"
  - text: "435。"
  utter_faq/card:
  - text: |
      先挂失。
      再补卡。
  utter_hello:
  - text: 您好
  utter_unused:
  - text: 没人用
rules:
- rule: 打招呼
  steps:
  - intent: greet
  - action: utter_hello
"""


def sheet(path: Path, *rows: tuple[object, ...]) -> Path:
    book = Workbook()
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            book.worksheets[0].cell(number, column).value = value  # type: ignore[assignment]
    book.save(path)
    return path


def taken(foreign: Foreign) -> list[tuple[tuple[str, ...], str]]:
    return [(intent.questions, intent.answer) for intent in foreign.intents]


def test_wechat_sheet(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "技能.xlsx",
        ("技能名称", "标准问题", "标准问题的相似阈值", "补充用户问法", "机器人回答"),
        ("医保", "一年多少钱", 0.9, "要交几百##保费多少", "435 元##四百三十五"),
        ("医保", "卡丢了", None, None, "先挂失"),
        ("医保", "一年多少钱", None, None, "又一遍"),
        ("医保", "没答案", None, None, None),
        ("医保", "公式", None, None, "=1+1"),
    )
    assert recognise([path]) is Kind.WECHAT
    foreign = read_foreign(Kind.WECHAT, [path])
    assert taken(foreign) == [
        (("一年多少钱", "要交几百", "保费多少"), "435 元"),
        (("卡丢了",), "先挂失"),
    ]
    assert foreign.skipped == (
        "第 2 行：有 2 个答案，只取了第一个",
        "第 4 行：“一年多少钱”和第 2 行重复",
        "第 5 行：没有答案",
        "第 6 行：没有答案",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("header", ["问题,答案\n", "Question,Answer\n", ""])
def test_two_columns_in_any_encoding(tmp_path: Path, encoding: str, header: str) -> None:
    path = tmp_path / "qa.csv"
    path.write_bytes(f'{header}多少钱,"435 元，\n一年"\n几百,"435 元，\n一年"\n'.encode(encoding))
    assert recognise([path]) is Kind.TABLE
    assert taken(read_foreign(Kind.TABLE, [path])) == [(("多少钱", "几百"), "435 元，\n一年")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b,c\n1,2,3\n", "认不出哪一列是问题、哪一列是答案：a、b、c"),
        ("", "认不出哪一列"),
        ("问题,答案\n" + "问,答\n" * 50_001, "超过 50000 行"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "qa.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(WorkbookError, match=expected):
        read_foreign(Kind.TABLE, [path])
    with pytest.raises(WorkbookError):
        read_foreign(Kind.WECHAT, [path])


def test_rasa(tmp_path: Path) -> None:
    nlu, domain = tmp_path / "nlu.yml", tmp_path / "domain.yml"
    nlu.write_text(NLU, "utf-8")
    domain.write_text(DOMAIN, "utf-8")
    assert recognise([nlu, domain]) is Kind.RASA
    foreign = read_foreign(Kind.RASA, [domain, nlu])
    assert taken(foreign) == [
        (("北京一年多少钱", "学生医保交几百"), "每人每年 435 元。"),
        (("卡丢了",), "先挂失。\n再补卡。"),
        (("你好",), "您好"),
        (("没人答",), ""),
    ]
    told = "\n".join(foreign.skipped)
    for expected in (
        "同义词 医保",
        "实体 entities：1 个",
        "意图 lost：没有找到回答",
        "utter_unused",
    ):
        assert expected in told


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"nlu:\n\t- x", "nlu.yml:2 YAML"),
        (b"\xff\xfe\x00", "不是 UTF-8"),
        (b"- 1\n", "没有读到 nlu"),
        (b"nlu: [1, 2]\n", "没有读到 nlu"),
    ],
)
def test_rasa_files_that_cannot_be_read(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "nlu.yml"
    path.write_bytes(data)
    with pytest.raises(WorkbookError, match=expected):
        read_foreign(Kind.RASA, [path])


def test_an_exported_workbook_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "content.xlsx"
    path.write_bytes(exported())
    assert recognise([path]) is Kind.YIBAO
    book = load_workbook(path)
    book.remove(book["版本"])
    book.save(path)
    assert recognise([path]) is Kind.YIBAO  # so that the message says what is missing


def test_drafts_are_intent_files_that_lint_refuses(tmp_path: Path) -> None:
    foreign = Foreign(
        (
            ForeignIntent(
                "faq/Fee", "一年多少钱呀这个标题很长很长很长", ("12:30", "=1", "no"), "答\x07案"
            ),
            ForeignIntent("", "没答案", ("没答案",), ""),
            ForeignIntent("faq_fee", "同名", ("同名",), "一\n\n  二"),
        ),
        (),
    )
    folder = write_drafts(tmp_path / "drafts", "beijing", foreign, NOW)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["draft_0002.yml", "faq_fee.yml", "faq_fee_3.yml"]
    text = (folder / "faq_fee.yml").read_text("utf-8")
    intent = read_intent(text)
    assert intent.utterances == ("12:30", "=1", "no")
    assert len(intent.title) == 14
    assert intent.answers == {"beijing": {"source": "todo#TODO", "text": "答案"}}
    assert "# TODO 2." in text
    root = copied(tmp_path)
    (root / "intents/faq_fee.yml").write_text(text, "utf-8")
    errors = [p for p in lint(root, TEXT_KEYS) if p.level == "error"]
    assert any(p.file == "intents/faq_fee.yml" and "todo" in p.message for p in errors)
