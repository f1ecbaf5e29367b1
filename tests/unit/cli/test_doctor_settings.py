"""`yibao doctor` where settings are wrong: each is told, and the rest is looked at all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.terminal import Terminal
from tests.unit.cli.wechat_deployment import deploy


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    deploy(monkeypatch, tmp_path)
    return Terminal()


def test_every_setting_that_production_lacks_is_told(
    run: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_ENV", "production")
    monkeypatch.setenv("YIBAO_NOW", "2025-12-10T10:00")
    monkeypatch.delenv("YIBAO_ACCOUNTS__BEIJING__TOKEN")
    monkeypatch.setenv("YIBAO_REDIS_URL", "redis://127.0.0.1:9/0")
    done = run("doctor", "--url", "http://127.0.0.1:9/wechat/beijing")
    assert done.exit_code == 1
    for name in ("YIBAO_NOW", "YIBAO_SALT", "YIBAO_ACCOUNTS__BEIJING__TOKEN"):
        assert f"✗ {name}：" in done.stdout
    for what in ("✓ 内容", "✗ Redis", "✓ AppID", "✓ EncodingAESKey", "✓ 公众号类型"):
        assert what in done.stdout
    assert "✓ Token" not in done.stdout
    assert "先改好“设置”里的各项" in done.stdout  # nothing is signed with a token that is missing


def test_a_value_that_cannot_be_read_is_left_out(
    run: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_TURN_BUDGET_S", "hush-hush")
    monkeypatch.setenv("YIBAO_ACCOUNTS__BEIJING__VERIFIED", "perhaps")
    done = run("doctor", "beijing")
    assert done.exit_code == 1
    assert "✗ YIBAO_TURN_BUDGET_S：值不对\n      → 应是数字" in done.stdout
    assert "✗ YIBAO_ACCOUNTS__BEIJING__VERIFIED：值不对" in done.stdout
    assert "✓ AppID" in done.stdout
    assert "hush-hush" not in done.stdout


def test_an_account_that_the_content_does_not_have(
    run: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_ACCOUNTS__BEIJNG__TOKEN", "x")
    done = run("doctor", "beijing")
    assert done.exit_code == 1
    assert "✗ YIBAO_ACCOUNTS__BEIJNG__*：内容里没有这个公众号" in done.stdout
    assert "✓ AppID" in done.stdout


def test_broken_content_does_not_hide_the_rest(
    run: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "content/intents/_words.yml").write_text("words: 1\n", "utf-8")
    monkeypatch.setenv("YIBAO_REDIS_URL", "redis://127.0.0.1:9/0")
    done = run("doctor", "beijing")
    assert done.exit_code == 1
    assert "✗ 内容" in done.stdout
    assert "intents/_words.yml" in done.stdout
    assert "✗ Redis" in done.stdout


@pytest.mark.parametrize("verbose", [False, True])
def test_names_of_classes_are_for_whoever_asks(
    run: Terminal, monkeypatch: pytest.MonkeyPatch, verbose: bool
) -> None:
    monkeypatch.setenv("YIBAO_REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("YIBAO_TRACES_URL", "http://127.0.0.1:9")
    options = ["--verbose"] if verbose else []
    done = run("doctor", "beijing", "--url", "https://127.0.0.1:9/wechat/beijing", *options)
    assert done.stdout.count("对方拒绝连接，那个端口上没有程序在运行") == 4
    assert ("Error" in done.stdout) == verbose
