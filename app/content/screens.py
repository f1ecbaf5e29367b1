"""What phones show (`screens`): word for word as the cited documents have it."""

from __future__ import annotations

from app.content.evidence import occurs
from app.content.scope import Scope


def check_screens(scope: Scope) -> None:
    """Report wordings that stand in none of the sections that the intent cites."""
    for intent in scope.files.intents.values():
        anchors = [anchor for answer in intent.value.answers.values() for anchor in answer.source]
        sections = [scope.section(anchor) for anchor in anchors]
        if any(section is None for section in sections):
            continue  # an anchor is wrong, which is reported elsewhere
        for i, shown in enumerate(intent.value.screens):
            if not any(section and occurs(shown, section) for section in sections):
                place = intent.source.place(("screens", i))
                cited = "、".join(dict.fromkeys(anchors)) or "（没有依据）"
                scope.files.problems.add("C031", place, f"“{shown}”不在依据 {cited} 里")
