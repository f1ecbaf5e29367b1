"""Settings: a sandbox out of the box, and nothing unsafe in production."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from app.domain.channels import AccountKind
from app.errors import SettingsError
from app.settings import (
    SANDBOX_AES_KEY,
    SANDBOX_APP_IDS,
    SANDBOX_APP_SECRET,
    SANDBOX_TOKEN,
    AccountSecrets,
    Environment,
    Settings,
    account_settings,
    load_settings,
)

KNOWN = ("beijing", "liuzhou")
OWN_KEY = "A1b2C3d4E5" * 4 + "xyz"
PRODUCTION = {
    "YIBAO_ENV": "production",
    "YIBAO_SALT": "9f2c61",
    "YIBAO_ACCOUNTS__BEIJING__APP_ID": "wx1234567890abcdef",
    "YIBAO_ACCOUNTS__BEIJING__TOKEN": "own-token",
    "YIBAO_ACCOUNTS__BEIJING__AES_KEY": OWN_KEY,
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("YIBAO_")]:
        monkeypatch.delenv(name)


def use(monkeypatch: pytest.MonkeyPatch, **values: str | None) -> None:
    """Set variables; None leaves one out."""
    for name, value in values.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)


def refusal(monkeypatch: pytest.MonkeyPatch, **values: str | None) -> str:
    """Return what is said about these settings, which must be refused."""
    use(monkeypatch, **values)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


class TestSandbox:
    def test_needs_nothing(self) -> None:
        settings = load_settings()
        assert settings.env is Environment.SANDBOX
        assert not settings.is_production
        assert (settings.redis_url, settings.now, settings.var_dir) == (None, None, Path("var"))

    def test_both_accounts_have_the_published_secrets(self) -> None:
        accounts = account_settings(load_settings(), KNOWN)
        assert accounts.keys() == set(KNOWN)
        for name, account in accounts.items():
            assert (account.id, account.app_id) == (name, SANDBOX_APP_IDS[name])
            assert (account.token, account.aes_keys) == (SANDBOX_TOKEN, (SANDBOX_AES_KEY,))
            assert not account.require_aes

    def test_published_values_are_those_of_the_documentation(self) -> None:
        assert SANDBOX_TOKEN == "sandbox"
        assert SANDBOX_AES_KEY == "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
        assert SANDBOX_APP_IDS == {
            "liuzhou": "wxsandbox0000000001",
            "beijing": "wxsandbox0000000002",
        }

    def test_the_clock_can_be_fixed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(monkeypatch, YIBAO_NOW="2025-12-10T10:00")
        assert load_settings().now == datetime(2025, 12, 10, 10, 0)  # noqa: DTZ001 - as written

    def test_an_account_may_have_its_own_secrets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(monkeypatch, **{k: v for k, v in PRODUCTION.items() if "ACCOUNTS" in k})
        accounts = account_settings(load_settings(), KNOWN)
        assert accounts["beijing"].token == "own-token"
        assert accounts["beijing"].aes_keys == (OWN_KEY,)
        assert accounts["liuzhou"].token == SANDBOX_TOKEN


class TestApi:
    def test_the_official_address_and_no_secret(self) -> None:
        settings = load_settings()
        assert settings.wechat_api_url == "https://api.weixin.qq.com"
        assert AccountSecrets().app_secret.get_secret_value() == ""

    def test_kind_of_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(
            monkeypatch,
            YIBAO_ACCOUNTS__BEIJING__TYPE="服务号",
            YIBAO_ACCOUNTS__BEIJING__VERIFIED="true",
        )
        secrets = load_settings().accounts["beijing"]
        assert (secrets.type, secrets.verified) == (AccountKind.SERVICE, True)

    def test_no_such_kind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = refusal(monkeypatch, YIBAO_ACCOUNTS__BEIJING__TYPE="企业号")
        assert "YIBAO_ACCOUNTS__BEIJING__TYPE" in said

    @pytest.mark.parametrize("url", ["http://api.weixin.qq.com", "api.weixin.qq.com", ""])
    def test_an_address_that_would_show_the_secret(
        self, monkeypatch: pytest.MonkeyPatch, url: str
    ) -> None:
        assert "微信接口地址" in refusal(monkeypatch, YIBAO_WECHAT_API_URL=url)

    def test_a_secret_alone_leaves_the_sandbox_as_it_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(monkeypatch, YIBAO_ACCOUNTS__BEIJING__APP_SECRET=SANDBOX_APP_SECRET)
        account = account_settings(load_settings(), KNOWN)["beijing"]
        assert account.app_id == SANDBOX_APP_IDS["beijing"]
        assert (account.token, account.aes_keys) == (SANDBOX_TOKEN, (SANDBOX_AES_KEY,))

    def test_production_refuses_the_sandboxs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        secret = {"YIBAO_ACCOUNTS__BEIJING__APP_SECRET": SANDBOX_APP_SECRET}
        assert "APP_SECRET" in refusal(monkeypatch, **PRODUCTION, **secret)

    def test_it_is_not_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(monkeypatch, **PRODUCTION, YIBAO_ACCOUNTS__BEIJING__APP_SECRET="hidden-secret")
        assert "hidden-secret" not in repr(load_settings())


class TestProduction:
    def test_own_secrets_are_accepted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(monkeypatch, **PRODUCTION)
        settings = load_settings()
        assert settings.is_production
        account = account_settings(settings, KNOWN)["beijing"]
        assert (account.app_id, account.token) == ("wx1234567890abcdef", "own-token")
        assert account.require_aes

    def test_only_configured_accounts_are_served(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(monkeypatch, **PRODUCTION)
        assert account_settings(load_settings(), KNOWN).keys() == {"beijing"}

    def test_plaintext_is_taken_only_where_no_key_is_configured(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(monkeypatch, **{**PRODUCTION, "YIBAO_ACCOUNTS__BEIJING__AES_KEY": None})
        account = account_settings(load_settings(), KNOWN)["beijing"]
        assert (account.aes_keys, account.require_aes) == ((), False)

    def test_a_key_that_is_being_replaced_still_opens(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(monkeypatch, **PRODUCTION, YIBAO_ACCOUNTS__BEIJING__AES_KEY_PREVIOUS="B" * 43)
        assert account_settings(load_settings(), KNOWN)["beijing"].aes_keys == (OWN_KEY, "B" * 43)

    def test_every_missing_variable_is_named_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = refusal(
            monkeypatch,
            YIBAO_ENV="production",
            YIBAO_NOW="2025-12-10T10:00",
            YIBAO_ACCOUNTS__BEIJING__APP_ID=SANDBOX_APP_IDS["beijing"],
            YIBAO_ACCOUNTS__LIUZHOU__TOKEN=SANDBOX_TOKEN,
        )
        for name in (
            *("YIBAO_NOW", "YIBAO_SALT"),
            *("YIBAO_ACCOUNTS__BEIJING__APP_ID", "YIBAO_ACCOUNTS__BEIJING__TOKEN"),
            *("YIBAO_ACCOUNTS__LIUZHOU__APP_ID", "YIBAO_ACCOUNTS__LIUZHOU__TOKEN"),
        ):
            assert name in said

    def test_without_any_account_nothing_starts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = refusal(monkeypatch, YIBAO_ENV="production", YIBAO_SALT="9f2c61")
        assert "YIBAO_ACCOUNTS__" in said

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("YIBAO_SALT", None),
            ("YIBAO_SALT", "yibao"),
            ("YIBAO_NOW", "2025-12-10T10:00"),
            ("YIBAO_PICTURE_TEST_ORIGIN", "http://127.0.0.1:9000"),
            ("YIBAO_ACCOUNTS__BEIJING__APP_ID", None),
            ("YIBAO_ACCOUNTS__BEIJING__APP_ID", "wxsandbox0000000001"),
            ("YIBAO_ACCOUNTS__BEIJING__TOKEN", None),
            ("YIBAO_ACCOUNTS__BEIJING__TOKEN", "sandbox"),
            ("YIBAO_ACCOUNTS__BEIJING__TOKEN", ""),
            ("YIBAO_ACCOUNTS__BEIJING__AES_KEY", SANDBOX_AES_KEY),
            ("YIBAO_ACCOUNTS__BEIJING__AES_KEY_PREVIOUS", SANDBOX_AES_KEY),
        ],
    )
    def test_one_wrong_value_is_enough(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
    ) -> None:
        said = refusal(monkeypatch, **{**PRODUCTION, name: value})
        assert name.removesuffix("_PREVIOUS") in said
        assert said.count("\n- ") == 1

    def test_an_account_that_content_does_not_have_is_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(monkeypatch, **PRODUCTION)
        with pytest.raises(SettingsError, match=r"beijing.*liuzhou"):
            account_settings(load_settings(), ("liuzhou",))


class TestWrongValues:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("YIBAO_ENV", "prod"),
            ("YIBAO_NOW", "gestern"),
            ("YIBAO_TURN_BUDGET_S", "5"),
            ("YIBAO_TURN_BUDGET_S", "0"),
            ("YIBAO_TIMESTAMP_WINDOW_S", "-1"),
            ("YIBAO_TIMESTAMP_WINDOW_S", "lang"),
            ("YIBAO_ACCOUNTS", "x"),
            ("YIBAO_ACCOUNTS__BEIJING", "x"),
        ],
    )
    def test_are_refused_with_the_variables_name(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        said = refusal(monkeypatch, **{name: value})
        assert name in said
        assert any("一" <= c <= "鿿" for c in said)

    def test_all_are_told_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = refusal(monkeypatch, YIBAO_ENV="prod", YIBAO_TURN_BUDGET_S="9")
        assert "YIBAO_ENV" in said
        assert "YIBAO_TURN_BUDGET_S" in said


class TestSecrets:
    def test_are_shown_nowhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(monkeypatch, **PRODUCTION, YIBAO_REDIS_URL="redis://:geheim@127.0.0.1/0")
        settings = load_settings()
        shown = repr(settings) + str(settings) + repr(account_settings(settings, KNOWN))
        for secret in ("own-token", OWN_KEY, "9f2c61", "geheim"):
            assert secret not in shown

    def test_nor_in_a_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = refusal(
            monkeypatch, **{**PRODUCTION, "YIBAO_SALT": None, "YIBAO_TURN_BUDGET_S": "9"}
        )
        assert "own-token" not in said
        assert OWN_KEY not in said

    def test_settings_do_not_change(self) -> None:
        settings = Settings()
        with pytest.raises(ValueError, match="frozen"):
            settings.turn_budget_s = 1.0  # type: ignore[misc]


class TestRateLimits:
    def test_a_sandbox_has_none_and_production_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert (load_settings().parent_limit_min, load_settings().account_limit_s) == (0, 0)
        use(monkeypatch, **PRODUCTION)
        assert (load_settings().parent_limit_min, load_settings().account_limit_s) == (30, 300)

    def test_a_chosen_one_counts_anywhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use(monkeypatch, YIBAO_RATE_PER_PARENT_MIN="5")
        assert load_settings().parent_limit_min == 5
        use(monkeypatch, **PRODUCTION, YIBAO_RATE_PER_ACCOUNT_S="0")
        assert (load_settings().parent_limit_min, load_settings().account_limit_s) == (5, 0)


class TestSecretFiles:
    def given(self, monkeypatch: pytest.MonkeyPatch, folder: Path, **secrets: str) -> None:
        for name, value in secrets.items():
            (folder / name).write_text(value, "utf-8")
        use(monkeypatch, YIBAO_SECRETS_DIR=str(folder))

    def test_a_file_stands_for_the_variable_of_its_name(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        secrets = {k: f"{v}\n" for k, v in PRODUCTION.items() if k != "YIBAO_ENV"}
        self.given(monkeypatch, tmp_path, **secrets)
        use(monkeypatch, YIBAO_ENV="production")
        settings = load_settings()
        assert settings.salt.get_secret_value() == "9f2c61"
        assert settings.accounts["beijing"].token.get_secret_value() == "own-token"
        assert settings.accounts["beijing"].aes_key.get_secret_value() == OWN_KEY

    def test_the_environment_wins_over_a_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.given(monkeypatch, tmp_path, YIBAO_SALT="file")
        use(monkeypatch, YIBAO_SALT="variable")
        assert load_settings().salt.get_secret_value() == "variable"

    def test_a_folder_that_is_not_there_is_told(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        told = refusal(monkeypatch, YIBAO_SECRETS_DIR=str(tmp_path / "gone"))
        assert "YIBAO_SECRETS_DIR" in told
        assert "不是文件夹" in told

    def test_what_is_wrong_in_a_file_is_not_repeated(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.given(monkeypatch, tmp_path, YIBAO_TURN_BUDGET_S="hush-hush")
        with pytest.raises(SettingsError) as caught:
            load_settings()
        assert "YIBAO_TURN_BUDGET_S" in str(caught.value)
        assert "hush-hush" not in str(caught.value)
