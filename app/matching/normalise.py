"""One normalisation for everything: user text, utterances, commands, choice synonyms.

NFKC, control and zero-width characters out, lower case, Traditional → Simplified, WeChat
emoticons and emoji out, Chinese day and month numerals → digits, white space and repeated
punctuation collapsed. Idempotent. It does not fix typos: those are the business of the pinyin
features.
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
_SPACES = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_COMMON = frozenset(map(chr, range(0x20, 0x7F))) | frozenset(map(chr, range(0x4E00, 0x9FA6)))
"""Characters that are kept without a closer look."""
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_REPEATED_CHAR = re.compile(r"([\w])\1{3,}")
_NUMERAL = re.compile(r"([零一二三四五六七八九十]{1,3})(?=[号日月点])")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_MOST_ROUNDS = 8
"""What one step uncovers another may have to treat again: lower case of “İ” brings an accent, an
emoticon taken out joins two halves of another. Two rounds are the rule; no text is known that
needs more than three."""

REMEMBERED = 1024
"""Texts that each memory of what was found out about a text holds: one message is looked at from a
dozen sides, and in the days before a deadline many parents send the same words."""


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=REMEMBERED)
def normalise(text: str) -> str:
    """Return the text in the one form that everything is compared in; may be empty.

    At most `MAX_CHARS` characters of the input are considered: its beginning and its end,
    where a rambling message has its question. Idempotent. O(n), about 20 µs for a short text.
    """
    for _ in range(_MOST_ROUNDS):
        before, text = text, _step(text)
        if text == before:
            break
    return text


def _step(text: str) -> str:
    text = unicodedata.normalize("NFKC", cap(text))
    if not text.isascii():
        text = "".join([c if c in _COMMON else _kept(c) for c in text])
        text = _to_simplified().convert(text.lower())
    else:
        text = _CONTROL.sub(" ", text).lower()
    text = _BRACKET_EMOTICON.sub(" ", _SLASH_EMOTICON.sub(" ", text))
    text = _NUMERAL.sub(_digits, text)
    text = _REPEATED_MARK.sub(r"\1", text)
    text = _REPEATED_CHAR.sub(r"\1\1\1", text)
    return _SPACES.sub(" ", text).strip()


def cap(text: str) -> str:
    """Cut an over-long text to `MAX_CHARS`, keeping its beginning and its end."""
    if len(text) <= MAX_CHARS:
        return text
    half = MAX_CHARS // 2
    return text[:half] + "。" + text[-half + 1 :]


# No repetition inside the repetition: “急急急…” would be tried in every way it can be divided.
_LEADING_FILLER = re.compile(
    r"^(?:老师好|老师您好|老师|您好|你好|hi|hello|嗨|喂|请问一下|请问下|请问|麻烦问一?下|我?想?问一?下子?|咨询一?下|我想问|想问|"
    r"想咨询一?下|打扰一?下|打扰了|那个|就是说?|哎呀?|诶|嗯|额|呃|急|在吗|亲|领导|客服|小助手|[\s,。!?~、:;.])+"
)
_TRAILING_FILLER = re.compile(
    r"(?:谢谢(?:老师|您|你|了|啦)?|多谢(?:了|啦)?|拜托(?:了|啦)?|急|在线等|求解答?|求回复|麻烦了|麻烦您了|辛苦了|[\s,。!~、:;.])+$"
)
_LEAST_REST = 3


@lru_cache(maxsize=REMEMBERED)
def without_fillers(normalised: str) -> str:
    """Drop the politeness and hesitation around a question; a text that is nothing else stays.

    >>> without_fillers("老师好,请问一下怎么缴费,谢谢")
    '怎么缴费'
    """
    rest = _TRAILING_FILLER.sub("", _LEADING_FILLER.sub("", normalised))
    return rest if len(squeeze(rest)) >= _LEAST_REST else normalised


@lru_cache(maxsize=REMEMBERED)
def squeeze(normalised: str) -> str:
    """Drop punctuation and white space: the form in which two texts count as the same."""
    return "".join(filter(str.isalnum, normalised))


def has_hanzi(text: str) -> bool:
    """Tell whether the text has at least one Chinese character."""
    return any("\u3400" <= c <= "\u9fff" for c in text)


def _kept(char: str) -> str:
    """Return the character, a space for what stands between words, nothing for the invisible."""
    category = unicodedata.category(char)
    # Format characters (zero width, RTL marks), half surrogates, accents and enclosing marks.
    if category in {"Cf", "Cs", "Mn", "Me"}:
        return ""
    # C*: controls, private and unassigned characters. S*: emoji and symbols (ASCII's are kept).
    return char if category[0] not in "CS" or "!" <= char <= "~" else " "


def _digits(match: re.Match[str]) -> str:
    """Read 十五 as 15, 二十 as 20; anything that is no number below 100 stays as it is."""
    word = match.group(1)
    if "十" not in word:
        return str(_DIGITS[word]) if len(word) == 1 else word
    tens, _, ones = word.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return word
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
