from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.content.problems import Place, ProblemList, did_you_mean
from app.content.rules import RULES, render_rules, write_rules
from app.content.rules_flows import FLOW_RULES
from app.content.rules_form import FORM_RULES
from app.content.rules_meaning import MEANING_RULES
from app.content.rules_menu import MENU_RULES
from app.content.rules_references import REFERENCE_RULES


def test_codes_are_unique_and_grouped() -> None:
    codes = [
        rule[0]
        for rule in (*FORM_RULES, *REFERENCE_RULES, *MEANING_RULES, *FLOW_RULES, *MENU_RULES)
    ]
    assert len(set(codes)) == len(codes) == len(RULES)
    assert all(re.fullmatch(r"[YSRCFM]\d{3}", code) for code in codes)


def test_every_rule_has_both_examples_and_a_level() -> None:
    for rule in RULES.values():
        assert rule.bad
        assert rule.good
        assert rule.bad != rule.good
        assert rule.level in {"error", "warning"}
        assert re.search("[一-鿿]", rule.title + rule.remedy)


def test_document_lists_every_rule_once(tmp_path: Path) -> None:
    text = write_rules(tmp_path).read_text("utf-8")
    assert text == render_rules()
    assert re.findall(r"^### (\w+)", text, re.MULTILINE) == sorted(
        RULES, key=lambda code: ("YSRCFM".index(code[0]), code)
    )


def test_problem_takes_level_and_remedy_from_its_rule() -> None:
    problems = ProblemList()
    problems.add("C014", Place("b.yml", 2, 1), "写了数字")
    problems.add("Y004", Place("a.yml"), "空的", "写点什么")
    problems.add("Y004", Place("a.yml"), "空的", "写点什么")
    first, second = problems.ordered()
    assert (first.level, first.remedy) == ("error", "写点什么")
    assert (second.level, second.remedy) == ("warning", RULES["C014"].remedy)
    assert str(second) == f"b.yml:2:1 C014 提醒 写了数字 → {RULES['C014'].remedy}"


def test_unknown_rule_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        ProblemList().add("X999", Place("a.yml"), "")


def test_near_words_are_suggested() -> None:
    assert did_you_mean("utterence", ["utterances", "title"]) == "，是不是想写“utterances”？"
    assert did_you_mean("xyz", ["utterances"]) == ""
