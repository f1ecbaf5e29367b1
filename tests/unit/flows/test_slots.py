"""What a parent's sentence says about the slots of a flow."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.content import Catalog
from app.domain.flows import Slot
from app.domain.names import Region
from app.flows.slots import Found, find_values
from app.matching.normalise import normalise
from app.matching.places import Places
from tests.assistants import shipped_catalog, small_catalog
from tests.unit.flows.flow_cases import make_slot

HUKOU = make_slot(
    "hukou",
    {
        "beijing": ["是", "是的", "有", "北京", "京籍", "北京户口"],
        "other": ["不是", "没有", "外地", "非京籍", "不是北京户口", "户口在长沙"],
    },
)
STAGE = make_slot(
    "stage",
    {
        "kindergarten": ["幼儿园", "大学附属幼儿园", "小班"],
        "school": ["小学", "初中", "一年级"],
        "college": ["大学", "大专", "读大一"],
    },
)
PLACE = make_slot(
    "place", {"beijing": ["在北京上学", "北京", "是"], "elsewhere": ["在外地上学", "外地", "不是"]}
)
SLOTS = (HUKOU, STAGE, PLACE)
PLACES = Places(["北京"], ["长沙", "遵义", "桂林"])


def find(text: str, asking: str = "", slots: tuple[Slot, ...] = SLOTS) -> Found:
    return find_values(normalise(text), slots, asking, PLACES.fold)


def said(text: str, asking: str = "") -> dict[str, str]:
    found = find(text, asking)
    assert not found.contradictory
    return dict(found.values)


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ("北京户口", {"hukou": "beijing"}),
            ("孩子在上小学", {"stage": "school"}),
            ("京籍，读小学一年级", {"hukou": "beijing", "stage": "school"}),
            ("外地上大学", {"stage": "college"}),
            (
                "京籍，在外地上学，读大一",
                {"hukou": "beijing", "stage": "college", "place": "elsewhere"},
            ),
            ("今天天气真好", {}),
            ("", {}),
        ],
    )
    def test_all_slots_of_one_sentence(self, text: str, values: dict[str, str]) -> None:
        assert said(text) == values

    @pytest.mark.parametrize(
        ("text", "slot", "value"),
        [
            ("非京籍", "hukou", "other"),
            ("不是北京户口", "hukou", "other"),
            ("上的是大学附属幼儿园", "stage", "kindergarten"),
            ("大学", "stage", "college"),
        ],
    )
    def test_the_longest_synonym_wins(self, text: str, slot: str, value: str) -> None:
        assert said(text)[slot] == value

    def test_a_longer_synonym_hides_only_what_it_covers(self) -> None:
        found = find("大学附属幼儿园，不是大学")
        assert found.values == {}
        assert found.contradictory == {"stage"}

    def test_punctuation_width_case_and_spaces_do_not_matter(self) -> None:
        assert said("　北京 户口！！") == said("北京户口") == {"hukou": "beijing"}
        wide = (make_slot("app", {"bank": ["银行APP"]}),)
        assert find("ＢＡＮＫ，银行ａｐｐ", slots=wide).values == {"app": "bank"}

    def test_labels_count_like_synonyms(self) -> None:
        slot = make_slot("s", {"支付宝": [], "银行柜台": []})
        assert find("我去银行柜台", slots=(slot,)).values == {"s": "银行柜台"}


class TestBareAnswers:
    @pytest.mark.parametrize(
        ("text", "value"), [("是", "beijing"), ("不是", "other"), ("没有", "other")]
    )
    def test_belong_to_the_slot_that_was_asked(self, text: str, value: str) -> None:
        assert said(text, asking="hukou") == {"hukou": value}

    def test_belong_to_no_other_slot(self) -> None:
        assert said("是", asking="place") == {"place": "beijing"}
        assert said("不是", asking="place") == {"place": "elsewhere"}
        assert said("是", asking="stage") == {}

    @pytest.mark.parametrize("text", ["是", "不是", "有", "没有", "北京", "外地"])
    def test_mean_nothing_while_nothing_is_asked(self, text: str) -> None:
        assert said(text) == {}

    def test_a_word_of_two_slots_is_read_as_an_answer(self) -> None:
        assert said("北京", asking="hukou") == {"hukou": "beijing"}
        assert said("北京", asking="place") == {"place": "beijing"}

    def test_a_place_counts_as_the_word_it_folds_to(self) -> None:
        slots = (
            make_slot("home", {"here": ["北京", "房山"], "away": ["长沙"]}),
            make_slot("school", {"here": ["北京"], "away": ["遵义"]}),
        )
        assert find("房山", "school", slots).values == {"home": "here"}
        assert find("北京", "school", slots).values == {"school": "here"}
        assert find("桂林", "home", slots).values == {"home": "away"}
        assert find("桂林", "school", slots).values == {"school": "away"}
        assert find("桂林", "", slots).values == {}

    def test_may_open_a_longer_reply(self) -> None:
        assert said("不是，在上小学", asking="hukou") == {"hukou": "other", "stage": "school"}
        assert said("是的，他是", asking="hukou") == {"hukou": "beijing"}

    @pytest.mark.parametrize(
        "text", ["有", "有的", "有啊", "有 ", "是啊，上小学", "是是是", "有，北京的"]
    )
    def test_may_carry_a_particle(self, text: str) -> None:
        assert said(text, asking="hukou")["hukou"] == "beijing"

    @pytest.mark.parametrize(
        "text", ["有哪些缴费方式", "是不是都能报", "有什么区别", "在哪里交钱", "是怎么回事"]
    )
    def test_do_not_count_as_the_beginning_of_another_word(self, text: str) -> None:
        for asking in ("hukou", "place"):
            assert said(text, asking) == {}

    def test_do_not_count_in_the_middle(self) -> None:
        assert said("医保是什么东西", asking="hukou") == {}

    def test_yield_to_what_is_said_in_full(self) -> None:
        assert said("是外地，非京籍", asking="hukou") == {"hukou": "other"}

    def test_the_longest_one_counts(self) -> None:
        assert said("不是的", asking="hukou") == {"hukou": "other"}


class TestContradictions:
    def test_two_values_of_a_slot_are_none(self) -> None:
        found = find("一个上幼儿园一个上大学")
        assert found == Found({}, frozenset({"stage"}))

    def test_the_other_slots_are_still_heard(self) -> None:
        found = find("京籍，一个上小学，一个上大专")
        assert found.values == {"hukou": "beijing"}
        assert found.contradictory == {"stage"}

    def test_two_words_for_one_value_are_no_contradiction(self) -> None:
        assert said("小学，一年级") == {"stage": "school"}


class TestPlaces:
    @pytest.mark.parametrize("place", ["长沙", "遵义", "桂林市"])
    def test_one_place_named_stands_for_all_others(self, place: str) -> None:
        assert said(f"孩子户口在{place}") == {"hukou": "other"}

    def test_the_own_place_is_not_another(self) -> None:
        assert said("孩子户口在北京") != {"hukou": "other"}


def _regions() -> list[tuple[str, Catalog, Region, tuple[Slot, ...]]]:
    return [
        (f"{where}-{flow.id}-{region}", catalog, region, part.slots)
        for where, catalog in (("shipped", shipped_catalog()), ("small", small_catalog()))
        for flow in catalog.flows.values()
        for region, part in flow.regions.items()
    ]


def samples(word: str) -> list[str]:
    """Return what a parent would say for a word with gaps and alternatives: each one once."""
    groups = [g.split("|") for g in re.findall(r"\(([^()]*)\)", word)]
    frame = re.sub(r"\([^()]*\)", "{}", word.lstrip("=")).replace("~", "")
    return [
        frame.format(*(group[i % len(group)] for group in groups))
        for i in range(max(map(len, groups), default=1))
    ]


REGIONS = _regions()
each_region = pytest.mark.parametrize(
    ("catalog", "region", "slots"), [r[1:] for r in REGIONS], ids=[r[0] for r in REGIONS]
)


def places_of(catalog: Catalog, region: Region) -> Places:
    accounts = [a for a in catalog.accounts.values() if a.region == region]
    return Places([p for a in accounts for p in a.places], catalog.places)


@each_region
def test_every_word_that_operators_list_answers_its_question(
    catalog: Catalog, region: Region, slots: tuple[Slot, ...]
) -> None:
    fold = places_of(catalog, region).fold
    wrong = [
        (slot.name, choice.value, text, found)
        for slot in slots
        for choice in slot.choices
        for word in (choice.label, *choice.synonyms)
        for text in samples(word)
        for found in [find_values(normalise(text), slots, slot.name, fold)]
        if found.values.get(slot.name) != choice.value
    ]
    assert wrong == []


@each_region
@given(data=st.data())
@settings(deadline=None)
def test_values_are_always_among_the_choices(
    catalog: Catalog, region: Region, slots: tuple[Slot, ...], data: st.DataObject
) -> None:
    words = [w for slot in slots for c in slot.choices for w in (c.label, *c.synonyms)]
    pieces = st.one_of(
        st.sampled_from(words), st.text(max_size=8), st.sampled_from("，。不没是有 ")
    )
    text = "".join(data.draw(st.lists(pieces, max_size=8)))
    asking = data.draw(st.sampled_from(["", *(slot.name for slot in slots)]))
    found = find_values(normalise(text), slots, asking, places_of(catalog, region).fold)
    choices = {slot.name: {choice.value for choice in slot.choices} for slot in slots}
    assert all(value in choices[name] for name, value in found.values.items())
    assert found.contradictory <= choices.keys()
    assert not found.contradictory & found.values.keys()
