"""Facts in place, the source and its year, and an honest word once the year is over."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.content import Catalog, Document
from app.domain.names import Anchor, Region
from app.knowledge.quoting import (
    documents_of,
    expiry_notice,
    fact_values,
    source_line,
    with_facts,
)
from tests.assistants import shipped_catalog, small_catalog

BEIJING = Region("beijing")


@pytest.fixture
def catalog() -> Catalog:
    return small_catalog()


@pytest.fixture
def document(catalog: Catalog) -> Document:
    return catalog.documents["beijing-2026"]


class TestFacts:
    def test_every_mention_is_replaced(self) -> None:
        text = "每人{fact.fee}，两人是两个{fact.fee}，问{fact.phone}"
        facts = {"fee": "435元", "phone": "12333"}
        assert with_facts(text, facts) == "每人435元，两人是两个435元，问12333"

    def test_an_unknown_fact_is_an_error(self) -> None:
        with pytest.raises(KeyError, match="phone"):
            with_facts("问{fact.phone}", {"fee": "435元"})

    @pytest.mark.parametrize(
        "text", ["{fact.}", "{fact.Fee}", "{ fact.fee }", "{fee}", "{{7*7}}", "{0}"]
    )
    def test_nothing_else_in_braces_is_touched(self, text: str) -> None:
        assert with_facts(text, {"fee": "435元"}) == text

    def test_a_value_is_not_read_again(self) -> None:
        assert with_facts("{fact.a}", {"a": "{fact.b}", "b": "x"}) == "{fact.b}"

    def test_backslashes_in_a_value_stay(self) -> None:
        assert with_facts("{fact.a}", {"a": r"\1\g<0>"}) == r"\1\g<0>"

    @given(st.text().filter(lambda text: "{fact." not in text))
    @settings(deadline=None)
    def test_text_without_facts_stays(self, text: str) -> None:
        assert with_facts(text, {}) == text

    def test_values_are_those_of_the_region(self, catalog: Catalog) -> None:
        assert fact_values(catalog, BEIJING)["fee_yearly"] == "435元"
        assert "fee_yearly" not in fact_values(catalog, Region("liuzhou"))
        assert fact_values(catalog, Region("nowhere")) == {}

    def test_every_text_that_ships_can_be_filled(self) -> None:
        shipped = shipped_catalog()
        for intent in shipped.intents.values():
            for region, answer in intent.answers.items():
                assert "{fact." not in with_facts(answer.text, fact_values(shipped, region))


class TestSources:
    def test_each_document_once_in_order_of_citation(self, catalog: Catalog) -> None:
        anchors = [
            Anchor("liuzhou-2023", "银行缴费"),
            Anchor("beijing-2026", "免缴名单"),
            Anchor("liuzhou-2023", "支付宝缴费"),
        ]
        found = documents_of(catalog, anchors)
        assert [d.id for d in found] == ["liuzhou-2023", "beijing-2026"]
        assert documents_of(catalog, []) == ()

    def test_line_names_document_and_year(self, catalog: Catalog, document: Document) -> None:
        assert source_line(catalog, [document]) == (
            "依据：北京市城乡医保学生问答（2025–2026 年度）"
        )

    def test_one_line_a_document(self, catalog: Catalog, document: Document) -> None:
        lines = source_line(catalog, [document, catalog.documents["liuzhou-2023"]]).split("\n")
        assert [line[:3] for line in lines] == ["依据："] * 2

    def test_nothing_cited_gives_nothing(self, catalog: Catalog) -> None:
        assert source_line(catalog, []) == ""


class TestExpiry:
    def test_last_day_still_counts(self, catalog: Catalog, document: Document) -> None:
        assert document.valid_until == date(2026, 3, 31)
        assert expiry_notice(catalog, [document], date(2026, 3, 31)) == ""

    def test_the_day_after_is_told(self, catalog: Catalog, document: Document) -> None:
        assert expiry_notice(catalog, [document], date(2026, 4, 1)) == (
            "⚠️ 以下是 2025–2026 年度的规定，现已过期，请以 12333 的最新答复为准。"
        )

    @given(days=st.integers(-4000, 4000))
    @settings(deadline=None)
    def test_only_days_after_the_last_are_told(self, days: int) -> None:
        catalog = small_catalog()
        for document in catalog.documents.values():
            today = document.valid_until + timedelta(days=days)
            assert bool(expiry_notice(catalog, [document], today)) == (days > 0)

    def test_only_what_has_expired_is_named(self, catalog: Catalog, document: Document) -> None:
        other = catalog.documents["liuzhou-2023"]
        notice = expiry_notice(catalog, [document, other], date(2026, 1, 1))
        assert notice.count("⚠️") == 1
        assert "2023 年度" in notice
        both = expiry_notice(catalog, [document, other], date(2027, 1, 1))
        assert [line[0] for line in both.split("\n")] == ["⚠"] * 2

    def test_a_later_last_day_moves_the_notice(self, catalog: Catalog, document: Document) -> None:
        longer = dataclasses.replace(document, valid_until=date(2030, 12, 31))
        assert expiry_notice(catalog, [longer], date(2026, 4, 1)) == ""
