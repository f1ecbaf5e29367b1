"""The text of an intent file that does not exist yet, in the style of those that do."""

from __future__ import annotations

import re

from app.content.field_types import ID_PATTERN
from app.editing.intent_file import EditableIntent, IntentChange, change_intent
from app.errors import EditError

_HEAD = """\
# yaml-language-server: $schema=./_schema/intent.schema.json
intent: {id}
kind: {kind}
"""


def new_intent_text(intent: EditableIntent) -> str:
    """Return the whole text of `intents/<id>.yml`.

    Raises:
        EditError: The id or kind is not an id, or nothing could be written under them.
    """
    for name in (intent.id, intent.kind):
        if not re.fullmatch(ID_PATTERN, name):
            raise EditError(f"“{name}”不能作名称", "只用小写字母、数字和下划线")
    return change_intent(
        _HEAD.format(id=intent.id, kind=intent.kind),
        IntentChange(
            title=intent.title,
            about=intent.about or None,
            reply=intent.reply or None,
            regions=intent.regions or None,
            utterances=intent.utterances or None,
            not_utterances=intent.not_utterances or None,
            replies=intent.replies or None,
            related=intent.related or None,
            screens=intent.screens or None,
            tests=intent.tests or None,
            answers={
                (region, name): text
                for region, parts in intent.answers.items()
                for name, text in parts.items()
            },
        ),
    )
