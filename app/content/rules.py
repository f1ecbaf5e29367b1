"""The registry of content rules: code, title, remedy and an example each.

Codes are stable: they appear in messages, in the console and in operators' notes. A rule that
is dropped leaves a gap. `docs/lint-rules.md` is generated from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from app.content.rules_flows import FLOW_RULES
from app.content.rules_form import FORM_RULES
from app.content.rules_meaning import MEANING_RULES
from app.content.rules_menu import MENU_RULES
from app.content.rules_references import REFERENCE_RULES

DOC_PATH = Path("docs/lint-rules.md")
"""Relative to the root of the checkout."""

_GROUPS = (
    ("Y", "写法", "文件能不能读懂：编码、缩进、冒号、引号。"),
    ("S", "结构", "该有的键有没有，值的样子对不对。"),
    ("R", "引用", "提到的意图、流程、依据、事实是否存在。"),
    ("C", "内容", "说法、测试句、答案的文字。"),
    ("F", "流程", "多轮对话的表格是否完整。"),
    ("M", "菜单", "`intents/menu.yml`：微信收不收，点了有没有用。"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that content must keep to."""

    code: str
    title: str
    """What is demanded, in Chinese."""
    remedy: str
    """What to do where it is broken; a message may carry a more exact one."""
    bad: str
    good: str
    level: str = "error"
    """`error` keeps the content from being loaded; `warning` does not."""


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        fields[0]: Rule(*fields)
        for fields in (*FORM_RULES, *REFERENCE_RULES, *MEANING_RULES, *FLOW_RULES, *MENU_RULES)
    }
)
"""All rules by code, in order."""


def render_rules() -> str:
    """Return the text of `docs/lint-rules.md`."""
    lines = [
        "# 内容检查规则",
        "",
        "`yibao lint` 检查 `intents/` 和 `knowledge/`，每个问题一行：",
        "",
        "```text",
        "文件:行:列 规则 错误|提醒 出了什么问题 → 怎么改",
        "```",
        "",
        "有“错误”时内容不会被采用，机器人继续用上一份好的内容；“提醒”不影响使用。",
        "本页由 `app/content/rules.py` 生成，请勿手改。",
    ]
    for letter, name, about in _GROUPS:
        lines += ["", f"## {letter} {name}", "", about]
        for rule in RULES.values():
            if rule.code.startswith(letter):
                lines += _render_rule(rule)
    return "\n".join(lines) + "\n"


def _render_rule(rule: Rule) -> list[str]:
    level = "" if rule.level == "error" else "（提醒）"
    return [
        "",
        f"### {rule.code} {rule.title}{level}",
        "",
        f"{rule.remedy}。",
        "",
        "不对：",
        "",
        "```text",
        *rule.bad.split("\n"),
        "```",
        "",
        "对：",
        "",
        "```text",
        *rule.good.split("\n"),
        "```",
    ]


def write_rules(checkout: Path) -> Path:
    """Write `docs/lint-rules.md` below the checkout and return its path."""
    path = checkout / DOC_PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_rules(), encoding="utf-8")
    return path
