"""Several children of one parent, by the alias that the parent uses: 老大, 二宝, 妹妹.

Only words of this list become aliases: a name or a number is never kept (see docs/state.md).
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from app.domain.turn import Child, FlowState, Memory
from app.matching.normalise import REMEMBERED

MOST_CHILDREN = 6
"""Children kept in a session; the one not talked about for longest is dropped."""
MOST_FLOWS = 3
"""Flows kept for a child; the oldest is dropped."""
_CHARS = 40
"""Longer messages say more than which child is meant."""

_SURE = (
    r"老[大二三四五]|大宝|二宝|三宝|小宝|大娃|二娃|三娃|大崽|二崽|大儿子|小儿子|二儿子|"
    r"大女儿|小女儿|二女儿|大闺女|小闺女|双胞胎老[大二]"
)
_VAGUE = r"姐姐|妹妹|哥哥|弟弟|大的|小的|大孩子|小孩子|另[一1]个孩子|另外?[一1]个|儿子|女儿|闺女"
"""Words that mean a child only where the message turns to one: “那妹妹呢”."""
_OWN = r"(?:(?:我|咱|我们|咱们)?家?(?:的|里)?)?"
_TURN = re.compile(
    rf"^(?:那么?|还有|再|再?看看|帮我看看|换|换成|改?问|轮到|然后|[\s,。])*{_OWN}(?P<alias>{_SURE}|{_VAGUE})"
    r"(?P<rest>.*)$"
)
_TURN_WORD = re.compile(r"^(?:那|还有|再|换|轮到|然后|改问)|呢[?吗啊呀]*$|(?:怎么|咋)样[?]*$")
_NAMED = re.compile(rf"(?<![a-z0-9])(?P<alias>{_SURE})(?!难)")
_AGAIN = re.compile(
    rf"^(?:那|把|请|再|帮我|刚才|之前|前面|[\s,。])*{_OWN}(?P<alias>{_SURE}|{_VAGUE})(?:家)?的?"
    r"(?:那个)?(?:情况|结果|结论|答案|那份|那条)?(?:是|怎么说|刚才|再|又|给我|重新)*"
    r"(?:再?说[一1]?[遍次下]|再?讲[一1]?[遍次下]|重复[一1]?[遍次下]|重说[一1]?[遍次下]?|再发[一1]?[遍次下]|说的什么|是什么(?:来着)?|来着|情况|结果)[吗吧呢?]*$"
)
_OTHERS = {"老二": "老大", "二宝": "大宝", "小宝": "大宝", "二娃": "大娃", "二崽": "大崽"} | {
    "小儿子": "大儿子",
    "二儿子": "大儿子",
    "小女儿": "大女儿",
    "二女儿": "大女儿",
    "小闺女": "大闺女",
    "小的": "大的",
    "小孩子": "大孩子",
    "老大": "老二",
    "大宝": "二宝",
    "大的": "小的",
}
"""What the child talked about before is called, once another is mentioned by this alias."""


@lru_cache(maxsize=REMEMBERED)
def turns_to(normalised: str) -> tuple[str, str] | None:
    """Return alias and the rest of a message that turns to another child, None for any other.

    >>> turns_to("那老二呢"), turns_to("老二的医保卡丢了怎么补")
    (('老二', '呢'), None)
    """
    found = _TURN.match(normalised) if len(normalised) <= _CHARS else None
    if found is None:
        return None
    alias, rest = found.group("alias"), found.group("rest").strip(" ,。")
    if not _TURN_WORD.search(normalised) and not rest.startswith("呢"):
        return None
    return alias, rest


_AGAIN_FIRST = re.compile(
    rf"^(?:请|帮我|给我|再|重新|[\s,。])*(?:重?说|讲|发|重复|看)(?:[一1]?[遍次下])?{_OWN}(?P<alias>{_SURE}|{_VAGUE})"
    r"(?:家)?的?(?:那个|那份|那条)?(?:情况|结果|结论|答案)?[吗吧呢?]*$"
)


def asks_again(normalised: str) -> str:
    """Return the alias of the child whose result is to be said again; empty where of none.

    >>> asks_again("老大的情况再说一遍")
    '老大'
    """
    if len(normalised) > _CHARS:
        return ""
    found = _AGAIN.match(normalised) or _AGAIN_FIRST.match(normalised)
    return found.group("alias") if found else ""


def several_in(normalised: str) -> tuple[str, ...]:
    """Return the aliases in a message in order, each once."""
    return tuple(dict.fromkeys(_NAMED.findall(normalised)))


def remember(memory: Memory, state: FlowState) -> Memory:
    """Keep a flow's state for the child that is talked about."""
    child = find(memory, memory.child) or Child(memory.child)
    flows = (*(f for f in child.flows if f.flow != state.flow), state)[-MOST_FLOWS:]
    others = tuple(c for c in memory.children if c.alias != child.alias)
    return replace(memory, children=(*others, replace(child, flows=flows))[-MOST_CHILDREN:])


def find(memory: Memory, alias: str) -> Child | None:
    """Return the child of that alias, None where the session knows of none."""
    return next((child for child in memory.children if child.alias == alias), None)


def recall(memory: Memory, alias: str) -> Child | None:
    """Return the child of that alias; the one without alias where no other can be meant."""
    known = find(memory, alias) or find(memory, "")
    if known is not None:
        return known
    alike = [child for child in memory.children if _place(child.alias) == _place(alias)]
    return alike[0] if len(alike) == 1 else None


def _place(alias: str) -> str:
    """Return which child of the row an alias means: 老大 and 大宝 are the same place."""
    for place, marks in (("1", "大哥姐"), ("2", "二小弟妹"), ("3", "三")):
        if any(mark in alias for mark in marks):
            return place
    return alias


def turned(memory: Memory, alias: str) -> Memory:
    """Return the memory with the conversation turned to another child.

    A child that had no alias so far gets the other one of the pair (老二 → 老大).
    """
    other = _OTHERS.get(alias, "")
    if not memory.child and other and find(memory, other) is None:
        children = tuple(replace(c, alias=other) if not c.alias else c for c in memory.children)
        memory = replace(memory, children=children)
    return replace(memory, child=alias)


def named(memory: Memory, alias: str) -> Memory:
    """Return the memory with the child that is talked about called by its alias."""
    if memory.child == alias:
        return memory
    if memory.child or find(memory, alias) is not None:
        return turned(memory, alias)
    children = tuple(replace(c, alias=alias) if not c.alias else c for c in memory.children)
    return replace(memory, child=alias, children=children)


def latest(memory: Memory) -> FlowState | None:
    """Return the flow that was run last for the child that is talked about."""
    child = find(memory, memory.child)
    return child.flows[-1] if child and child.flows else None
