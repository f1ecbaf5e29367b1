"""The tables of docs/wechat.md are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from app.domain.channels import ALLOWANCES, AccountKind
from app.metrics import Metrics
from app.wechat.api.codes import CODE_RULES
from app.wechat.capabilities import GRANTS

TEXT = (Path(__file__).parents[2] / "docs/wechat.md").read_text("utf-8")


def rows_under(head: str) -> list[tuple[str, ...]]:
    """Return the rows of the table whose first line begins with `head`."""
    lines = TEXT[TEXT.index(f"\n{head}") :].strip().splitlines()
    table = []
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        table.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return table


def test_error_codes() -> None:
    assert rows_under("| 错误码 |") == [
        (
            rule.label,
            rule.meaning + ("" if rule.is_official else "（未见官方文档）"),
            rule.action.value,
            rule.remedy,
        )
        for rule in CODE_RULES
    ]


def test_capabilities() -> None:
    assert rows_under("| 权限 |") == [
        (
            capability.value,
            *(
                "✓" if grant.covers(kind, verified=verified) else "–"
                for kind in AccountKind
                for verified in (False, True)
            ),
            grant.source,
        )
        for capability, grant in GRANTS.items()
    ]


def test_quota() -> None:
    assert [row[1:] for row in rows_under("| 家长做了什么 |")] == [
        (str(allowance.messages), str(allowance.valid_s)) for allowance in ALLOWANCES.values()
    ]


def test_metrics() -> None:
    documented = set(re.findall(r"^\| `(yibao_\w+)`", TEXT, re.MULTILINE))
    exposed = set(re.findall(r"^# TYPE (\w+)", Metrics().text().decode(), re.MULTILINE))
    assert documented <= exposed
    assert {name for name in exposed if "wechat" in name or "channel" in name} == documented
