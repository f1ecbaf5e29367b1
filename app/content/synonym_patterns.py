"""Short forms in which operators write many ways to say one thing: `户口(在|是)~(外市|老家)`.

`(甲|乙)` stands for either, and may be empty on one side: `(医保|)缴费`. No nesting.
"""

from __future__ import annotations

import re
from itertools import product

MAX_FORMS = 300
"""More ways from one line are a mistake."""
_GROUP = re.compile(r"\(([^()|]*(?:\|[^()|]*)+)\)")
_LEFT_OVER = re.compile(r"[()|]")


class PatternError(ValueError):
    """A synonym whose brackets do not fit; the message is for operators."""


def expand(text: str) -> tuple[str, ...]:
    """Return every way that a line stands for, in order, without repetitions.

    >>> expand("户口(在|是)老家")
    ('户口在老家', '户口是老家')

    Raises:
        PatternError: Brackets do not fit, are nested, or stand for too many or for nothing.
    """
    if not _LEFT_OVER.search(text):
        if not text.strip("~ "):
            raise PatternError("没有写字")
        return (text,)
    pieces: list[tuple[str, ...]] = []
    position = 0
    for match in _GROUP.finditer(text):
        pieces += [(text[position : match.start()],), tuple(match.group(1).split("|"))]
        position = match.end()
    pieces.append((text[position:],))
    if any(_LEFT_OVER.search(piece[0]) for piece in pieces[::2]):
        raise PatternError("括号或竖线不成对")
    count = 1
    for piece in pieces:
        count *= len(piece)
    if count > MAX_FORMS:
        raise PatternError(f"一条代表了 {count} 种说法，最多 {MAX_FORMS} 种")
    forms = tuple(dict.fromkeys("".join(parts) for parts in product(*pieces)))
    if not all(form.strip("~ ") for form in forms):
        raise PatternError("有一种说法是空的")
    return forms
