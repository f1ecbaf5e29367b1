"""Personal data that a parent types by mistake: found and masked before anything else sees it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from stdnum import luhn
from stdnum.cn import ric

from app.domain.turn import Message

_GAP = r"[ \u00a0\u3000.·_-]{0,2}"
_DIGIT = rf"\d{_GAP}"
_ID = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_DIGIT}){{6}}(?:1{_GAP}9|2{_GAP}0){_GAP}(?:{_DIGIT}){{2}}"
    rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2]){_GAP}(?:[0-2]{_GAP}\d|3{_GAP}[01]){_GAP}(?:{_DIGIT}){{3}}"
    r"[0-9Xxｘ×](?![0-9A-Za-z])"
)
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ \u00a0\u3000-]?\d{4}){3}(?:[ \u00a0\u3000-]?\d{1,3})?(?!\d)")
_PHONE = re.compile(
    r"(?<![0-9.])(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ \u00a0\u3000.-]?\d{4}){2}(?![0-9])"
    r"|(?<!\d)1[3-9]\d{2}[ -]\d{3}[ -]\d{4}(?!\d)|(?<!\d)1[3-9]\d(?:[ -]\d{3}){2}[ -]\d{2}(?!\d)"
)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,4}")
_WIDE = "０１２３４５６７８９ＸｘＡ＠．－"
_NARROW = str.maketrans(_WIDE, "0123456789XxA@.-")
_ANY_WIDE = re.compile(f"[{_WIDE}]")
_SPOKEN_DIGITS = "零〇一二三四五六七八九幺两洞拐"
_SPOKEN_GAP = r"[ ,，、。]?"
_SPOKEN_PHONE = re.compile(
    rf"(?<![{_SPOKEN_DIGITS}])[一幺]{_SPOKEN_GAP}[三四五六七八九拐](?:{_SPOKEN_GAP}[{_SPOKEN_DIGITS}]){{9}}(?![{_SPOKEN_DIGITS}])"
)
_SPOKEN_ID = re.compile(
    rf"(?<![{_SPOKEN_DIGITS}])(?:[{_SPOKEN_DIGITS}]{_SPOKEN_GAP}){{17}}[{_SPOKEN_DIGITS}xX叉](?![{_SPOKEN_DIGITS}])"
)
_NOTHING_ELSE = re.compile(
    r"〔[^〕]*〕|我家?|孩子|娃|小孩|老公|老婆|妈妈|爸爸|他|她|的|身份证|证件|手机|电话|联系方式|银行|医保|社保|卡|邮箱|账户|账号|号码|号|帐号|"
    r"(?<=[号码证话机卡箱])[是为:：]|是(?=〔)|发给?[你您]?|填|叫|这里|请?查[一1]?下|帮我?查?|看看?|谢谢|[\W_]"
)

_LED_MARK = re.compile(
    r"(?:我家?|孩子|娃)?的?(?:身份证|证件|手机|电话|联系方式|银行卡|卡|邮箱)?(?:号码|号)?"
    r"[是为]?[:：]? *〔[^〕]*〕[ ,，。]*"
)
_LEAST_QUESTION = 4
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s，。；！？）〕]{1,500}", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![0-9A-Za-z_-])(?=[A-Za-z_-]*[0-9_])[0-9A-Za-z_-]{12,}")
"""An OpenID, a WeChat handle, an order or file number: long, with a digit or underscore in it."""
_NUMBER = re.compile(rf"[A-Za-z]{{0,3}}(?<!\d)(?:{_DIGIT}){{5,}}\d[A-Za-z]{{0,2}}")
_SPOKEN_NUMBER = re.compile(rf"[{_SPOKEN_DIGITS}](?:{_SPOKEN_GAP}[{_SPOKEN_DIGITS}]){{6,}}")
_NAME = re.compile(
    r"(?P<lead>我叫|我名字叫|(?:孩子|娃|宝宝|儿子|女儿|小孩|学生)的?(?:名字)?叫|(?:姓名|名字)(?:叫|是|为|[:：]))"
    r" ?(?!什么|啥)[\u4e00-\u9fff]{2,4}(?=[\s,，。;；!！?？的、]|$)"
)

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武"
    "戴莫孔向汤蓝农"
)
_TOLD_NAME = re.compile(
    r"(?P<lead>我叫|我名字叫|(?:孩子|娃|宝宝|儿子|女儿|小孩|学生)的?(?:名字)?叫|(?:姓名|名字)(?:叫|是|为|[:：]))"
    rf" ?[{_SURNAMES}][\u4e00-\u9fff]{{1,3}}(?=[\s,，。;；!！?？的、]|$)"
)
"""Stricter than `_NAME`, since what is masked here is not understood: only after a surname."""

_ANY_DIGIT = rf"[\d{_SPOKEN_DIGITS}]"
_FURTHER = rf"[^\d{_SPOKEN_DIGITS}]{{0,2}}{_ANY_DIGIT}"
"""One digit more: between two of a number stand two other characters at most."""
_LEAD = "叫|姓名|名字"
_SUSPECT = re.compile(rf"{_ANY_DIGIT}(?:{_FURTHER}){{10}}|[@＠]|{_LEAD}")
"""What every text has in which `mask` may find something: the shortest number, a mobile phone's,
has eleven digits. Most texts have nothing of it; one pass instead of seven."""
_SUSPECT_KEPT = re.compile(
    rf"{_ANY_DIGIT}(?:{_FURTHER}){{5}}|[@＠/]|{_LEAD}|[wW]\.|[0-9A-Za-z_-]{{12}}"
)
"""The same for `mask_for_keeping`, in narrow characters: addresses and handles besides."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data."""

    text: str
    """The text with `[身份证号]`, `[手机号]`, `[银行卡号]`, `[邮箱]` in place of what was found."""
    kinds: tuple[str, ...]
    """What was found, each kind once, e.g. 身份证号."""
    question: str = ""
    """The text without the marks and what leads up to them: what is left to understand."""
    alone: bool = False
    """Whether the message has nothing else to it: no question is left."""


def mask(text: str) -> Masked:
    """Mask ID numbers, bank cards, mobile numbers, e-mail addresses and names told as such.

    An 18-digit number counts as an ID number by its form, whether or not its check digit fits (GB
    11643-1999): a mistyped ID number is as private. A card number must pass Luhn (ISO/IEC 7812).
    """
    if not _SUSPECT.search(text):
        return Masked(text, (), text)
    kinds: list[str] = []
    original, narrow = text, _narrow(text)

    def without(pattern: re.Pattern[str], kind: str, text: str) -> str:
        def put(match: re.Match[str]) -> str:
            if kind == "银行卡号" and not _is_card(match.group()):
                return match.group()
            if kind not in kinds:
                kinds.append(kind)
            # Corner brackets: square ones with Chinese in them are WeChat's emoticon codes.
            return f"〔{kind}〕"

        return pattern.sub(put, text)

    text = without(_ID, "身份证号", narrow)
    text = without(_SPOKEN_ID, "身份证号", text)
    text = without(_CARD, "银行卡号", text)
    text = without(_PHONE, "手机号", text)
    text = without(_SPOKEN_PHONE, "手机号", text)
    text = without(_MAIL, "邮箱", text)
    alone = bool(kinds) and not _NOTHING_ELSE.sub("", text)
    text, names = _TOLD_NAME.subn(r"\g<lead>〔姓名〕", text)
    if not kinds:
        # A name alone is masked without a word: there is nothing wrong in giving one's name.
        kept = text if names else original
        return Masked(kept, (), kept)
    return Masked(text, tuple(kinds), _question(text), alone)


def masked_message(message: Message) -> tuple[Message, Masked]:
    """Return the message without personal data, and what was found in its text and lines."""
    text = mask(message.text)
    if message.lines is None and text.text == message.text and not text.kinds:
        return message, text
    lines = [mask(line) for line in message.lines or ()]
    kinds = tuple(dict.fromkeys(kind for part in (text, *lines) for kind in part.kinds))
    kept = None if message.lines is None else tuple(line.text for line in lines)
    return replace(message, text=text.text, lines=kept), replace(text, kinds=kinds)


def mask_for_keeping(text: str) -> str:
    """Mask all that `mask` masks, and whatever looks like a number or name of somebody.

    For texts that outlive the conversation: rather too much than too little. Numbers of six digits
    and more, read out ones of seven and more, handles, addresses of pages, and names after 我叫 or
    姓名. A name without such a lead cannot be told from a word.
    """
    narrow = _narrow(text)
    if not _SUSPECT_KEPT.search(narrow):
        return narrow
    kept = _narrow(mask(text).text)
    kept = _ADDRESS.sub("〔网址〕", kept)
    kept = _HANDLE.sub("〔号码〕", kept)
    kept = _NUMBER.sub("〔号码〕", kept)
    kept = _SPOKEN_NUMBER.sub("〔号码〕", kept)
    return _NAME.sub(r"\g<lead>〔姓名〕", kept)


def _narrow(text: str) -> str:
    """Return the text with narrow digits and signs; most texts have no wide ones."""
    return text.translate(_NARROW) if _ANY_WIDE.search(text) else text


def _question(text: str) -> str:
    """Drop marks with their introduction; a text of which little is left keeps them."""
    rest = _LED_MARK.sub("", text).strip(" ,，。;；")
    return rest if sum(c.isalnum() for c in rest) >= _LEAST_QUESTION else text


def _is_card(digits: str) -> bool:
    # Full-width digits are digits to a reader; Luhn is about the ASCII ones.
    plain = re.sub(r"\D", "", unicodedata.normalize("NFKC", digits))
    return bool(luhn.is_valid(plain)) or bool(ric.is_valid(plain))
