"""Several questions in one message: cut into units that each ask something.

Only form is looked at here (punctuation, connectors, question words); whether the units really are
different questions is for the matcher to say.
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_UNITS = 4

_ASKS = re.compile(
    r"[?吗]|怎么|咋|如何|怎样|哪|啥|什么|多少|多久|几[个天号点次年岁家]|能不能|可不可以|可以不|是不是|要不要|用不用"
    r"|会不会|有没有|行不行|报不|停不|得[^,。;?!]{1,6}没|[^没]没$|不$|不[,。;?]|为何|何时|几时|谁|"
    r"还能|必须.{1,6}吗|区别|能报|意思"
)
_END = re.compile(r"[。;?!,\s:]+")
_JOINT = re.compile(
    r"(?=还有(?!点|没|一份)|另外|顺便|再问|再请问|然后(?=怎么|咋|在哪|去哪|能)|以及|二是|其次|同时想|另一个|还想问|还想知道|也想问|要是不|如果不|万一)"
)
_SECOND_QUESTION = re.compile(
    r"(?=怎么|咋|如何|在哪|去哪|到哪|什么时候|啥时候|多少钱|能不能|可不可以|是不是|要不要|用不用)"
)
_LEAD = re.compile(
    r"^(?:还有|另外|顺便|再问一?下?|再请问|然后|以及|[一二两]是|其次|同时|另一个|两个事|还想问|还想知道|也想问|请问|问一?下|我想|想|,|:|、)+"
)
_RESPECTIVELY = re.compile(
    r"^(.{0,6}?)([^,。;?!和跟与]{2,10})(?:和|跟|与|、)([^,。;?!]{2,10}?)(?:分别|各自|都)(.{2,})$"
)
_SHORT = 3
"""Least length of a question between commas: 怎么交."""
_SHORT_RUN = 4
"""The same inside a run without punctuation: “看病能报销多少钱” is one question."""


@lru_cache(maxsize=1024)
def split_questions(normalised: str) -> tuple[str, ...]:
    """Return the units of a message that each ask something, in order.

    A statement belongs to the question after it, or to the one before when none follows. One unit
    or none: the message asks one thing. At most `MAX_UNITS`; the rest stays with the last.
    """
    apart = _RESPECTIVELY.match(normalised)
    if apart:
        lead, first, second, rest = apart.groups()
        return (f"{lead}{first}{rest}", f"{second}{rest}")
    units: list[str] = []
    pending = ""
    for clause in _clauses(normalised):
        pending = f"{pending},{clause}" if pending else clause
        if _ASKS.search(clause):
            units.append(pending)
            pending = ""
    if pending and units:
        units[-1] = f"{units[-1]},{pending}"
    units = [_LEAD.sub("", unit) for unit in units]
    units = [unit for unit in units if len(unit) >= _SHORT]
    if len(units) > MAX_UNITS:
        units[MAX_UNITS - 1 :] = [",".join(units[MAX_UNITS - 1 :])]
    return tuple(units)


def asks_several(normalised: str) -> bool:
    """Tell whether the message says itself that it asks several things (还有, 另外, two “?”)."""
    return (
        normalised.count("?") > 1
        or _RESPECTIVELY.match(normalised) is not None
        or len(_JOINT.split(normalised)) > 1
    )


def _clauses(text: str) -> list[str]:
    found: list[str] = []
    for sentence in _END.split(text):
        for part in _JOINT.split(sentence):
            found.extend(_by_question(part))
    return [clause for clause in found if clause]


def _by_question(part: str) -> list[str]:
    """Cut an unpunctuated run before a further question word, once something was asked."""
    pieces: list[str] = []
    current = ""
    for piece in _SECOND_QUESTION.split(part):
        asked = _ASKS.search(current) is not None
        if asked and len(current) >= _SHORT_RUN and len(piece) >= _SHORT_RUN:
            pieces.append(current)
            current = piece
        else:
            current += piece
    pieces.append(current)
    return pieces
