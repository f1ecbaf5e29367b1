"""One method, one data set, one process: reads the data from stdin, prints what was measured.

Imports nothing but the method, so that its memory is its own.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from bench.memory import peak_mb
from bench.methods import METHODS

NOT_INSTALLED = 3
"""Exit status where a method's library is missing."""


def measure(name: str, data: dict[str, Any]) -> dict[str, object]:
    """Train and ask everything.

    Args:
        name: A key of `METHODS`.
        data: The fields of a `Dataset`.

    Returns:
        For each question of `test`, `far` and `near` the first label, the confidence in the best
        topic and the seconds it took; seconds to build; megabytes at most.

    Raises:
        ImportError: The method is not installed.
    """
    topics = frozenset(data["topics"])
    method = METHODS[name]()
    method.content = data["name"]
    started = time.perf_counter()
    method.learn([(text, label) for text, label in data["train"]], topics)
    built = time.perf_counter() - started

    def ask(text: str) -> tuple[str, float, float]:
        begun = time.perf_counter()
        scores = method.scores(text)
        took = time.perf_counter() - begun
        best = max(scores, key=lambda label: scores[label], default="")
        sure = max((s for label, s in scores.items() if label in topics), default=0.0)
        return best, sure, took

    ask(data["test"][0][0])  # what is loaded lazily
    return {
        "test": [ask(text) for text, _ in data["test"]],
        "far": [ask(text) for text in data["far"]],
        "near": [ask(text) for text in data["near"]],
        "build_s": built,
        "peak_mb": peak_mb(),
    }


if __name__ == "__main__":
    try:
        print(json.dumps(measure(sys.argv[1], json.load(sys.stdin))))
    except ImportError as error:
        print(f"没有安装（{error}）")
        sys.exit(NOT_INSTALLED)
