from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.evidence import find_claims, occurs, unsupported
from app.content.quantities import as_written, canonical, quantities

DEBIT_DAYS = "批量扣款日：为12月15—17日和2026年1月15日、2月15日仅此五天"


def wrong(text: str, *sections: str) -> list[str]:
    return [claim.shown for claim in unsupported(find_claims(text), sections)]


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("12月15日至17日", DEBIT_DAYS),
        ("12 月 15 号到 17 号", DEBIT_DAYS),
        ("12月15日、16日、17日", DEBIT_DAYS),
        ("2026年2月15日", DEBIT_DAYS),
        ("只有5天", DEBIT_DAYS),
        ("2026年2月28日前", "至2026年02月28日"),
        ("每月5日至20日", "每月5至20日"),
        ("5~20号", "每月5日至20日"),
        ("2025年11月、12月", "2025年11-12月和2026年1-3月"),
        ("2025年12月", "2025年11-12月和2026年1-3月"),
        ("2026年2月", "2025年11-12月和2026年1-3月"),
        ("2-3个工作日", "2至3个工作日"),
        ("2个工作日", "提前两个工作日"),
        ("两个工作日", "提前2个工作日"),
        ("15:00前", "工作日15：00前"),
        ("下午3点前", "工作日15:00前"),
        ("0点扣款", "当日零点一次性扣款"),
        ("12类", "十二类免缴人员"),
        ("第1步登录\n1. 关注\n（2）缴费\n③ 完成", "没有数字"),
        ("7×24小时", "7*24小时"),
        ("(010) 89367023-2", "(010)89367023—2！"),
        ("每人４３５元", "435元/年"),
        ("一共两种办法，一次办好", "没有数字"),
    ],
)
def test_same_meaning_is_supported(text: str, section: str) -> None:
    assert wrong(text, section) == []


@pytest.mark.parametrize(
    ("text", "section", "shown"),
    [
        ("12月18日", DEBIT_DAYS, "12月18日"),
        ("1月17日", DEBIT_DAYS, "1月17日"),
        ("2025年12月15日", DEBIT_DAYS, "2025年"),
        ("14-17号", "13-17号", "14"),
        ("5日至15日", "每月5日至20日（15日除外）", "5日-15日"),
        ("436元", "435元/年", "436元"),
        ("435天", "435元/年", "435天"),
        ("43元", "435元/年", "43元"),
        ("三个工作日", "提前两个工作日", "三个工作日"),
        ("15:30", "15:00前", "15:30"),
        ("拨打12333", "拨打12366", "12333"),
        ("2年", "2月", "2年"),
        ("2.5倍", "2倍，5倍", "2.5倍"),
    ],
)
def test_other_meaning_is_found(text: str, section: str, shown: str) -> None:
    assert wrong(text, section)[0] == shown


def test_each_claim_needs_one_section_and_sections_add_up() -> None:
    assert wrong("435元，5次", "435元", "共5次") == []
    assert wrong("435元，5次", "435元") == ["5次"]


def test_names_and_addresses_are_compared_literally() -> None:
    section = "点击【我要缴费】→“城乡  医疗”，网址https://a.example/x#/Y"
    assert wrong("点“我要缴费”，再点《城乡医疗》", section) == []
    assert wrong("“我要缴费→城乡医疗”", section) == []
    assert wrong("见 https://a.example/x#/Y 。", section) == []
    assert wrong("点“缴费”或“要交费”", section) == ["“要交费”"]
    assert wrong("https://a.example/z", section) == ["https://a.example/z"]


def test_values_of_facts_stand_in_their_section() -> None:
    assert occurs("北京、农业、中信", "（本区北京、农业、农商、中信【仅一家】银行）")
    assert occurs("12月15—17日", "为12月15-17日")
    assert not occurs("北京、工商", "北京、农业")


@given(st.integers(1, 12), st.integers(1, 28), st.integers(2000, 2090))
def test_every_way_to_write_a_date_gives_the_same(month: int, day: int, year: int) -> None:
    ways = [
        f"{year}年{month}月{day}日",
        f"{year} 年 {month:02} 月 {day:02} 日",
        f"{year}年{month}月份{day}号",
    ]
    claims = [{q.claims for q in quantities(canonical(way))} for way in ways]
    assert claims[0] == claims[1] == claims[2]


@given(st.text())
def test_a_text_supports_itself(text: str) -> None:
    assert unsupported(find_claims(text), [text]) == ()


def test_canonical_piece_is_found_where_it_was_written() -> None:
    match = as_written("5日-25日").search("每月 5 日 到 25 日")
    assert match is not None
    assert match.start() == 3
