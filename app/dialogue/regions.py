"""Which region a message means, at an account that serves several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from app.domain.content import Account
from app.domain.names import Region
from app.matching.normalise import REMEMBERED

_TURN = (
    r"^(?:那么?|那就|换成?|换到|切换到?|切到|改成|改问|改为|转到|我想?[问看]|问|看看?|我们?家?|"
    r"咱们?|孩子|现在|是|住|就|选|按|在|人在|[\s,。])*"
)
_TAIL = (
    r"(?:市|这边|那边|这里|那里|本地|的|医保|学生医保|规定|政策|账号|人|上学|读书|呢|吧|啊|了|哈|"
    r"怎么样|怎么办|[\s,。!?])*$"
)
_TURN_CHARS = 20
"""Nobody needs more to name a place; longer texts could make the patterns try for ever."""
_NOT_MEANT = r"(?:户口|户籍|户|人|来的?|转|银行|农商|税务局?公|医保公|老家|考)"
"""After a place: it says where somebody comes from, or is part of a name."""


class Regions:
    """The regions of one account.

    Args:
        accounts: The account as it is in each region that it serves, its own first.
    """

    def __init__(self, accounts: Mapping[Region, Account]) -> None:
        self.accounts = accounts
        self._turned_once = lru_cache(maxsize=REMEMBERED)(self._turned)
        self._turns: dict[Region, re.Pattern[str]] = {}
        self._meant: dict[Region, re.Pattern[str]] = {}
        self._named: dict[Region, re.Pattern[str]] = {}
        for region, account in accounts.items():
            names = sorted({account.name, *account.places}, key=lambda n: (-len(n), n))
            places = "|".join(re.escape(name) for name in names)
            self._turns[region] = re.compile(rf"{_TURN}(?:{places}){_TAIL}")
            self._named[region] = re.compile(rf"(?:{places})")
            self._meant[region] = re.compile(
                rf"(?<!从)(?<!去)(?<!到)(?<!转)(?<!老家)(?<!户口在)(?<!户口是)(?<!不在)(?<!不是)(?<!回)"
                rf"(?:{places})(?:市)?的?(?!{_NOT_MEANT})"
            )

    def turns_to(self, normalised: str) -> Region | None:
        """Return the region that a message does nothing but name: “换成北京”, “我在柳州”."""
        return self._turned_once(normalised)

    def _turned(self, normalised: str) -> Region | None:
        if len(normalised) > _TURN_CHARS:
            return None
        found = [region for region, pattern in self._turns.items() if pattern.match(normalised)]
        return found[0] if len(found) == 1 else None

    def meant_in(self, normalised: str) -> Region | None:
        """Return the one region that a question is plainly about, None where it may be another.

        A place that says where a child comes from, or a second region, leaves it open.
        """
        named = [region for region, pattern in self._named.items() if pattern.search(normalised)]
        if len(named) != 1:
            return None
        return named[0] if self._meant[named[0]].search(normalised) else None


def served(account: Account, accounts: Mapping[str, Account]) -> dict[Region, Account]:
    """Return the account as it is in each region that it serves, its own first.

    Name, places, first questions and whom to ask of a further region are those of the account
    whose own region it is (lint proves that there is one).
    """
    found = {account.region: account}
    homes = {other.region: other for other in reversed(list(accounts.values()))}
    for region in account.also:
        home = homes[region]
        found[region] = Account(
            id=account.id,
            region=region,
            name=home.name,
            welcome=home.welcome,
            confirm=home.confirm,
            places=home.places,
        )
    return found
