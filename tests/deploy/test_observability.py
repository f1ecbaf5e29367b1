"""Dashboard, alarms and the documents about them name metrics that exist, and all of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
from prometheus_client.metrics import MetricWrapperBase

from app.metrics import Metrics
from app.tallies import Tally, TimeTally
from tests.deploy.files import DEPLOY, ROOT, document

OUTSIDE = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
DASHBOARD = json.loads((DEPLOY / "grafana" / "yibao.json").read_text("utf-8"))
RULES: list[dict[str, Any]] = [
    rule for group in document(DEPLOY / "alerts.yml")["groups"] for rule in group["rules"]
]
EXPRESSIONS = [t["expr"] for panel in DASHBOARD["panels"] for t in panel["targets"]]


def registered() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return name → (kind, labels) of every metric of our own."""
    found = {}
    for collector in Metrics().registry._collector_to_names:
        if isinstance(collector, MetricWrapperBase):
            name = collector._name + ("_total" if collector._type == "counter" else "")
            found[name] = (str(collector._type), tuple(collector._labelnames))
        if isinstance(collector, Tally):
            found[collector.name] = ("counter", collector.labels)
        if isinstance(collector, TimeTally):
            found[collector.name] = ("histogram", collector.labels)
    return found


def samples() -> set[str]:
    """Return the names that a query may use."""
    names = set(OUTSIDE)
    for name, (kind, _) in registered().items():
        names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} - {name}
        if kind != "histogram":
            names.add(name)
    return names


def named(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:yibao|process)_[a-z_]+|\bup\b", expression))


def test_the_document_lists_exactly_the_metrics_there_are() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\S+) \|", text, re.MULTILINE)
    listed = {
        name: (kind, () if labels == "–" else tuple(labels.split("、")))
        for name, kind, labels in rows
    }
    assert listed == registered()


def test_no_label_is_about_a_person_or_a_text() -> None:
    labels = {label for _, labels in registered().values() for label in labels}
    assert not labels & {"user", "openid", "text", "message", "session", "ip"}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_panels_ask_for_metrics_that_exist(expression: str) -> None:
    assert named(expression)
    assert named(expression) <= samples()


def test_the_dashboard_shows_every_metric() -> None:
    shown = {name for expression in EXPRESSIONS for name in named(expression)}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    # Ages are shown as times of expiry and as the revision's number.
    elsewhere = {
        "yibao_wechat_token_fetched_timestamp_seconds",
        "yibao_content_age_seconds",
        "yibao_catalog_info",
        "yibao_build_info",
    }
    assert set(registered()) - shown == elsewhere


def test_the_dashboard_can_be_provisioned() -> None:
    assert DASHBOARD["uid"] == "yibao"
    assert "id" not in DASHBOARD
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r["alert"])
def test_alarms_ask_for_what_exists_and_say_what_to_do(rule: dict[str, Any]) -> None:
    assert named(rule["expr"])
    assert named(rule["expr"]) <= samples()
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert re.search(r"[\u4e00-\u9fff]", rule["annotations"]["summary"])
    name = rule["alert"]
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"


def test_the_runbook_has_a_section_for_each_alarm() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text("utf-8"), re.M)
    assert sections == [rule["alert"] for rule in RULES]


def test_every_alarm_is_seen_to_ring_and_to_be_silent() -> None:
    checks = [
        check
        for case in document(DEPLOY / "alerts_test.yml")["tests"]
        for check in case["alert_rule_test"]
    ]
    alarms = {rule["alert"] for rule in RULES}
    assert {check["alertname"] for check in checks if check["exp_alerts"]} == alarms
    assert {check["alertname"] for check in checks if not check["exp_alerts"]} == alarms


@pytest.mark.parametrize("command", ["check rules alerts.yml", "test rules alerts_test.yml"])
def test_promtool_agrees(command: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        assert "CI" not in os.environ, "apt install prometheus"
        pytest.skip("缺少 promtool（Debian：apt install prometheus）")
    done = subprocess.run(
        [promtool, *command.split()],
        cwd=DEPLOY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
