from __future__ import annotations

import pytest

from app.domain.channels import Trigger
from app.wechat.triggers import trigger_of
from tests.unit.wechat import pushes


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("subscribe", Trigger.FOLLOW),
        ("SCAN", Trigger.SCAN),
        ("CLICK", Trigger.MENU),
        ("scancode_push", Trigger.MENU),
        ("scancode_waitmsg", Trigger.MENU),
        ("VIEW", None),
        ("unsubscribe", None),
        ("LOCATION", None),
        ("pic_sysphoto", None),
        ("kf_create_session", None),
    ],
)
def test_events(name: str, trigger: Trigger | None) -> None:
    assert trigger_of(pushes.event(name, "<EventKey>k</EventKey>")) is trigger


def test_messages_of_any_kind() -> None:
    assert trigger_of(pushes.text("您好")) is Trigger.MESSAGE
    assert trigger_of(pushes.parse("<MsgType>image</MsgType><MsgId>1</MsgId>")) is Trigger.MESSAGE
