"""Short forms in which operators write many ways to say one thing: `户口(在|是)~(外市|老家)`.

`(甲|乙)` stands for either, and may be empty on one side: `(医保|)缴费`. No nesting.
"""

from __future__ import annotations

import math
import re
from itertools import product

MAX_FORMS = 40
"""From here a line stays the pattern that it is: `app.flows.spotting` finds both alike."""
_GROUP = re.compile(r"\(([^()|]*(?:\|[^()|]*)+)\)")
_LEFT_OVER = re.compile(r"[()|]")
_NO_WORDS = "~= "


class PatternError(ValueError):
    """A synonym whose brackets do not fit; the message is for operators."""


def expand(text: str) -> tuple[str, ...]:
    """Return every way that a line stands for, in order; the line itself where they are too many.

    >>> expand("户口(在|是)老家")
    ('户口在老家', '户口是老家')

    Raises:
        PatternError: Brackets do not fit or are nested, or one of the ways has no words.
    """
    pieces: list[tuple[str, ...]] = []
    position = 0
    for match in _GROUP.finditer(text):
        pieces += [(text[position : match.start()],), tuple(match.group(1).split("|"))]
        position = match.end()
    pieces.append((text[position:],))
    if any(_LEFT_OVER.search(piece[0]) for piece in pieces[::2]):
        raise PatternError("括号或竖线不成对")
    if not any(all(part.strip(_NO_WORDS) for part in piece) for piece in pieces):
        raise PatternError("有一种说法是空的")
    if math.prod(map(len, pieces)) > MAX_FORMS:
        return (text,)
    return tuple(dict.fromkeys("".join(parts) for parts in product(*pieces)))
