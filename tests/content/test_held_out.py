"""No utterance is one of the questions on which accuracy is measured.

The questions themselves are kept out of the repository; only digests of them are here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.content.loader import load_catalog
from app.matching.normalise import normalise, squeeze

ROOT = Path(__file__).parents[2]
DIGESTS = ROOT / "tests" / "data" / "held-out.sha256"


def digest(text: str) -> str:
    return hashlib.sha256(squeeze(normalise(text)).encode()).hexdigest()[:24]


def test_no_utterance_is_a_held_out_question() -> None:
    held_out = set(DIGESTS.read_text("ascii").split())
    assert len(held_out) > 300
    catalog = load_catalog(ROOT)
    taken = [
        (intent.file, text)
        for intent in catalog.intents.values()
        for text in (*intent.utterances, *intent.tests, *intent.not_utterances)
        if digest(text) in held_out
    ]
    assert taken == []


def test_a_held_out_question_would_be_noticed() -> None:
    assert digest("怎么 缴费？") == digest("怎麼繳費")
