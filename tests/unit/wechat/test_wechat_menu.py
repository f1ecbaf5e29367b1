"""The menu on the wire and the difference of two."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.menu import Button, ButtonKind, Menu, click_key
from app.wechat.menu_wire import action_of, difference, from_wire, outline, to_wire
from tests.assistants import shipped_catalog

HELP = Button("帮助", ButtonKind.CLICK, key=click_key(command="help"))
FEE = Button("多少钱", ButtonKind.CLICK, key=click_key(intent="fee_standard"))
CHECK = Button("能不能参保", ButtonKind.CLICK, key=click_key(flow="check_coverage"))
PAGE = Button("官网", ButtonKind.VIEW, url="https://example.org/")
CARD = Button(
    "小程序", ButtonKind.MINI_PROGRAM, url="https://example.org/", app_id="wx1", page_path="p/i"
)
PAY = Button("缴费", children=(FEE, CHECK))
MENU = Menu((PAY, HELP, PAGE))

_NAMES = st.sampled_from(["缴费", "参保", "帮助", "官网", "多少钱"])
_LEAVES = st.builds(
    lambda name, like: replace(like, name=name), _NAMES, st.sampled_from([HELP, FEE, PAGE, CARD])
)
_GROUPS = st.builds(
    lambda name, children: Button(name, children=tuple(children)),
    _NAMES,
    st.lists(_LEAVES, min_size=1, max_size=5, unique_by=lambda b: b.name),
)
_MENUS = st.lists(_LEAVES | _GROUPS, max_size=3, unique_by=lambda b: b.name).map(
    lambda buttons: Menu(tuple(buttons))
)


def test_as_the_page_words_it() -> None:
    assert to_wire(Menu((PAY, PAGE, CARD))) == {
        "button": [
            {
                "name": "缴费",
                "sub_button": [
                    {"type": "click", "name": "多少钱", "key": "fee_standard"},
                    {"type": "click", "name": "能不能参保", "key": "flow:check_coverage"},
                ],
            },
            {"type": "view", "name": "官网", "url": "https://example.org/"},
            {
                "type": "miniprogram",
                "name": "小程序",
                "url": "https://example.org/",
                "appid": "wx1",
                "pagepath": "p/i",
            },
        ]
    }


@given(_MENUS)
def test_there_and_back(menu: Menu) -> None:
    assert from_wire({"menu": to_wire(menu)}) == menu


def test_of_the_website_groups_have_a_list() -> None:
    shown = {
        "is_menu_open": 1,
        "selfmenu_info": {
            "button": [
                {
                    "name": "缴费",
                    "sub_button": {"list": [{"type": "view", "name": "官网", "url": "u"}]},
                },
                {"type": "text", "name": "说明", "value": "您好"},
            ]
        },
    }
    menu = from_wire(shown)
    assert menu.buttons[0].children[0].url == "u"
    assert action_of(menu.buttons[1]) == "微信的 text 您好"
    with pytest.raises(ValueError, match="kind"):
        to_wire(menu)


@pytest.mark.parametrize(
    "answer", [{}, {"menu": None}, {"menu": {"button": [1, "x"]}}, {"selfmenu_info": []}]
)
def test_odd_answers_are_no_menu(answer: dict[str, object]) -> None:
    assert from_wire(answer) == Menu(())


@given(_MENUS, _MENUS)
def test_no_difference_means_the_same(wanted: Menu, present: Menu) -> None:
    assert (difference(wanted, present) == ()) is (wanted == present)


def test_what_comes_goes_changes_and_moves() -> None:
    present = Menu(
        (HELP, Button("缴费", children=(CHECK, FEE)), Button("旧的", ButtonKind.VIEW, url="u"))
    )
    wanted = Menu((PAY, replace(HELP, key="command:more"), CARD))
    assert difference(wanted, present) == (
        "- 旧的：网页 u",
        "↕ 缴费 › 顺序：能不能参保、多少钱 → 多少钱、能不能参保",
        "~ 帮助：命令 help → 命令 more",
        "+ 小程序：小程序 wx1 p/i",
        "↕ 一级按钮顺序：帮助、缴费、旧的 → 缴费、帮助、小程序",
    )


def test_a_lost_menu_is_all_new() -> None:
    assert difference(MENU, Menu(())) == (
        "+ 缴费：打开二级按钮",
        "+ 缴费 › 多少钱：回答 fee_standard",
        "+ 缴费 › 能不能参保：流程 check_coverage",
        "+ 帮助：命令 help",
        "+ 官网：网页 https://example.org/",
    )


@pytest.mark.parametrize("account", ["liuzhou", "beijing"])
def test_the_shipped_menus_fit_the_platform(account: str) -> None:
    menu = shipped_catalog().accounts[account].menu
    assert menu is not None
    assert from_wire({"menu": to_wire(menu)}) == menu
    assert len(outline(menu)) > 6
