"""Which new utterance pulled a sentence away from its topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.dialogue.assistant import Assistant
from app.domain.names import IntentId, Region
from app.impact.findings import Thief
from app.matching.explaining import nearest_utterance

LEAST_LIKENESS = 0.1
"""Cosine below which an utterance has next to no say (see `ranker.STEEPNESS`)."""
PLAIN_LIKENESS = 0.2
"""Cosine from which on a line is accused of taking utterances, of which no test tells."""
STRONG_LIKENESS = 0.5
"""Cosine from which on a line is to blame that the bot asks back where it used to answer."""


class Thieves:
    """Finds, among the utterances that only the new content has, the one most like a sentence."""

    def __init__(self, old: Assistant, new: Assistant) -> None:
        self._new = new
        self._known = {
            region: _by_class(old, region) for region in new.matchers if region in old.matchers
        }
        # The other region learns from a sample of a topic's lines: one that was there all along may
        # be new to its matcher.
        old_lines = {
            (str(intent.id), text)
            for intent in old.catalog.intents.values()
            for text in (intent.title, *intent.utterances)
        }
        self._files = {
            text: (str(intent.id), intent.file)
            for intent in new.catalog.intents.values()
            for text in (intent.title, *intent.utterances)
        }

        self._kept = frozenset(
            text for text, (intent, _) in self._files.items() if (intent, text) in old_lines
        )

    def of(
        self, region: Region, text: str, takers: Iterable[str], least: float = LEAST_LIKENESS
    ) -> Thief | None:
        """Return the new utterance of the first of some intents that has one like the text.

        None where the sentence was not pulled away by a new line: something was deleted, or a
        word list changed.
        """
        if region not in self._known:
            return None
        matcher = self._new.matchers[region]
        for taker in dict.fromkeys(takers):
            known = self._known[region].get(IntentId(taker), frozenset()) | self._kept
            near = nearest_utterance(matcher, text, IntentId(taker), known)
            if near is not None and near.similarity >= least:
                owner, file = self._files.get(near.text, (taker, f"intents/{taker}.yml"))
                return Thief(near.text, owner, file, round(near.similarity, 4))
        return None


def _by_class(assistant: Assistant, region: Region) -> Mapping[IntentId, frozenset[str]]:
    model = assistant.matchers[region].model
    texts: dict[IntentId, set[str]] = {intent: set() for intent in model.classes}
    for label, text in zip(model.labels, model.utterances, strict=True):
        texts[model.classes[label]].add(text)
    return {intent: frozenset(found) for intent, found in texts.items()}
