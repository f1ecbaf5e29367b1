from __future__ import annotations

import pytest

from app.wechat.outbound import transfer_message
from app.wechat.xml_fields import parse_fields


@pytest.mark.parametrize("agent", ["", "test1@test", "a]]>b"])
def test_the_message_is_handed_over(agent: str) -> None:
    reply = transfer_message(
        to_user="oParent", from_user="gh_1", kf_account=agent, created=1348831860
    )
    expected: dict[str, object] = {
        "ToUserName": "oParent",
        "FromUserName": "gh_1",
        "CreateTime": "1348831860",
        "MsgType": "transfer_customer_service",
    }
    if agent:
        expected["TransInfo"] = {"KfAccount": agent}
    assert parse_fields(reply) == expected
