"""`make fuzz`: atheris on each target for a while; what it finds stays as a file for the tests.

`python -m tests.fuzz.hunt [--seconds 60] [target ...]` hunts in one process for each target, since
libFuzzer ends the process it runs in. The corpus grows in `var/fuzz`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGRESSIONS = Path(__file__).with_name("regressions")
"""One folder for each target, one file for each input that once went wrong."""
_CORPUS = ROOT / "var" / "fuzz"
_SLOW_S = 20
"""An input that takes longer is a finding too."""
_MEMORY_MB = 2048
NAMES = ("xml", "crypto", "yaml", "excel", "dialogue", "session")


def hunt(name: str, options: list[str], corpus: Path) -> int:
    """Run one target in a process of its own; return 0 where nothing was found."""
    found = REGRESSIONS / name
    found.mkdir(parents=True, exist_ok=True)
    corpus.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.hunt", "--inside", name, str(corpus)]
    limits = [f"-timeout={_SLOW_S}", f"-rss_limit_mb={_MEMORY_MB}", "-max_len=8192"]
    # Seeds that reach the same code are still different places to begin at.
    limits += ["-keep_seed=1", "-len_control=0"]
    done = subprocess.run(
        [*command, f"-artifact_prefix={found}/", *limits, *options], cwd=ROOT, check=False
    )
    if not any(found.iterdir()):
        found.rmdir()
    return done.returncode


def inside(name: str, corpus: Path, options: list[str]) -> None:
    """Become the fuzzer; ends the process."""
    import atheris  # not on every platform

    with atheris.instrument_imports(include=["app"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    atheris.Setup([name, *options, str(corpus)], target.run)
    atheris.Fuzz()


def main() -> int:
    """Hunt in all targets, or in those that are named."""
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("names", nargs="*", default=[], choices=[*NAMES, []])
    chosen = parser.parse_args()
    failed = []
    for name in chosen.names or NAMES:
        print(f"{name}：{chosen.seconds} 秒", flush=True)
        if hunt(name, [f"-max_total_time={chosen.seconds}"], _CORPUS / name):
            failed.append(name)
    if failed:
        print(f"找到了问题：{'、'.join(failed)}。输入存在 tests/fuzz/regressions，pytest 会重放。")
        return 1
    print("没有找到问题。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
