"""Danger and fraud ring whatever else is said; ordinary worries and papers do not."""

from __future__ import annotations

import pytest

from app.dialogue.alarms import EMERGENCY, FRAUD, alarm_in
from app.domain.turn import Decision
from app.matching.normalise import normalise
from tests.assistants import shipped_assistant
from tests.unit.dialogue.parent import Parent

DANGER = [
    *("我不想活了", "真的活不下去了", "孩子说活着没意思", "我想死了算了", "想死", "不如死了算了"),
    *("想结束自己的生命", "孩子想自杀", "他要自杀", "我有轻生的想法，想轻生", "遗书都写好了"),
    *("孩子要跳楼", "站在楼顶准备跳楼", "孩子割腕了", "他在自残", "孩子喝农药了", "孩子吃了老鼠药"),
    *("孩子没有呼吸了怎么办", "娃没呼吸了", "叫不醒", "孩子突然晕倒了", "孩子昏迷了", "心跳停了"),
    *("孩子口吐白沫叫不应", "血止不住", "大出血", "救命", "救命啊", "快救救孩子", "有人要杀我"),
    *("孩子被绑架了", "有人拿刀", "老公打我和孩子快救救我", "孩子呛到脸都紫了"),
    *("交不起医保活不下去了想死", "医保报不了我不想活了"),
]
NO_DANGER = [
    *("急死我了", "急死我了交不上费", "气死我了", "气死", "死亡证明要交吗", "孩子去世了医保怎么退"),
    *("累死了跑了三趟", "烦死了", "笑死", "热死了", "死机了交不了费", "急急急", "死活交不上"),
    *("孩子住院抢救花了十万能报吗", "急诊能报吗", "救护车的钱报不报", "孩子骨折了能报销吗"),
    *("自杀的医疗费能报吗", "打架受伤报不报", "割伤了手能报吗", "人死了医保钱怎么办"),
    *("120的费用能报吗", "活动什么时候开始", "卡死了", "意外伤害能报吗", "救命钱能报吗"),
    *("昏迷住院的费用能报吗", "中毒住院报销吗", "一年交多少钱", "怎么缴费", "谁能参保"),
    *("系统死机了", "想死磕到底", "累得要死", "忙死了能不能快点", "难死了", "吓死我了", "死循环"),
]
SWINDLE = [
    *("医保局打电话让我转账", "有人让我报验证码", "对方要验证码", "验证码给了别人怎么办"),
    *("我把验证码告诉他了", "自称医保局的人要我银行卡密码", "有人冒充医保局", "冒充老师收医保费"),
    *("收到短信让我点链接退医保费", "收到退费短信让我填卡号", "医保退费短信", "退款短信是真的吗"),
    *("这个短信是不是诈骗", "我被骗了", "说我医保卡被冻结要转钱到安全账户", "让我下载app共享屏幕"),
    *("对方让我把钱转到个人账户", "客服让我先转账再退", "短信里有个陌生链接", "收到不明短信"),
    *("电话说社保卡停用", "有人打电话说医保卡被停用", "收款码是老师发的交医保是真的吗"),
    *(
        "私人账户收医保费",
        "转钱给私人账户交医保可靠吗",
        "医保补贴短信要我认证",
        "我的验证码是123456",
    ),
]
NO_SWINDLE = [
    *("收不到验证码", "验证码收不到怎么办", "短信验证码错误", "手机号换了收不到验证码怎么办"),
    *("可以转账交费吗", "银行转账交医保行吗", "微信转账能交吗", "怎么退费", "退费退到哪里"),
    *("医保转移", "医保怎么转", "密码忘了怎么办", "交费后没收到短信", "没收到缴费短信"),
    *("医保局电话是多少", "医保局在哪", "二维码怎么打开", "扫码缴费", "老师让我们扫码交医保"),
    *("医保卡冻结了", "银行卡冻结扣不了款", "退费要多久", "需要先转钱到存折里吗", "点哪个链接交"),
    *("家长群里的缴费通知", "医保个人账户的钱怎么交", "登录要验证码吗", "代扣签约时验证码收不到"),
    *("社保卡不能用了是什么原因", "孩子的卡被银行冻结了扣不了款", "怎么打医保局电话"),
]


@pytest.mark.parametrize("text", DANGER)
def test_danger(text: str) -> None:
    assert alarm_in(normalise(text)) == EMERGENCY


@pytest.mark.parametrize("text", SWINDLE)
def test_swindle(text: str) -> None:
    assert alarm_in(normalise(text)) == FRAUD


@pytest.mark.parametrize("text", [*NO_DANGER, *NO_SWINDLE])
def test_ordinary(text: str) -> None:
    assert alarm_in(normalise(text)) is None


def test_no_sentence_of_another_intent_rings() -> None:
    """Operators' own sentences of all other intents are ordinary ones."""
    rings = {
        (intent.id, utterance)
        for intent in shipped_assistant().catalog.intents.values()
        if not intent.id.startswith(("safety_", "smalltalk_abuse", "background_"))
        for utterance in (*intent.utterances, *intent.tests)
        if alarm_in(normalise(utterance)) is not None
    }
    assert rings == set()


@pytest.mark.parametrize("account", ["beijing", "liuzhou"])
class TestReplies:
    @pytest.mark.parametrize("text", DANGER)
    def test_danger_gets_the_numbers_and_a_person(self, account: str, text: str) -> None:
        turn = Parent(account, shipped_assistant()).say(text)
        assert turn.decision is Decision.SAFETY
        assert "120" in turn.text
        assert "110" in turn.text
        assert "身边的人" in turn.text

    @pytest.mark.parametrize("text", SWINDLE)
    def test_swindle_gets_the_warning(self, account: str, text: str) -> None:
        turn = Parent(account, shipped_assistant()).say(text)
        assert turn.decision is Decision.SAFETY
        assert "验证码" in turn.text
        assert "不转账" in turn.text

    @pytest.mark.parametrize("text", [*NO_DANGER, *NO_SWINDLE])
    def test_ordinary_worries_do_not(self, account: str, text: str) -> None:
        turn = Parent(account, shipped_assistant()).say(text)
        assert turn.decision is not Decision.SAFETY

    @pytest.mark.parametrize(
        "text", ["傻逼", "垃圾玩意", "什么破系统", "滚", "废物", "你有病吧", "脑残"]
    )
    def test_abuse_gets_one_calm_line(self, account: str, text: str) -> None:
        turn = Parent(account, shipped_assistant()).say(text)
        assert turn.decision is Decision.SMALLTALK
        assert "转人工" in turn.text
        assert "\n" not in turn.text.strip()


class TestInAFlow:
    @pytest.mark.parametrize("text", ["我不想活了", "有人让我报验证码"])
    def test_before_anything_else_and_the_flow_stays(self, text: str) -> None:
        parent = Parent("beijing", shipped_assistant())
        parent.say("谁能参保")
        turn = parent.say(text)
        assert turn.decision is Decision.SAFETY
        assert parent.session.flow is not None
        assert parent.say("是").decision is Decision.FLOW

    def test_before_a_command_and_a_pause(self) -> None:
        parent = Parent("beijing", shipped_assistant())
        assert parent.say("算了，不想活了").decision is Decision.SAFETY
