"""Personal data that a parent types by mistake: found and masked before anything else sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import luhn
from stdnum.cn import ric

_ID = re.compile(r"(?<![0-9A-Za-z])\d{6}(?:19|20)\d{2}\d{2}\d{2}\d{3}[0-9Xx](?![0-9A-Za-z])")
_CARD = re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,4}")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data."""

    text: str
    """The text with `[身份证号]`, `[手机号]`, `[银行卡号]`, `[邮箱]` in place of what was found."""
    kinds: tuple[str, ...]
    """What was found, each kind once, e.g. 身份证号."""


def mask(text: str) -> Masked:
    """Mask ID numbers, bank cards, mobile numbers and e-mail addresses.

    An 18-digit number counts as an ID number by its form, whether or not its check digit fits (GB
    11643-1999): a mistyped ID number is as private. A card number must pass Luhn (ISO/IEC 7812).
    """
    kinds: list[str] = []

    def replace(pattern: re.Pattern[str], kind: str, text: str) -> str:
        def put(match: re.Match[str]) -> str:
            if kind == "银行卡号" and not _is_card(match.group()):
                return match.group()
            if kind not in kinds:
                kinds.append(kind)
            # Corner brackets: square ones with Chinese in them are WeChat's emoticon codes.
            return f"〔{kind}〕"

        return pattern.sub(put, text)

    text = replace(_ID, "身份证号", text)
    text = replace(_CARD, "银行卡号", text)
    text = replace(_PHONE, "手机号", text)
    text = replace(_MAIL, "邮箱", text)
    return Masked(text, tuple(kinds))


def _is_card(digits: str) -> bool:
    plain = re.sub(r"\D", "", digits)
    return bool(luhn.is_valid(plain)) or bool(ric.is_valid(plain))
