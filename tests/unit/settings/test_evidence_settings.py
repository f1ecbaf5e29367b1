"""Settings of optional evidence: off by default, complete or refused, keys never shown."""

from __future__ import annotations

import os

import pytest

from app.errors import SettingsError
from app.settings import Semantic, load_settings

HTTP = {
    "YIBAO_SEMANTIC": "http",
    "YIBAO_EMBEDDINGS_URL": "http://127.0.0.1:1/v1",
    "YIBAO_EMBEDDINGS_MODEL": "small",
    "YIBAO_EMBEDDINGS_API_KEY": "sk-secret-1",
}
LLM = {
    "YIBAO_LLM_URL": "http://127.0.0.1:1/v1",
    "YIBAO_LLM_MODEL": "chooser",
    "YIBAO_LLM_API_KEY": "sk-secret-2",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("YIBAO_")]:
        monkeypatch.delenv(name)


def use(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_all_off_by_default() -> None:
    settings = load_settings()
    assert settings.semantic is Semantic.OFF
    assert settings.llm_url == ""


def test_keys_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, {**HTTP, **LLM})
    settings = load_settings()
    assert settings.embeddings_api_key.get_secret_value() == "sk-secret-1"
    assert settings.llm_api_key.get_secret_value() == "sk-secret-2"
    assert "sk-secret" not in f"{settings!r}{settings}{settings.model_dump_json()}"


@pytest.mark.parametrize("missing", ["YIBAO_EMBEDDINGS_URL", "YIBAO_EMBEDDINGS_MODEL"])
def test_http_needs_address_and_model(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    use(monkeypatch, {name: value for name, value in HTTP.items() if name != missing})
    with pytest.raises(SettingsError, match=missing):
        load_settings()


def test_a_selector_needs_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, {"YIBAO_LLM_URL": LLM["YIBAO_LLM_URL"]})
    with pytest.raises(SettingsError, match="YIBAO_LLM_MODEL"):
        load_settings()


def test_waiting_must_fit_into_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, {**HTTP, **LLM, "YIBAO_TURN_BUDGET_S": "3"})
    with pytest.raises(SettingsError, match="YIBAO_TURN_BUDGET_S"):
        load_settings()
    monkeypatch.setenv("YIBAO_LLM_TIMEOUT_S", "1")
    load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YIBAO_SEMANTIC", "on"),
        ("YIBAO_EMBEDDINGS_TIMEOUT_S", "0"),
        ("YIBAO_EMBEDDINGS_TIMEOUT_S", "60"),
        ("YIBAO_LLM_TIMEOUT_S", "-1"),
    ],
)
def test_wrong_values_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()
