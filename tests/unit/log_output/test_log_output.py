"""The log: one JSON object a line, with the turn it belongs to and nobody's identity."""

from __future__ import annotations

import io
import json
import logging.config
import math
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

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


def test_a_line_says_when_to_the_microsecond(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_log(as_json=True)
    log = structlog.get_logger("x")
    moments = [1_766_000_000_000_001_999, 1_766_000_000_999_999_999, 1_766_000_001_000_000_000]
    for moment in [*moments, moments[0]]:
        monkeypatch.setattr("time.time_ns", lambda moment=moment: moment)
        log.info("turn")
    monkeypatch.undo()
    log.info("now")
    *fixed, now = [str(line["timestamp"]) for line in lines(capsys.readouterr().out)]
    assert fixed == [
        "2025-12-17T19:33:20.000001Z",
        "2025-12-17T19:33:20.999999Z",
        "2025-12-17T19:33:21.000000Z",
        "2025-12-17T19:33:20.000001Z",
    ]
    assert abs(time.time_ns() / 1e9 - datetime.fromisoformat(now).timestamp()) < 60


def test_a_line_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In an image nothing is buffered: a newline by itself would be another system call."""
    written: list[str] = []

    class Unbuffered(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

    monkeypatch.setattr("sys.stdout", Unbuffered())
    configure_log(as_json=True)
    structlog.get_logger("x").info("turn")
    (line,) = written
    assert line.endswith("}\n")


class Odd:
    def __repr__(self) -> str:
        return "<odd>"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Odd(), "<odd>"),
        (Path("a/b"), "a/b"),
        (ValueError("x"), "ValueError('x')"),
        ("\ud800", "\ud800"),
        (b"\xff", "/w=="),  # Base64
        (math.nan, None),
        ((1, 2.5), [1, 2.5]),
    ],
)
def test_whatever_is_logged_makes_a_line(
    capsys: pytest.CaptureFixture[str], value: object, written: object
) -> None:
    configure_log(as_json=True)
    structlog.get_logger("x").info("said", value=value)
    (line,) = lines(capsys.readouterr().out)
    assert line["value"] == written


def test_for_people_only_tracebacks_are_changed() -> None:
    before = structlog.get_config()
    configure_log(as_json=False)
    after = structlog.get_config()
    assert after["processors"][1:-1] == before["processors"][:-1]
    assert {**after, "processors": None} == {**before, "processors": None}


def test_for_people_it_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(as_json=False)
    structlog.get_logger("x").info("turn", account="beijing")
    assert "account" in capsys.readouterr().out
    config = access_log_config()
    assert server_log_config(config, as_json=False) == access_log_config()


def _fails_on(part: str) -> int:
    address = f"redis://:{part}@h"
    return int(str(len(address)) + "x")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_local_variables(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    configure_log(as_json=as_json)
    with pytest.raises(ValueError, match="invalid literal") as caught:
        _fails_on("hid" + "den")
    structlog.get_logger("x").error("broken", exc_info=caught.value)
    written = capsys.readouterr().out
    assert "ValueError" in written
    assert "hidden" not in written


def test_the_servers_lines_are_objects_without_queries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = server_log_config(access_log_config(), as_json=True)
    kept = {name: logging.getLogger(name).handlers[:] for name in config["loggers"]}
    try:
        logging.config.dictConfig(config)
        address = ("127.0.0.1:1", "POST", "/wechat/beijing?openid=oCanary", "1.1", 403)
        logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *address)
        answered = (*address[:-1], 200)  # has its own line, `turn`
        logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *answered)
        (line,) = lines(capsys.readouterr().out)
    finally:
        for name, handlers in kept.items():
            logging.getLogger(name).handlers = handlers
    assert "/wechat/beijing" in str(line["event"])
    assert "oCanary" not in str(line)
    assert line["level"] == "info"


def failing(secret: str) -> None:
    raise RuntimeError("what went wrong")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_values(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """Structlog shows them by default: a parent's words or a key would be in the log."""
    configure_log(as_json=as_json)
    secret = "-".join(["canary", "13800138000"])  # not as it stands in the line that is shown
    try:
        failing(secret)
    except RuntimeError as error:
        structlog.get_logger("x").error("failed", exc_info=error)
    output = capsys.readouterr().out
    assert "what went wrong" in output
    assert "failing" in output
    assert secret not in output


def test_nor_does_one_of_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    config = server_log_config(access_log_config(), as_json=True)
    kept = {name: logging.getLogger(name).handlers[:] for name in config["loggers"]}
    secret = "-".join(["canary", "13800138000"])
    try:
        logging.config.dictConfig(config)
        try:
            failing(secret)
        except RuntimeError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
        captured = capsys.readouterr()
    finally:
        for name, handlers in kept.items():
            logging.getLogger(name).handlers = handlers
    assert "what went wrong" in captured.out + captured.err
    assert secret not in captured.out + captured.err
