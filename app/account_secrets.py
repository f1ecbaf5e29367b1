"""Secrets of official accounts, and the published ones that a sandbox uses."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from app.domain.channels import AccountKind

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


def unsafe(name: str, account: AccountSecrets) -> list[str]:
    """Return what keeps an account out of production, Chinese: secrets missing or published."""
    found = []
    prefix = f"YIBAO_ACCOUNTS__{name.upper()}__"
    if not account.app_id or account.app_id in SANDBOX_APP_IDS.values():
        found.append(f"请设置 {prefix}APP_ID 为公众号自己的 AppID")
    if account.token.get_secret_value() in {"", SANDBOX_TOKEN}:
        found.append(f"请设置 {prefix}TOKEN 为公众号后台填写的 Token（不能用 sandbox）")
    if account.app_secret.get_secret_value() == SANDBOX_APP_SECRET:
        found.append(f"请设置 {prefix}APP_SECRET 为公众号自己的 AppSecret，没有就不填")
    if SANDBOX_AES_KEY in {
        account.aes_key.get_secret_value(),
        account.aes_key_previous.get_secret_value(),
    }:
        found.append(f"{prefix}AES_KEY 是公开的示例密钥，请换成公众号自己的")
    return found
