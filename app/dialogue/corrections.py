"""Corrections: “不对，是高中”, “说错了”, “改成外地户口”, “不是小学，是幼儿园”.

Only the words are looked at; which slot is meant, the flow knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = (
    r"(?:不对不对|不对|不是的|错了|搞错了|弄错了|(?:我|刚才|刚刚|上面|前面|之前|那个)*"
    r"(?:说|选|点|按|写|打|填|输|记|讲|答|回)错了?|口误|更正一?下?|纠正一?下?|改一下|改一改|我改一下|"
    r"我是说|我的意思是|应该是|其实是|(?:帮我|我要|我想|请)?(?:改成|改为|改选|换成|更改为))"
)
_SORRY = r"(?:哦|噢|啊|呀|哎|诶|唉|等等|等一下|等下|抱歉|对不起|不好意思|[\s,。.!…、~;:])*"
_LEAD = r"(?:是|了|的|啊|呀|哦|吧|应该是|应为|其实是|改成|改为|换成|[\s,。.!…、~;:])*"
_AT_START = re.compile(rf"^{_SORRY}(?:{_MARK}{_LEAD})+")
_INSIDE = re.compile(rf"[\s,。.!…、~;:]+{_SORRY}(?:{_MARK}{_LEAD})+")
_NOT_BUT = re.compile(
    r"^(?P<before>.*?)不是(?P<wrong>[^,。;!?]{1,10}?)"
    r"(?:[,。;!、 ]*(?:而是|应该是|其实是|是)|[,。;!、 ]+(?:孩子|我们|现在|他|她)?(?=[在上读念]))"
    r"(?P<right>.+)$"
)
_NOT_IT = re.compile(r"^不是[,。;!、 ]+(?:是|应该是|其实是)(?P<right>.+)$")


_ONE_IS_WRONG = re.compile(
    r"^(?:我|刚才|刚刚|上面|前面|之前|那个|把|[\s,。])*(?P<what>[^,。;!?]{2,6}?)(?:那[一1]?[项个]|[一1]项)?"
    r"(?:我?刚才|刚刚)?(?:说|选|点|填|写|答|记|弄|搞)错了?[。!]?$"
)
"""“户籍说错了”: which one, but not what it should be."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A message that takes something back."""

    before: str
    """What was said in the same message before it was taken back; may be empty."""
    wrong: str
    """What is said not to be so: “小学” of “不是小学，是幼儿园”; may be empty."""
    right: str
    """What is so; empty where the parent only says that something is wrong."""


def correction_in(text: str) -> Correction | None:
    """Return what a normalised message corrects, None where it corrects nothing.

    A bare “不是” or “不是北京户口” corrects nothing: it is an answer.

    >>> correction_in("不对,是高中").right
    '高中'
    >>> correction_in("小学,不对,大学").before
    '小学'
    """
    found = _AT_START.match(text)
    if found is not None:
        rest = text[found.end() :].strip(" ,。.!?;、~…")
        deeper = correction_in(rest)
        return deeper if deeper is not None else Correction("", "", rest)
    found = _NOT_IT.match(text)
    if found is not None:
        return Correction("", "", found.group("right"))
    found = _NOT_BUT.match(text)
    if found is not None:
        return Correction(found.group("before"), found.group("wrong"), found.group("right"))
    found = _ONE_IS_WRONG.match(text)
    if found is not None:
        return Correction(found.group("what"), "", "")
    found = _INSIDE.search(text)
    if found is not None:
        return Correction(text[: found.start()], "", text[found.end() :].strip(" ,。.!?;、~…"))
    return None
