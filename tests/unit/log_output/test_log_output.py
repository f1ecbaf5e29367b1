"""The log: one JSON object a line, with the turn it belongs to and nobody's identity."""

from __future__ import annotations

import json
import logging.config
from collections.abc import Iterator

import pytest
import structlog

from app.log_output import bound_turn, configure_log, server_log_config
from app.webhook.access_log import access_log_config


@pytest.fixture(autouse=True)
def _afterwards_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_an_object_with_its_turn(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(as_json=True)
    log = structlog.get_logger("x")
    with bound_turn("ab" * 16, "cd" * 16):
        log.info("turn", account="beijing", topics=["缴费"])
    log.warning("after")
    first, second = lines(capsys.readouterr().out)
    assert first["event"] == "turn"
    assert first["level"] == "info"
    assert first["topics"] == ["缴费"]
    assert (first["trace"], first["user"]) == ("ab" * 16, "cd" * 8)
    assert str(first["timestamp"]).endswith("Z")
    assert "trace" not in second


def test_for_people_nothing_is_changed() -> None:
    before = structlog.get_config()
    configure_log(as_json=False)
    assert structlog.get_config() == before
    config = access_log_config()
    assert server_log_config(config, as_json=False) == access_log_config()


def test_the_servers_lines_are_objects_without_queries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = server_log_config(access_log_config(), as_json=True)
    kept = {name: logging.getLogger(name).handlers[:] for name in config["loggers"]}
    try:
        logging.config.dictConfig(config)
        address = ("127.0.0.1:1", "POST", "/wechat/beijing?openid=oCanary", "1.1", 200)
        logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *address)
        (line,) = lines(capsys.readouterr().out)
    finally:
        for name, handlers in kept.items():
            logging.getLogger(name).handlers = handlers
    assert "/wechat/beijing" in str(line["event"])
    assert "oCanary" not in str(line)
    assert line["level"] == "info"
