"""Secrets of official accounts, and the published ones that a sandbox uses."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from app.domain.channels import AccountKind
from app.settings_faults import Fault

SANDBOX_TOKEN = "sandbox"  # noqa: S105 - published test value, refused in production
SANDBOX_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
"""Tencent's own sample key; refused in production."""
SANDBOX_APP_IDS = {"liuzhou": "wxsandbox0000000001", "beijing": "wxsandbox0000000002"}
SANDBOX_APP_SECRET = "sandbox"  # noqa: S105 - published test value, refused in production


class AccountSecrets(BaseModel):
    """Secrets of one official account."""

    app_id: str = Field(default="", description="公众号 AppID，wx 开头。")
    app_secret: SecretStr = Field(
        default=SecretStr(""), description="AppSecret；不填就不调用微信接口，只做被动回复。"
    )
    token: SecretStr = Field(default=SecretStr(""), description="消息推送里填写的 Token。")
    aes_key: SecretStr = Field(default=SecretStr(""), description="EncodingAESKey，43 个字符。")
    aes_key_previous: SecretStr = Field(
        default=SecretStr(""), description="更换密钥期间的上一把 EncodingAESKey。"
    )
    type: AccountKind | None = Field(
        default=None, description="订阅号或服务号；不填按 intents/_accounts.yml。"
    )
    verified: bool | None = Field(
        default=None, description="是否已通过微信认证；不填按 intents/_accounts.yml。"
    )


def unsafe(name: str, account: AccountSecrets) -> list[Fault]:
    """Return what keeps an account out of production: secrets missing or published."""
    found = []
    prefix = f"YIBAO_ACCOUNTS__{name.upper()}__"
    own = f"{prefix}%s"
    if not account.app_id or account.app_id in SANDBOX_APP_IDS.values():
        cause = "是公开的示例" if account.app_id else "没有设置"
        found.append(Fault(own % "APP_ID", cause, "请填公众号自己的 AppID（wx 开头）"))
    token = account.token.get_secret_value()
    if token in {"", SANDBOX_TOKEN}:
        cause = "是公开的示例" if token else "没有设置"
        remedy = "请填公众号后台“消息推送”里的 Token（不能用 sandbox）"
        found.append(Fault(own % "TOKEN", cause, remedy))
    if account.app_secret.get_secret_value() == SANDBOX_APP_SECRET:
        remedy = "请填公众号自己的 AppSecret，没有就不填"
        found.append(Fault(own % "APP_SECRET", "是公开的示例", remedy))
    for field in ("aes_key", "aes_key_previous"):
        if getattr(account, field).get_secret_value() == SANDBOX_AES_KEY:
            remedy = "请换成公众号自己的 EncodingAESKey"
            found.append(Fault(own % field.upper(), "是公开的示例密钥", remedy))
    return found
