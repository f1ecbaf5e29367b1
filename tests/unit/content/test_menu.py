"""A menu written into the file reads back as the same menu."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.menu_model import MenuFile, build_menus
from app.content.menu_writer import menu_yaml, unwritable
from app.content.parsing import parse_model
from app.content.problems import ProblemList
from app.content.yaml_source import read_yaml
from app.domain.menu import Button, ButtonKind, Menu, click_key
from app.errors import SettingsError

_NAMES = st.one_of(
    st.sampled_from(
        ["缴费", "是", "12:30", "no", "2026", "a: b", "#1", "- x", "“引”", '"q"', "🙂", "~"]
    ),
    st.text("缴费参保ab1 :#-'\"&*!|>%@{}[],?", min_size=1, max_size=8).filter(str.strip),
)
_IDS = st.from_regex(r"[a-z][a-z0-9]{0,5}(_[a-z0-9]{1,5})?", fullmatch=True)
_LEAVES = st.one_of(
    st.builds(lambda n, i: Button(n, ButtonKind.CLICK, key=click_key(intent=i)), _NAMES, _IDS),
    st.builds(lambda n, i: Button(n, ButtonKind.CLICK, key=click_key(flow=i)), _NAMES, _IDS),
    st.builds(lambda n, i: Button(n, ButtonKind.CLICK, key=click_key(command=i)), _NAMES, _IDS),
    st.builds(lambda n: Button(n, ButtonKind.VIEW, url="https://example.org/?a=1#b"), _NAMES),
    st.builds(
        lambda n: Button(
            n, ButtonKind.MINI_PROGRAM, url="https://e.org/", app_id="wx1", page_path="p/i?x=1"
        ),
        _NAMES,
    ),
)
_GROUPS = st.builds(
    lambda n, c: Button(n, children=tuple(c)), _NAMES, st.lists(_LEAVES, min_size=1, max_size=5)
)
_MENUS = st.lists(_LEAVES | _GROUPS, min_size=1, max_size=3).map(lambda b: Menu(tuple(b)))


def read_back(text: str) -> dict[str, Menu]:
    """Return the menus in the text of a file."""
    problems = ProblemList()
    source = read_yaml("intents/menu.yml", text, problems)
    assert source is not None, problems.ordered()
    parsed = parse_model(MenuFile, source, problems)
    assert parsed is not None, problems.ordered()
    assert not problems.has_errors()
    return dict(build_menus(parsed.value))


@given(_MENUS)
def test_there_and_back(menu: Menu) -> None:
    assert unwritable(menu) == ()
    assert read_back(menu_yaml("beijing", menu)) == {"beijing": menu}


@given(_MENUS, _MENUS)
def test_the_others_stay(first: Menu, second: Menu) -> None:
    text = menu_yaml("liuzhou", second, menu_yaml("beijing", first))
    assert read_back(text) == {"beijing": first, "liuzhou": second}
    assert text.startswith("# yaml-language-server: $schema=")


@pytest.mark.parametrize("present", ["- a\n", "menus: 3\n", "menus: [\n", "a: 1\n  b: 2\n"])
def test_what_is_no_menu_file_is_not_overwritten(present: str) -> None:
    with pytest.raises(SettingsError):
        menu_yaml("beijing", Menu((Button("帮助", ButtonKind.CLICK, key="k"),)), present)
