"""No secret of a deployment is ever shown: in settings, refusals, tracebacks, the doctor."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from app.account_secrets import AccountSecrets
from app.errors import AppError, SettingsError
from app.evidence.endpoint import Endpoint
from app.settings import Settings, account_settings, load_settings
from app.state.store import connect
from app.wechat.api.exchange import Exchange
from tests.assistants import SMALL_CONTENT
from tests.unit.cli.terminal import Terminal

SECRETS = {
    "YIBAO_SALT": "hush0salt",
    "YIBAO_REDIS_URL": "redis://:hush0redis@127.0.0.1:1/0",
    "YIBAO_LLM_API_KEY": "hush0llm",
    "YIBAO_EMBEDDINGS_API_KEY": "hush0vectors",
    "YIBAO_ACCOUNTS__BEIJING__TOKEN": "hush0token",
    "YIBAO_ACCOUNTS__BEIJING__AES_KEY": "hush0" * 8 + "key",
    "YIBAO_ACCOUNTS__BEIJING__AES_KEY_PREVIOUS": "hush0" * 8 + "old",
    "YIBAO_ACCOUNTS__BEIJING__APP_SECRET": "hush0appsecret",
}
OTHERS = {"YIBAO_ENV": "production", "YIBAO_ACCOUNTS__BEIJING__APP_ID": "wx1234567890abcdef"}
MARK = "hush0"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("YIBAO_")]:
        monkeypatch.delenv(name)
    paths = {"YIBAO_CONTENT_DIR": str(SMALL_CONTENT), "YIBAO_VAR_DIR": str(tmp_path)}
    for name, value in {**SECRETS, **OTHERS, **paths}.items():
        monkeypatch.setenv(name, value)


def told(error: BaseException) -> str:
    """Return everything that a traceback prints, causes included."""
    return "".join(traceback.format_exception(error))


def test_every_secret_setting_is_tried() -> None:
    kept = {
        f"YIBAO_{name}".upper()
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    kept |= {
        f"YIBAO_ACCOUNTS__BEIJING__{name}".upper()
        for name, field in AccountSecrets.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert kept == set(SECRETS)


def test_settings_show_none() -> None:
    settings = load_settings()
    accounts = account_settings(settings, ("beijing",))
    shown = [repr(settings), str(settings), str(settings.model_dump()), repr(accounts)]
    shown += [settings.model_dump_json(), repr(settings.accounts), f"{settings.redis_url}"]
    assert MARK not in "".join(shown)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YIBAO_TURN_BUDGET_S", "hush0"),
        ("YIBAO_ENV", "hush0"),
        ("YIBAO_NOW", "hush0"),
        ("YIBAO_ACCOUNTS", '{"beijing": {"token": "hush0"'),
        ("YIBAO_ACCOUNTS", '["hush0"]'),
        ("YIBAO_ACCOUNTS__BEIJING__TYPE", "hush0"),
        ("YIBAO_WECHAT_API_URL", "http://hush0@127.0.0.1/?hush0"),
        ("YIBAO_ACCOUNTS__ELSEWHERE__TOKEN", "hush0"),
    ],
)
def test_a_refusal_shows_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Whatever was put where: a key in the wrong variable is a key all the same."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        account_settings(load_settings(), ("beijing",))
    assert MARK not in told(caught.value)


@pytest.mark.parametrize("url", ["hush0:x@127.0.0.1:6379", "http://:hush0@x", "redis://:hush0@[x"])
def test_an_address_of_redis_that_is_none(url: str) -> None:
    with pytest.raises(AppError) as caught:
        connect(url)
    assert MARK not in told(caught.value)


@pytest.mark.parametrize(
    "url", ["https://u:hush0@example.org/v1", "https://u:hush0@[x/v1", "hush0", "https://x:hush0/"]
)
def test_an_address_of_a_service_that_is_none(url: str) -> None:
    for build in (lambda: Endpoint(url, "", None), lambda: Exchange(url)):
        with pytest.raises(SettingsError) as caught:
            build()
        assert MARK not in told(caught.value)


def test_a_key_that_cannot_be_sent() -> None:
    key = f"{MARK}\n"
    with pytest.raises(SettingsError) as caught:
        Endpoint("https://example.org/v1", key, None)
    assert MARK not in told(caught.value)


def test_the_doctor_shows_none() -> None:
    done = Terminal()("doctor", "beijing")
    assert "不通过" in done.stdout, done.stderr
    assert MARK not in done.stdout + done.stderr


@pytest.mark.parametrize("command", [["doctor"], ["learned", "--account", "beijing"], ["inbox"]])
def test_nor_does_a_command_that_fails(command: list[str]) -> None:
    done = Terminal()(*command)
    assert done.exit_code != 0
    assert MARK not in done.stdout + done.stderr
