"""What each script is called in traces: the name of its constant."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from app.state import (
    content_scripts,
    draft_scripts,
    handoff_scripts,
    journal_scripts,
    operator_scripts,
    scripts,
    window_scripts,
)

MODULES: tuple[ModuleType, ...] = (
    content_scripts,
    draft_scripts,
    handoff_scripts,
    journal_scripts,
    operator_scripts,
    scripts,
    window_scripts,
)


@cache
def _names() -> dict[str, str]:
    return {
        text: name.lower()
        for module in MODULES
        for name, text in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(text, str)
    }


def script_name(script: str) -> str:
    """Return a script's name, e.g. `acquire`; `script` for one that is not among the modules."""
    return _names().get(script, "script")
