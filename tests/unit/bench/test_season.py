"""The season: sums that must hold, what more of anything does, and the document's freshness."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.figures import Cost, bytes_per_user, measured_cost, part, tables
from bench.season import PROFILE, REASONS, SCALES, Assumptions, Scale, Season, assumptions_with
from bench.season_report import chart, parts
from bench.simulate_season import CHART, DOCUMENT, inputs
from bench.sizing import SEALED_BYTES, WorstMinute, size
from tests.assistants import ROOT

COST = Cost("yibao", 3000, 300, 400, 7.0, 13.0)
ASSUMED = Assumptions()
SPEED = """
<!-- speed -->

| server | messages/s | CPU µs | Redis µs | MB |
|---|--:|--:|--:|--:|
| FastAPI + wechatpy echo | 5,864 | 169 | 0 | 76 |
| yibao | 900 | 1,000 | 100 | 280 |
| yibao, safe mode | 800 | 1,234 | 110 | 290 |
| yibao, two replicas | 1,500 | 9,999 | 120 |  |

| server | share of its peak | p50 ms | p99 ms |
|---|--:|--:|--:|
| yibao, safe mode | 50% | 4.0 | 9.0 |
| yibao, safe mode | 25% | 2.0 | 5.0 |

<!-- /speed -->
"""


def test_the_document_says_what_the_command_computes(tmp_path: Path) -> None:
    """After `make bench` run `make capacity`."""
    given_ = inputs([])
    for name, text in parts(given_).items():
        assert part(DOCUMENT, name).strip() == text, f"{name}: run make capacity"
    chart(Season(SCALES[0], given_.assumed), tmp_path / "chart.svg")
    assert CHART.read_text("utf-8") == (tmp_path / "chart.svg").read_text("utf-8")


def test_the_prose_has_no_figures_of_its_own() -> None:
    text = DOCUMENT.read_text("utf-8")
    written = " ".join(parts(inputs([])).values())
    prose = re.sub(r"<!-- ([\w-]+) -->.*?<!-- /\1 -->", "", text, flags=re.DOTALL)
    prose = re.sub(r"```.*?```|`[^`]*`|p\d+|“2”", "", prose, flags=re.DOTALL)
    known = set(re.findall(r"\d[\d,.]*", written))
    assert set(re.findall(r"\d[\d,.]*", prose)) <= known


def test_every_assumption_has_its_reason() -> None:
    assert {field.name for field in fields(Assumptions)} == set(REASONS)


def test_the_profile_is_a_whole_day() -> None:
    assert len(PROFILE) == 24
    assert sum(PROFILE) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)
def test_days_hours_and_minutes_add_up(scale: Scale) -> None:
    season = Season(scale, ASSUMED)
    days = season.days()
    assert len(days) == 90
    assert sum(days) == pytest.approx(season.total + season.campaign)
    for day in (0, -2, -1):
        assert 3600 * sum(season.hours(day)) == pytest.approx(days[day], rel=0.01)
    assert days[-2] == pytest.approx(4 * days[0])
    assert 60 * sum(season.last_day_minutes()) == pytest.approx(days[-1], rel=0.01)


def test_a_school_is_a_fixed_number_of_families() -> None:
    assert Season(SCALES[2], ASSUMED).asking == pytest.approx(800)
    province, city = (Season(scale, ASSUMED) for scale in SCALES[:2])
    assert province.worst_per_s == pytest.approx(10 * city.worst_per_s)


@settings(max_examples=30, deadline=None)
@given(short=st.integers(0, 200), longer=st.integers(1, 200))
def test_a_campaign_sent_more_slowly_has_no_higher_peak(short: int, longer: int) -> None:
    def worst(spread: int) -> float:
        return Season(SCALES[0], replace(ASSUMED, push_spread_min=float(spread))).worst_per_s

    assert worst(short + longer) <= worst(short) * 1.005  # the evening grows meanwhile


@settings(max_examples=15, deadline=None)
@given(per_s=st.floats(1, 800))
def test_more_messages_need_no_fewer_replicas(per_s: float) -> None:
    needed = WorstMinute(per_s, COST, ASSUMED).needed()
    assert needed >= WorstMinute(per_s / 2, COST, ASSUMED).needed()
    held = WorstMinute(per_s, COST, ASSUMED).with_replicas(needed)
    assert held.random_ms < 1000
    assert held.busy <= 0.6


def test_the_size_holds_without_one_domain() -> None:
    for scale in SCALES:
        found = size(Season(scale, ASSUMED), COST, 4096)
        assert found.replicas % scale.domains == 0
        assert found.after_loss.replicas == found.replicas - found.replicas // scale.domains
        assert found.after_loss.replicas >= found.needed
        assert found.after_loss.random_ms < 1000


def test_redis_becomes_a_cluster_where_one_is_too_small() -> None:
    season = Season(SCALES[0], ASSUMED)
    assert size(season, COST, 4096).masters == 1
    assert size(season, COST, 40_000).masters >= 3
    assert size(season, replace(COST, redis_us=20_000), 4096).masters >= 3


def test_dearer_messages_cost_more() -> None:
    season = Season(SCALES[0], ASSUMED)
    dear, cheap = size(season, replace(COST, cpu_us=30_000), 4096), size(season, COST, 4096)
    assert dear.replicas > cheap.replicas
    assert dear.month > cheap.month


def test_a_sealed_reply_is_no_larger_than_is_said() -> None:
    from base64 import b64decode

    from wechatpy.crypto import PrpCrypto

    from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS

    xml = "<xml>" + "x" * (2048 + 330) + "</xml>"
    sealed = PrpCrypto(b64decode(SANDBOX_AES_KEY + "=")).encrypt(xml, SANDBOX_APP_IDS["beijing"])
    assert len(sealed) < SEALED_BYTES


def test_the_dearest_row_of_one_process_counts(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(SPEED, "utf-8")
    assert measured_cost(document) == Cost("yibao, safe mode", 1234, 110, 290, 2.0, 5.0)
    document.write_text(SPEED.replace("| yibao", "| other"), "utf-8")
    with pytest.raises(ValueError, match="先运行 make bench"):
        measured_cost(document)


def test_the_committed_table_is_understood() -> None:
    assert measured_cost(ROOT / "docs/benchmarks.md").cpu_us > 100


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("| kind | bytes a user |\n|---|--:|\n| idle | 1,500 |\n| in a flow | 2,900 |", 2900),
        ("| 部署 | 每位家长 KB |\n|---|--:|\n| 单机 | 3 |", 3072),
        ("| 部署 | 键 |\n|---|--:|\n| 单机 | 3 |", None),
    ],
)
def test_bytes_a_user_are_read_where_they_are(
    tmp_path: Path, table: str, expected: float | None
) -> None:
    document = tmp_path / "redis.md"
    assert bytes_per_user(document) is None
    document.write_text(f"<!-- redis-memory -->\n\n{table}\n\n<!-- /redis-memory -->\n", "utf-8")
    assert bytes_per_user(document) == expected


def test_tables_are_read_by_their_columns() -> None:
    text = "| a | b |\n|---|--:|\n| 1 | 2 |\n\ntext\n\n| c |\n|---|\n| 3 |\n"
    assert tables(text) == [[{"a": "1", "b": "2"}], [{"c": "3"}]]


def test_an_unknown_assumption_is_refused() -> None:
    assert assumptions_with(["ask_share=0.6"]).ask_share == 0.6
    with pytest.raises(ValueError, match="没有 asks"):
        assumptions_with(["asks=1"])
