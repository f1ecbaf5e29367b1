"""One normalisation for everything: user text, utterances, commands, choice synonyms.

NFKC, control and zero-width characters out, lower case, Traditional → Simplified, WeChat
emoticons and emoji out, Chinese day and month numerals → digits, white space between Chinese
characters out, repeated punctuation collapsed. Idempotent. It does not fix typos: those are
the business of the pinyin features.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

MAX_CHARS = 400
"""Characters of a message that are considered; beyond that nobody asks a question."""

_BRACKET_EMOTICON = re.compile(r"\[[A-Za-z\u4e00-\u9fff]{1,8}\]|【[A-Za-z\u4e00-\u9fff]{1,8}】")
# WeChat's built-in faces arrive as text codes such as /::) /::D /:heart (fact: platform sheet §2).
_SLASH_EMOTICON = re.compile(r"/:[:;,<>@#$%&*|!~'\"()\-\w]{1,6}")
_HANZI = "\u3400-\u4dbf\u4e00-\u9fff"
_SPACE_BY_HANZI = re.compile(rf"(?<=[{_HANZI}])\s+|\s+(?=[{_HANZI}])")
_SPACES = re.compile(r"\s+")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_REPEATED_CHAR = re.compile(r"([\w])\1{3,}")
_NUMERAL = re.compile(r"([零一二三四五六七八九十]{1,3})(?=[号日月点])")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """Return the text in the one form that everything is compared in; may be empty.

    At most `MAX_CHARS` characters of the input are considered: its beginning and its end,
    where a rambling message has its question. Idempotent. O(n), about 30 µs for a short text.
    """
    text = cap(text)
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c if _is_kept(c) else " " for c in text).lower()
    text = _to_simplified().convert(text)
    text = _BRACKET_EMOTICON.sub(" ", _SLASH_EMOTICON.sub(" ", text))
    text = _NUMERAL.sub(_digits, text)
    text = _REPEATED_MARK.sub(r"\1", text)
    text = _REPEATED_CHAR.sub(r"\1\1\1", text)
    text = _SPACE_BY_HANZI.sub(" ", _SPACES.sub(" ", text))
    return text.strip()


def cap(text: str) -> str:
    """Cut an over-long text to `MAX_CHARS`, keeping its beginning and its end."""
    if len(text) <= MAX_CHARS:
        return text
    half = MAX_CHARS // 2
    return text[:half] + "。" + text[-half + 1 :]


_LEADING_FILLER = re.compile(
    r"^(?:老师好|老师您好|老师|您好|你好|hi|hello|嗨|喂|请问一下|请问下|请问|麻烦问一?下|我?想?问一?下子?|咨询一?下|我想问|想问|"
    r"想咨询一?下|打扰一?下|打扰了|那个|就是说?|哎呀?|诶|嗯+|额+|呃+|急|在吗|亲|领导|客服|小助手|[\s,。!?~、:;.])+"
)
_TRAILING_FILLER = re.compile(
    r"(?:谢谢(?:老师|您|你|了|啦)?|多谢(?:了|啦)?|拜托(?:了|啦)?|急+|在线等|求解答?|求回复|麻烦了|麻烦您了|辛苦了|[\s,。!~、:;.])+$"
)
_LEAST_REST = 3


def without_fillers(normalised: str) -> str:
    """Drop the politeness and hesitation around a question; a text that is nothing else stays.

    >>> without_fillers("老师好,请问一下怎么缴费,谢谢")
    '怎么缴费'
    """
    rest = _TRAILING_FILLER.sub("", _LEADING_FILLER.sub("", normalised))
    return rest if len(squeeze(rest)) >= _LEAST_REST else normalised


def squeeze(normalised: str) -> str:
    """Drop punctuation and white space: the form in which two texts count as the same."""
    return "".join(c for c in normalised if c.isalnum())


def has_hanzi(text: str) -> bool:
    """Tell whether the text has at least one Chinese character."""
    return any("\u3400" <= c <= "\u9fff" for c in text)


def _is_kept(char: str) -> bool:
    if char < "\u0080":
        return char >= " "
    category = unicodedata.category(char)
    # C*: controls, format characters (zero width, RTL marks), surrogates. S*: emoji and symbols.
    return category[0] not in "CS" and category != "Mn"


def _digits(match: re.Match[str]) -> str:
    """Read 十五 as 15, 二十 as 20; anything that is no number below 100 stays as it is."""
    word = match.group(1)
    if "十" not in word:
        return str(_DIGITS[word]) if len(word) == 1 else word
    tens, _, ones = word.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return word
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
