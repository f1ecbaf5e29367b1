from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.problems import Place, ProblemList
from app.content.yaml_source import PlainValue, YamlSource, decode, read_yaml

SENTENCES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters='"\\\ufeff'), min_size=1
)


def read(text: str) -> YamlSource:
    problems = ProblemList()
    source = read_yaml("a.yml", text, problems)
    assert source is not None, problems.ordered()
    return source


def rules(text: str) -> list[str]:
    problems = ProblemList()
    read_yaml("a.yml", text, problems)
    return [p.rule for p in problems.ordered()]


def test_every_node_has_its_place() -> None:
    source = read("a: 一\nb:\n  - 二\n  - {c: 三}\n")
    assert source.data == {"a": "一", "b": ["二", {"c": "三"}]}
    assert source.place(("a",)) == Place("a.yml", 1, 4)
    assert source.key_place(("b",)) == Place("a.yml", 2, 1)
    assert source.place(("b", 0)) == Place("a.yml", 3, 5)
    assert source.key_place(("b", 1, "c")) == Place("a.yml", 4, 6)
    assert source.place(("b", 1, "c")) == Place("a.yml", 4, 9)


def test_absent_node_stands_where_its_parent_does() -> None:
    source = read("a:\n  b: 一\n")
    assert source.place(("a", "x", "y")) == source.place(("a",)) == Place("a.yml", 2, 3)


def test_snippet_is_found_inside_a_block_text() -> None:
    source = read("a: 435元\nb: |-\n  第一行\n  要 435元 一年\n")
    assert source.find(("b",), "435元") == Place("a.yml", 4, 5)
    assert source.find(("b",), "436元") == source.place(("b",))


@pytest.mark.parametrize("text", ["no", "yes", "on", "off", "y", "12:30", "1.2.3", "否", "5月"])
def test_yaml_1_2_keeps_text(text: str) -> None:
    assert read(f"a: {text}\n").data == {"a": text}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("08", "数字"),
        ("1_000", "数字"),
        ("12333", "数字"),
        ("1.5", "数字"),
        ("true", "真假值"),
        ("2025-11-30", "日期"),
        ("~", "空值"),
        ("", "空值"),
    ],
)
def test_what_yaml_reads_as_another_type_stays_as_typed(text: str, kind: str) -> None:
    assert read(f"a: {text}\n").data == {"a": PlainValue(text, kind)}
    assert read(f'a: "{text}"\n').data == {"a": text}


@given(st.lists(SENTENCES, min_size=1))
def test_quoted_sentences_come_back_as_they_are(sentences: list[str]) -> None:
    text = "a:\n" + "".join(f'  - "{s}"\n' for s in sentences)
    assert read(text).data == {"a": sentences}


@given(st.text())
def test_any_text_is_read_or_reported(text: str) -> None:
    problems = ProblemList()
    source = read_yaml("a.yml", text, problems)
    assert source is not None or problems.has_errors()


@given(st.binary())
def test_any_bytes_are_decoded_or_reported(raw: bytes) -> None:
    problems = ProblemList()
    text = decode(raw, "a.yml", problems)
    assert text is not None or problems.has_errors()


def test_line_ends_of_windows_are_read() -> None:
    assert decode(b"a: 1\r\nb: 2\r\n", "a.yml", ProblemList()) == "a: 1\nb: 2\n"


def test_full_width_colon_inside_a_text_is_fine() -> None:
    assert rules("a: 注意：先登记\nb: |-\n  text：\n  －\n") == []


def test_lookalikes_inside_a_block_text_are_not_blamed() -> None:
    text = 'a: |-\n  title：x\n  －\nb: "x\n'
    assert rules(text) == ["Y011"]


def test_deep_nesting_is_reported() -> None:
    assert rules("a: " + "[" * 5000) == ["Y011"]


def test_aliases_cannot_blow_up() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    assert set(rules("\n".join(lines))) == {"Y010"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("intent: a\nutterances:\n  - 甲\n - 乙\n  - 丙\n", 4),  # one space too few
        ("intent: a\nutterances:\n  - 甲\n   - 乙\n", 4),  # one too many
        ("utterances:\n\t- 甲\n  - 乙\n", 2),  # a tab
        ("intent: a\n title: b\nkind: faq\n", 2),
        ("beijing:\n  answers:\n    text: x\n     source: y\n    more: z\n", 4),
        ("beijing:\n  answers:\n    text: x\n   source: y\n    more: z\n", 4),
        (" intent: a\ntitle: b\nkind: faq\n", 1),
        ("# 说明\n\n intent: a\ntitle: b\n", 3),
        ("beijing:\n  answers:\n      text: x\n    source: y\n    more: z\n", 3),
        ("beijing:\n  answers:\n      text: x\n    source: y\n", 3),
        ("answers:\n  - text: x\n   source: y\n", 3),
        ("answers:\n  - text: x\n     source: y\n", 3),
        ("intent: a\ntitle:b\nkind: faq\n", 2),  # no space after the colon
        ("intent: a\ntitle：b\nkind: faq\n", 2),  # a full-width one
        ('intent: a\ntitle: "b\nkind: faq\n', 2),  # a quote that is not closed
        ("intent: a\ntitle\nkind: faq\n", 2),
    ],
)
def test_the_line_to_change_is_told(text: str, line: int) -> None:
    problems = ProblemList()
    assert read_yaml("a.yml", text, problems) is None or problems.ordered()
    assert [p.line for p in problems.ordered()] == [line]
