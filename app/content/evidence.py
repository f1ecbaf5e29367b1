"""Does a text say only what its sections say? Numbers, dates, phones, URLs, quoted names.

Other words are not compared: these are what does harm when it is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.content.quantities import Token, canonical, quantities

_URL = re.compile(r"https?://[A-Za-z0-9./#?=&_%:+\-]+")
_QUOTED = re.compile(r"“([^“”\n]+)”|「([^「」\n]+)」|【([^【】\n]+)】|《([^《》\n]+)》")
_MARKS = re.compile(r"[“”\"'‘’「」【】\[\]《》<>*]")
_ARROW = re.compile(r"→|->")


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a text states that must stand in its sections."""

    shown: str
    tokens: tuple[Token, ...] = ()
    """For numbers: all of them must be supported."""
    words: tuple[str, ...] = ()
    """For URLs and quoted names: all of them must occur."""
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one section supports."""

    tokens: frozenset[Token]
    words: str

    def supports(self, claim: Claim) -> bool:
        """Tell whether the section says what the claim says."""
        return self.tokens.issuperset(claim.tokens) and all(w in self.words for w in claim.words)


def find_claims(text: str) -> tuple[Claim, ...]:
    """Return what a text (facts filled in) states, in order, without repetitions."""
    plain = canonical(text)
    claims = [
        Claim(f"“{name}”", words=_name_parts(name), is_name=True)
        for name in ("".join(groups) for groups in _QUOTED.findall(plain))
    ]
    claims += [Claim(url, words=(_bare(url),)) for url in _URL.findall(plain)]
    claims += [
        Claim(quantity.shown, tokens=quantity.claims)
        for quantity in quantities(_URL.sub(" ", plain))
        if quantity.is_claim
    ]
    return tuple(dict.fromkeys(claims))


@lru_cache(maxsize=1024)
def read_evidence(section: str) -> Evidence:
    """Return what a section's text supports; cached, since many answers cite the same one."""
    plain = canonical(section)
    tokens = {token for q in quantities(_URL.sub(" ", plain)) for token in q.supports}
    return Evidence(frozenset(tokens), _bare(plain))


def unsupported(claims: Iterable[Claim], sections: Iterable[str]) -> tuple[Claim, ...]:
    """Return the claims that none of the sections supports, in order."""
    evidence = [read_evidence(section) for section in sections]
    return tuple(c for c in claims if not any(e.supports(c) for e in evidence))


def occurs(value: str, section: str) -> bool:
    """Tell whether a fact's value stands in a section: as a whole, or all items of a list."""
    words = read_evidence(section).words
    whole = _bare(canonical(value))
    return whole in words or all(part in words for part in whole.split("、"))


def _bare(plain: str) -> str:
    return _MARKS.sub("", plain).casefold()


def _name_parts(name: str) -> tuple[str, ...]:
    """Return what must occur: the name, or each step of a path written with arrows."""
    return tuple(_bare(part).strip(",.;:!?。，；：！？") for part in _ARROW.split(name) if part)
