"""Place names, folded: the account's own places become one word, all others another.

A parent from 长沙 and one from 遵义 ask the same question; what matters is whether the place is
the account's own. Names inside names (柳州银行, 北京通) stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

OWN = "本市"
OTHER = "外市"

# Names of banks, accounts and apps that begin with a place are names, not places.
_NOT_BEFORE = r"(?!银行|农商|税务|医保公|通|西路|湾)"
_SUFFIX = r"(?:市|省|区|县|自治区|特别行政区)?"


class Places:
    """Folds the place names of one region; immutable."""

    def __init__(self, own: Iterable[str], others: Iterable[str]) -> None:
        self._own = tuple(dict.fromkeys(own))
        self._others = tuple(o for o in dict.fromkeys(others) if o not in self._own)
        own_pattern = _alternatives(self._own)
        other_pattern = _alternatives(self._others)
        self._own_re = re.compile(rf"(?:{own_pattern}){_SUFFIX}{_NOT_BEFORE}")
        self._other_re = re.compile(rf"(?:{other_pattern}){_SUFFIX}{_NOT_BEFORE}")
        # "上海的学生医保", "天津那边城乡医保": the insurance of another place is meant.
        self._foreign_re = re.compile(
            rf"({other_pattern}){_SUFFIX}(?:那边|那里|这边|本地)?的?"
            r"(?:学生|少儿|儿童|城乡|居民|城乡居民|大学生|中小学生|小孩|孩子|娃)?的?"
            r"(?:医保|医疗保险)(?!局|公|卡|停|转)"
        )

    def fold(self, normalised: str) -> str:
        """Replace own places by 本市 and others by 外市.

        >>> Places(["柳州"], ["长沙"]).fold("从长沙市转到柳州读书,柳州银行")
        '从外市转到本市读书,柳州银行'
        """
        return self._other_re.sub(OTHER, self._own_re.sub(OWN, normalised))

    def foreign_insurance(self, normalised: str) -> str | None:
        """Return the other place whose insurance is asked about, or None.

        None also where the own place is named too, or where the parent moves, has paid or stops
        there: then the question may well be about the own insurance.
        """
        if self._own_re.search(normalised) or re.search(
            "[转停退]|已经|老家|户口|交了|买了|重复|两", normalised
        ):
            return None
        match = self._foreign_re.search(normalised)
        return match.group(1) if match else None


def _alternatives(names: tuple[str, ...]) -> str:
    # Longest first, so that a name wins over its own beginning; "(?!)" never matches.
    ordered = sorted(names, key=lambda n: (-len(n), n))
    return "|".join(re.escape(n) for n in ordered) or "(?!)"
