"""What the wire format needs to know about one official account.

Values arrive from the settings layer already unwrapped; this module reads no environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.errors import SettingsError


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One official account (公众号) as its callback endpoint sees it.

    Raises:
        SettingsError: The token is empty (anybody could sign), or AES is required or configured
            without what it needs. The message is Chinese and shows no secret.
    """

    id: str
    """Path segment of `/wechat/{account}`; equals the region id."""
    app_id: str
    """AppID, `wx…`; closes every encrypted message."""
    token: str = field(repr=False)
    """Token (令牌) of the push configuration."""
    aes_keys: tuple[str, ...] = field(default=(), repr=False)
    """EncodingAESKeys, 43 characters each, current first, then the previous one."""
    require_aes: bool = False
    """Whether a plaintext push is refused (safe mode, 安全模式)."""

    def __post_init__(self) -> None:
        """Refuse settings with which the endpoint would be open or could not work."""
        if not self.id:
            raise SettingsError("公众号缺少账号标识（id）")
        if not self.token:
            raise SettingsError(f"公众号 {self.id} 没有配置 Token")
        if self.require_aes and not self.aes_keys:
            raise SettingsError(f"公众号 {self.id} 要求加密，但没有配置 EncodingAESKey")
        if self.aes_keys and not self.app_id:
            raise SettingsError(f"公众号 {self.id} 配置了 EncodingAESKey，但没有配置 AppID")
