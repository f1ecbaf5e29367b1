"""Same content, same matcher: to the last bit, whatever the machine is doing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.content import Catalog
from tests.unit.matching.little import catalog, usual

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import hashlib, sys
sys.path.insert(0, ".")
from app.matching import ranker
from app.matching.cache import save
from tests.unit.matching.test_determinism import digest_of
ranker.MOST_ROWS = int(sys.argv[1])
print(digest_of())
"""


def larger() -> Catalog:
    """Return content whose matrices are large enough for BLAS to divide among threads."""
    intents = usual().intents.values()
    endings = [f"{a}{b}" for a in "吗呢啊吧呀" for b in "一二三四五六"]
    return catalog(
        *(
            type(i)(
                id=i.id,
                title=i.title,
                kind=i.kind,
                utterances=tuple(t + e for t in i.utterances for e in endings),
                not_utterances=i.not_utterances,
                answers=i.answers,
            )
            for i in intents
        )
    )


def digest_of() -> str:
    """Train and hash everything that would be stored."""
    import tempfile

    import numpy as np

    from app.matching.cache import save
    from tests.unit.matching.little import trained

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.npz"
        save(path, trained(larger()))
        digest = hashlib.sha256()
        with np.load(path) as stored:
            for name in sorted(stored.files):
                digest.update(name.encode() + stored[name].tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("most_rows", [9_000, 100], ids=["global", "local"])
def test_threads_hash_seed_and_order_do_not_matter(most_rows: int) -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(most_rows)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for seed, threads in (("1", "1"), ("2", "2"))
    }
    assert len(found) == 1
