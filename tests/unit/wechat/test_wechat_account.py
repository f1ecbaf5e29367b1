"""Settings with which the endpoint would be open, or dead, are refused at start."""

from __future__ import annotations

import pytest

from app.errors import SettingsError
from app.wechat.account import AccountSettings

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"id": "", "app_id": "wx1", "token": "t"}, "id"),
        ({"id": "beijing", "app_id": "wx1", "token": ""}, "Token"),
        ({"id": "beijing", "app_id": "wx1", "token": "t", "require_aes": True}, "EncodingAESKey"),
        ({"id": "beijing", "app_id": "", "token": "t", "aes_keys": (KEY,)}, "AppID"),
    ],
)
def test_incomplete_settings_name_what_is_missing(settings, named):
    with pytest.raises(SettingsError, match=named):
        AccountSettings(**settings)


def test_secrets_stay_out_of_the_representation():
    account = AccountSettings("beijing", "wx1", "s3cret-token", (KEY,), require_aes=True)
    assert "s3cret-token" not in repr(account)
    assert KEY not in repr(account)
