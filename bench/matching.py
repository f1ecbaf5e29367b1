"""`make bench-matching`: methods against each other, same split, one process each, one thread.

Writes the table and the plot into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from bench.datasets import DATA_VARIABLE, ROOT, Dataset, own, public, public_folder
from bench.measures import auroc, false_accepts, percentile_us
from bench.methods import METHODS
from bench.report import bars, replace_part, table
from bench.worker import NOT_INSTALLED

ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "TF")
}
_LIMIT_S = 1800


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table; None where the data set has no such questions."""

    method: str
    dataset: str
    top1: float
    auroc_far: float | None
    auroc_near: float | None
    false_far: float | None
    false_near: float | None
    p50_us: float
    p99_us: float
    build_s: float
    peak_mb: float


def result_of(name: str, data: Dataset, measured: dict[str, Any]) -> Result:
    """Return the row of what a worker measured."""
    inside = [sure for _, sure, _ in measured["test"]]
    far, near = ([sure for _, sure, _ in measured[kind]] for kind in ("far", "near"))
    took = [took for kind in ("test", "far", "near") for _, _, took in measured[kind]]
    pairs = zip(measured["test"], data.test, strict=True)
    return Result(
        method=name,
        dataset=data.name,
        top1=sum(found == label for (found, _, _), (_, label) in pairs) / len(data.test),
        auroc_far=auroc(inside, far) if far else None,
        auroc_near=auroc(inside, near) if near else None,
        false_far=false_accepts(inside, far) if far else None,
        false_near=false_accepts(inside, near) if near else None,
        p50_us=percentile_us(took, 50),
        p99_us=percentile_us(took, 99),
        build_s=measured["build_s"],
        peak_mb=measured["peak_mb"],
    )


def in_own_process(name: str, data: Dataset) -> Result | None:
    """Measure in a process of its own; None, and a printed line, where that is not possible."""
    fields = {**asdict(data), "topics": sorted(data.topics)}
    done = subprocess.run(  # noqa: S603 - a module of this package
        [sys.executable, "-m", "bench.worker", name],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        input=json.dumps(fields),
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if done.returncode == NOT_INSTALLED:
        print(f"跳过 {name}：{done.stdout.strip()}", flush=True)
        return None
    if done.returncode != 0:
        print(f"{name} 在 {data.name} 上失败：\n{done.stderr}", flush=True)
        return None
    result = result_of(name, data, json.loads(done.stdout.splitlines()[-1]))
    print(f"{data.name:12} {name:38} top-1 {result.top1:.3f}", flush=True)
    return result


def datasets() -> list[Dataset]:
    """Return all data sets that can be had; says so where the public ones are missing."""
    found = [own("liuzhou"), own("beijing")]
    folder = public_folder()
    if folder is None:
        print(f"没有公开数据：用 {DATA_VARIABLE} 指明文件夹；只测自己的内容", flush=True)
        return found
    return [*found, public("finfaq", folder), public("smp2017", folder)]


def main() -> None:
    """Measure everything and write docs/benchmarks.md."""
    results: list[Result] = []
    sets = datasets()
    for method in METHODS:
        for data in sets:
            result = in_own_process(method, data)
            if result is None:
                break
            results.append(result)
    parts = []
    for data in sets:
        rows = [asdict(r) for r in results if r.dataset == data.name]
        sizes = (
            f"{len(data.train):,} training sentences, {len(data.test):,} questions, "
            f"{len(data.far):,} far and {len(data.near):,} near out of scope"
        )
        parts.append(f"### {data.name}\n\n{sizes}\n\n{table(rows)}")
    bars([asdict(r) for r in results], ROOT / "docs" / "images" / "bench-matching.svg")
    picture = "![top-1 accuracy of each method on each data set](images/bench-matching.svg)"
    replace_part("matching", "\n\n".join([*parts, picture]))


if __name__ == "__main__":
    main()
