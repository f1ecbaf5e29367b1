"""`make bench-scale`: what 100 to 10,000 intents of ten utterances cost.

Writes the table and the curves into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from app.bootstrap import load
from app.matching import training
from app.settings import Settings
from bench.datasets import ROOT
from bench.few_shot import REGION, catalog_of
from bench.matching import ONE_THREAD
from bench.measures import percentile_us
from bench.memory import peak_mb
from bench.report import curves, replace_part
from bench.synthetic import synthetic

SIZES = (100, 300, 1000, 3000, 10_000)
QUERIES = 1000
LIMITS = {"p50 ms": 5.0, "p99 ms": 15.0, "build s": 120.0, "peak MB": 1500.0}


def measure(intents: int) -> dict[str, float]:
    """Train on synthetic content and measure, in this process."""
    content = synthetic(load(Settings(content_dir=ROOT)), intents)
    catalog = catalog_of((s.text, s.intent) for s in content.train)
    tokenizer = training.tokenizer_of(catalog)
    started = time.perf_counter()
    matcher = training.train(catalog, REGION, tokenizer)
    built = time.perf_counter() - started
    asked = content.test[:: max(1, intents // QUERIES)]
    matcher.rank("预热 yure")
    took, right = [], 0
    for sentence in asked:
        begun = time.perf_counter()
        ranking = matcher.rank(sentence.text)
        took.append(time.perf_counter() - begun)
        right += ranking.candidates[0].intent == sentence.intent
    return {
        "intents": intents,
        "utterances": len(matcher.model.utterances),
        "top-1": right / len(asked),
        "p50 ms": percentile_us(took, 50) / 1000,
        "p99 ms": percentile_us(took, 99) / 1000,
        "build s": built,
        "peak MB": peak_mb(),
    }


def main() -> None:
    """Measure all sizes, each in a process of its own, and write docs/benchmarks.md."""
    rows = []
    for intents in SIZES:
        done = subprocess.run(  # noqa: S603 - this very module
            [sys.executable, "-m", "bench.scale", str(intents)],
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=1800,
        )
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1], flush=True)
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "--:|" * len(names)]
    for row in rows:
        cells = [f"{row['intents']:,}", f"{row['utterances']:,}", f"{row['top-1']:.3f}"]
        cells += [f"{row[name]:,.1f}" for name in names[3:]]
        lines.append("| " + " | ".join(cells) + " |")
    points = {name: [(row["intents"], row[name]) for row in rows] for name in LIMITS}
    curves(points, LIMITS, ROOT / "docs" / "images" / "bench-scale.svg")
    picture = "![cost against the number of intents](images/bench-scale.svg)"
    replace_part("scale", "\n".join(lines) + "\n\n" + picture)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        main()
