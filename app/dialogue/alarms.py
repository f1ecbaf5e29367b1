"""Words that ring by themselves: danger to life, and what swindlers ask for.

The intents `safety_emergency` and `safety_fraud` are recognised like any other. These patterns
stand before them for what must not depend on likeness: plain words of despair, of someone who
does not breathe, of a code given away. What they say is the intents' own text.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.domain.names import IntentId
from app.matching.normalise import REMEMBERED

EMERGENCY = IntentId("safety_emergency")
FRAUD = IntentId("safety_fraud")

_DESPAIR = re.compile(
    r"不想活|活不下去|活不了了|活着没(?:什么)?意[思义]|活够了|活腻|不如死了|死了算了|死了一了百了|"
    r"(?<![笑气急得])(?:想|要|准备|打算)(?:去)?死(?!机|循环|磕|心)(?:了|掉|算了|$|[,。!?]|的心)|去死的念头|"
    r"想(?:要)?自杀|要自杀|在自杀|自杀了|自杀倾向|(?:想|要|准备|打算)轻生|"
    r"(?:结束|了结)(?:自己|我|他|她)?的?(?:生命|性命|一生)|寻短见|遗书|(?:想|要|准备|站在.{0,6}|往下)跳楼|跳楼了|跳河|"
    r"割腕|自残|自伤|上吊|(?:喝|吃)了?(?:整瓶|一瓶|半瓶|很多|好多)?(?:农药|老鼠药|百草枯|敌敌畏)|"
    r"吞(?:了)?(?:安眠药|一瓶)"
)
_DYING = re.compile(
    r"没(?:有)?呼吸|停止呼吸|呼吸停|没(?:有)?心跳|心跳停|叫不醒|喊不醒|没(?:有)?意识|失去意识|口吐白沫|"
    r"(?:孩子|娃|他|她|老人|妈|爸|宝宝|崽)(?:突然|刚刚?|又)?(?:昏迷|休克|晕倒|昏倒|晕过去|昏过去)了|大出血|血止不住|"
    r"喘不[上过]气.{0,8}(?:紫|青|救)|脸(?:都)?(?:发)?[紫青]了|快(?:来)?救(?:救)?(?:我|孩子|命|人)|^救命|救命(?:啊|呀|!)"
)
_VIOLENCE = re.compile(
    r"要杀(?:了)?(?:我|孩子|人|他|她)|拿刀|(?:被|有人)绑架|孩子被(?:拐|抢|绑)|(?:打|家暴).{0,6}(?:救救|救命|报警怎么)|家暴"
)
_NO_EMERGENCY = re.compile(
    r"跳楼价|救命钱|住院|报销|报不报|能报|能不能报|怎么报|给报|可以报|赔|费用|的钱|花了|医保(?:卡)?(?:怎么)?[退停]|证明|抢救费|注销"
)
"""Who asks about money or papers is past the danger; despair rings all the same."""

_CODE = re.compile(
    r"(?:把|要|让我|叫我|喊我|问我|索要|告诉|给了?|发给|报了?|念|提供|泄露|骗).{0,10}(?:短信)?(?:验证码|动态码|校验码)"
    r"(?!.{0,4}(?:收不到|没收到|错误|不对|不正确|过期|怎么获取))|(?:验证码|动态码).{0,6}(?:给了|告诉了?|发给了?|说给|报给|泄露|被骗)"
)
_CODE_TYPED = re.compile(r"(?:验证码|动态码|校验码)(?:是|为|:|号)? *\d{4,8}(?!\d)")
_CODE_IS_OWN = re.compile(
    r"收不到|没收到|没有收到|不来|接收不|错误|输错|系统|页面|登录|登陆|注册|签约|app|小程序|公众号(?:里|上)?要|网上缴|填(?:写)?验证码"
)
_PRETENDS = re.compile(
    r"(?:冒充|假冒|假装|自称|谎称|声称)(?:是)?.{0,8}(?:医保|社保|税务|老师|班主任|学校|公安|警察|客服|工作人员|中心)|"
    r"是不是(?:诈骗|骗子|骗人)|是诈骗|诈骗(?:短信|电话|吗|吧)|骗子(?:吗|吧|电话|短信)|(?<!以为)(?<!以为是)被骗(?:了|钱|走)|上当了|安全账户|共享屏幕|屏幕共享|刷流水|洗钱"
)
_SMS = re.compile(
    r"(?:退费|退款|补贴|补助|返还|停用|停保|冻结|异常|失效|过期|认证|激活)的?短信(?!.{0,5}(?:没|收不))|"
    r"短信.{0,14}(?:链接|网址|网站|点开|点击)|(?:陌生|不明)(?:的)?(?:链接|短信|电话|号码|二维码)|"
    r"(?:电话|短信|有人|对方)(?:里)?(?:说|通知|让|叫|要).{0,14}(?:医保卡?|社保卡?)(?:被?)(?:停用|冻结|异常|停了|要停|盗刷|注销)"
)
_MONEY = re.compile(
    r"(?:对方|有人|陌生人|客服|他们?|她|电话里|群里|骗子|网友|医保局|社保局|医保中心|工作人员|老师)"
    r".{0,10}(?:让|叫|喊|要|要求)(?:我|我们|家长|大家)?.{0,8}(?:转账|汇款|转钱|打钱|先交保证金|私下转|银行卡密码|卡密码)|"
    r"(?:转|打|汇|交)(?:钱|账)?(?:到|给|进).{0,4}(?:私人|个人|陌生|对方)(?:的)?(?:账户|账号|银行卡|微信|收款码)|"
    r"(?:私人|个人)(?:账户|账号|收款码|微信)(?:收|代收).{0,6}(?:医保|保费|费)|"
    r"(?:收款码|二维码).{0,16}(?:是真的|真的假的|可信|可靠|靠谱|假的|骗)"
)
_NO_FRAUD = re.compile(
    r"没收到.{0,6}短信|短信没收到|医保个人账户|个人账户(?:的钱|余额|代?扣|划扣|缴|交)"
)


@lru_cache(maxsize=REMEMBERED)
def alarm_in(normalised: str) -> IntentId | None:
    """Return the safety intent that a normalised message rings for, None where it rings for none.

    >>> alarm_in("我不想活了"), alarm_in("急死我了,交不上费")
    ('safety_emergency', None)
    """
    if _DESPAIR.search(normalised) and not re.search(r"跳楼价", normalised):
        about_money = _NO_EMERGENCY.search(normalised) and not re.search(
            r"不想活|活不下去|想死|活着没", normalised
        )
        return None if about_money else EMERGENCY
    if _DYING.search(normalised) or _VIOLENCE.search(normalised):
        return None if _NO_EMERGENCY.search(normalised) else EMERGENCY
    if _NO_FRAUD.search(normalised):
        return None
    if _CODE_TYPED.search(normalised):
        return FRAUD
    if _CODE.search(normalised) and not _CODE_IS_OWN.search(normalised):
        return FRAUD
    if any(p.search(normalised) for p in (_PRETENDS, _SMS, _MONEY)):
        return FRAUD
    return None
