"""`{fact.name}` in texts: finding, checking and substituting."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from string import Formatter

_FACT = re.compile(r"\{fact\.([a-z0-9_]+)\}")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_BRACE = re.compile(r"[{}]")


def fact_names(text: str) -> tuple[str, ...]:
    """Return the names of the facts that a text refers to, in order."""
    return tuple(_FACT.findall(text))


def fill_facts(text: str, values: Mapping[str, str]) -> str:
    """Return the text with every known fact's value in place; unknown ones stay as written."""
    return _FACT.sub(lambda match: values.get(match.group(1), match.group()), text)


def stray_braces(text: str) -> tuple[str, ...]:
    """Return what stands in braces without being `{fact.name}`, as written."""
    rest = _FACT.sub("", text)
    found = re.findall(r"\{[^{}]*\}", rest)
    remaining = re.sub(r"\{[^{}]*\}", "", rest)
    return (*found, *_BRACE.findall(remaining))


def any_braces(text: str) -> tuple[str, ...]:
    """Return everything that stands in braces, `{fact.name}` too."""
    return (*(match.group() for match in _FACT.finditer(text)), *stray_braces(text))


def wrong_template(text: str, names: Collection[str] | None = None) -> str:
    """Return what is wrong with a text for `str.format`, in Chinese, or an empty string.

    `names` are the values that the program fills in; None where that is not known.
    """
    try:
        fields = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return "花括号没有成对"
    for _, name, spec, conversion in fields:
        if not _WORD.fullmatch(name or "") or spec or conversion:
            return f"花括号里的“{name}”不是一个名称"
        if names is not None and name not in names:
            known = "、".join(f"{{{known}}}" for known in sorted(names))
            return f"这里没有 {{{name}}}" + (f"，只有 {known}" if known else "，不能写花括号")
    return ""
