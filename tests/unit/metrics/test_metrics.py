"""What is counted, and that nobody's words or identity are among it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from app.domain.channels import Channel
from app.domain.turn import Turn
from app.metrics import Metrics
from tests.unit.dialogue.parent import Parent


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Return (name, label values …) → value, read as Prometheus reads it."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def a_turn(text: str = "多少钱") -> Turn:
    return Parent().say(text)


def test_turns_by_account_and_decision() -> None:
    metrics = Metrics()
    for _ in range(2):
        metrics.turn("beijing", a_turn(), stateless=False)
    metrics.turn("liuzhou", a_turn("谢谢"), stateless=False)
    found = samples(metrics)
    assert found["yibao_turns_total", "beijing", "answer"] == 2
    assert found["yibao_turns_total", "liuzhou", "smalltalk"] == 1


def test_topics_by_account() -> None:
    metrics = Metrics()
    metrics.turn("beijing", a_turn(), stateless=False)
    metrics.turn("beijing", a_turn("谢谢"), stateless=False)
    found = samples(metrics)
    assert found["yibao_topics_total", "beijing", "fee_standard"] == 1
    assert sum(value for key, value in found.items() if key[0] == "yibao_topics_total") == 1


def test_turns_without_the_store() -> None:
    metrics = Metrics()
    metrics.turn("beijing", a_turn(), stateless=True)
    metrics.turn("beijing", a_turn(), stateless=False)
    found = samples(metrics)
    assert found["yibao_stateless_turns_total", "beijing"] == 1
    assert found["yibao_turns_total", "beijing", "answer"] == 2


def test_seconds_are_seconds() -> None:
    metrics = Metrics()
    turn = a_turn()
    metrics.turn("beijing", turn, stateless=False)
    found = samples(metrics)
    assert found[("yibao_turn_seconds_count",)] == 1
    assert found[("yibao_turn_seconds_sum",)] * 1000 == turn.trace.timings_ms["turn"]


def test_store_and_catalog() -> None:
    metrics = Metrics()
    metrics.store(up=True)
    metrics.catalog("a" * 64)
    metrics.catalog("b" * 64)
    metrics.store(up=False)
    found = samples(metrics)
    assert found[("yibao_store_up",)] == 0
    assert [key[1] for key in found if key[0] == "yibao_catalog_info"] == ["b" * 12]


def test_what_expires_by_account_and_state() -> None:
    metrics = Metrics()
    metrics.content({("beijing", "soon"): 3, ("beijing", "expired"): 0})
    metrics.content({("beijing", "soon"): 1, ("liuzhou", "expired"): 2})
    found = samples(metrics)
    assert found["yibao_content_expiring", "beijing", "soon"] == 1
    assert found["yibao_content_expiring", "liuzhou", "expired"] == 2
    assert ("yibao_content_expiring", "beijing", "expired") not in found


def test_processes_count_for_themselves() -> None:
    first, second = Metrics(), Metrics()
    first.turn("beijing", a_turn(), stateless=False)
    assert ("yibao_turns_total", "beijing", "answer") not in samples(second)


def test_no_words_of_parents() -> None:
    metrics = Metrics()
    metrics.turn("beijing", a_turn("我的身份证是 110101199003070000"), stateless=False)
    text = metrics.text().decode()
    assert "1101011990" not in text
    assert "parent" not in text


def test_calls_of_the_platforms_api() -> None:
    metrics = Metrics()
    metrics.api.api_call("beijing", "/cgi-bin/menu/get", "ok", 0.2)
    metrics.api.api_call("beijing", "/cgi-bin/menu/get", "45009", 0.1)
    metrics.api.api_alarm("beijing", 40164)
    metrics.api.api_token("beijing", 1000.0, 8200.0)
    metrics.api.channel("beijing", Channel.CUSTOMER_SERVICE)
    found = samples(metrics)
    calls = "yibao_wechat_api_calls_total"
    assert found[calls, "beijing", "/cgi-bin/menu/get", "ok"] == 1
    assert found[calls, "beijing", "/cgi-bin/menu/get", "45009"] == 1
    assert found["yibao_wechat_api_seconds_count", "beijing", "/cgi-bin/menu/get"] == 2
    assert found["yibao_wechat_api_alarms_total", "beijing", "40164"] == 1
    assert found["yibao_wechat_token_fetched_timestamp_seconds", "beijing"] == 1000
    assert found["yibao_wechat_token_expires_timestamp_seconds", "beijing"] == 8200
    assert found["yibao_reply_channel_total", "beijing", "customer_service"] == 1
