"""Rules for the console's own files: no markup from text, no address outside, every word named."""

from __future__ import annotations

import ast
import re

import pytest

from app.console.shell import FAVICON, STATIC, THEME_COOKIE, THEMES, theme_of
from app.console.wording import DECISIONS, EVIDENCE, INTENT_KINDS, MESSAGES, moment
from app.domain.content import IntentKind
from app.domain.turn import Decision
from tests.architecture.project import ROOT
from tests.assistants import small_assistant

MODULES = sorted((ROOT / "app/console").rglob("*.py"))
TAKES_MARKUP = {"html", "markdown", "restructured_text", "mermaid", "add_body_html", "innerHTML"}


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.name)
def test_no_element_takes_markup(module):
    source = module.read_text("utf-8")
    used = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "ui"
    }
    # Mermaid's text is drawn as text of a picture: no HTML labels, security level strict.
    assert not used & TAKES_MARKUP - ({"mermaid"} if module.stem == "flows_page" else set())
    assert "innerHTML" not in source


def test_style_sheet_loads_nothing():
    style = (STATIC / "console.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|://", style)


def test_favicon_loads_nothing():
    assert re.findall(r"\w+://[^\"]+", FAVICON) == ["http://www.w3.org/2000/svg"]


def test_style_and_script_agree_on_what_is_narrow():
    from app.console.chat_log import NARROW

    assert f"@media {NARROW}" in (STATIC / "console.css").read_text("utf-8")


def test_everything_has_a_chinese_name():
    assert DECISIONS.keys() == set(Decision)
    assert INTENT_KINDS.keys() == set(IntentKind)
    matcher = small_assistant().matchers["beijing"]  # type: ignore[index]
    kinds = {
        k
        for text in ("怎么缴费", "钱怎么弄")
        for c in matcher.rank(text).candidates
        for k in c.evidence
    }
    # These two speak only where opposites are declared, and with sentence embeddings.
    assert kinds | {"opposed", "meaning"} == set(EVIDENCE)
    shown = [*DECISIONS.values(), *(name for name, _ in (*EVIDENCE.values(), *MESSAGES.values()))]
    assert all(re.fullmatch(r"[一-鿿]+", name) for name in shown)


def test_theme_comes_from_the_cookie():
    assert theme_of({}) is THEMES[0]
    assert theme_of({THEME_COOKIE: "dark"}).dark is True
    assert theme_of({THEME_COOKIE: "<script>"}) is THEMES[0]


def test_moment_in_chinese():
    from datetime import datetime
    from zoneinfo import ZoneInfo

    at = datetime(2025, 12, 10, 8, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert moment(at) == "2025年12月10日 星期三 08:05"
