"""Rasa's DIET on labelled sentences, where Rasa is installed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PIPELINE = """\
recipe: default.v1
language: zh
pipeline:
- name: JiebaTokenizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  random_seed: 1
"""


def trained(train: Sequence[tuple[str, str]]) -> Callable[[str], Mapping[str, float]]:
    """Train and return a function from a text to the confidence of each intent.

    Raises:
        ImportError: Rasa is not installed.
    """
    import asyncio

    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    sentences: dict[str, list[str]] = {}
    for text, label in train:
        sentences.setdefault(label, []).append(" ".join(text.split()))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yml").write_text(_PIPELINE, "utf-8")
        lines = ['version: "3.1"', "nlu:"]
        for label, texts in sentences.items():
            lines += [f"- intent: {label}", "  examples: |", *(f"    - {t}" for t in texts)]
        (folder / "nlu.yml").write_text("\n".join(lines), "utf-8")
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
        agent = Agent.load(model)

    def parse(text: str) -> Mapping[str, float]:
        found = asyncio.run(agent.parse_message(text))
        ranking = json.loads(json.dumps(found["intent_ranking"]))
        return {row["name"]: float(row["confidence"]) for row in ranking}

    return parse
