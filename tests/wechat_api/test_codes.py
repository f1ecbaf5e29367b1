"""Every code of the platform's pages has a meaning, a remedy and an action."""

from __future__ import annotations

import re

import pytest

from app.errors import (
    AccessTokenError,
    ApiRefusedError,
    NotGrantedError,
    RateLimitError,
    ReplyQuotaError,
    ReplyWindowError,
    UserUnreachableError,
    WeChatApiError,
)
from app.wechat.api.actions import Action
from app.wechat.api.codes import CODE_RULES, errcode_of, error_of, rule_of

EXPECTED = {
    Action.RETRY: [-1, 61450],
    Action.REFRESH_TOKEN: [40001, 40014, 42001],
    Action.UNREACHABLE: [40003, 43004, 50005, 43019, 48002, 43101],
    Action.GIVE_UP: [
        *(40007, 40033, *range(41001, 41010), 45002, 45008, 45072, 45162, 87014),
        *(*range(61451, 61459), *range(65301, 65318), 46003, 40018, 47003),
    ],
    Action.ALARM: [
        *(40013, 40125, 40164, 61004, 40243, 48004),
        *(89501, 89503, 89506, 89507),
    ],
    Action.NOT_GRANTED: [48001],
    Action.BACK_OFF: [45009, 45011],
    Action.WINDOW_CLOSED: [45015],
    Action.QUOTA_USED: [45047],
    Action.HARMLESS: [45080, 45081],
}
ERRORS = {
    Action.RETRY: WeChatApiError,
    Action.REFRESH_TOKEN: AccessTokenError,
    Action.UNREACHABLE: UserUnreachableError,
    Action.GIVE_UP: WeChatApiError,
    Action.ALARM: ApiRefusedError,
    Action.NOT_GRANTED: NotGrantedError,
    Action.BACK_OFF: RateLimitError,
    Action.WINDOW_CLOSED: ReplyWindowError,
    Action.QUOTA_USED: ReplyQuotaError,
    Action.HARMLESS: WeChatApiError,
}
CASES = [(code, action) for action, codes in EXPECTED.items() for code in codes]


@pytest.mark.parametrize(("code", "action"), CASES)
def test_every_code_has_its_action_and_error(code: int, action: Action) -> None:
    assert rule_of(code).action is action
    error = error_of(code, "/cgi-bin/x", "no rid: 65f0-a1b2")
    assert type(error) is ERRORS[action]
    assert (error.errcode, error.rid) == (code, "65f0-a1b2")
    assert re.search("[一-鿿]", error.message)
    assert error.remedy
    assert str(code) in str(error)


def test_every_action_is_used() -> None:
    assert {rule.action for rule in CODE_RULES} == set(Action)


def test_codes_ascend_and_none_is_twice() -> None:
    codes = [code for rule in CODE_RULES for code in rule.codes]
    assert codes == sorted(set(codes))


def test_every_row_speaks_chinese_and_names_what_to_do() -> None:
    for rule in CODE_RULES:
        assert re.search("[一-鿿]", rule.meaning)
        assert re.search("[一-鿿]", rule.remedy)
        if rule.action in {Action.ALARM, Action.NOT_GRANTED}:
            assert rule.remedy != "不用处理"


def test_a_code_nobody_knows_is_given_up() -> None:
    error = error_of(99999, "/cgi-bin/x", "strange")
    assert rule_of(99999).action is Action.GIVE_UP
    assert "99999" in str(error)


def test_of_the_platforms_text_only_request_id_and_own_address_are_kept() -> None:
    text = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, appid wx12 rid: 65f0-a1b2-c3"
    error = error_of(40164, "/cgi-bin/stable_token", text)
    assert "白名单里：203.0.113.7" in str(error)
    assert "wx12" not in str(error)
    assert "rid: 65f0-a1b2-c3" in str(error)
    assert "203.0" not in str(error_of(45015, "/cgi-bin/x", text))


@pytest.mark.parametrize(
    ("answer", "code"),
    [({}, 0), ({"errcode": 0}, 0), ({"errcode": 45015}, 45015), ({"errcode": "1"}, 0)],
)
def test_code_of_an_answer(answer: dict[str, object], code: int) -> None:
    assert errcode_of(answer) == code
