"""How many planted utterance thieves lint and impact tell: `python -m bench.thieves`.

Each is a sentence about one topic, written into another topic's file of the small content, alone.
Lint sees the new content only; impact compares it with the content before. About 10 s a thief.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from app.bootstrap import build_assistant
from app.content.lint import inspect
from app.content.rivals import check_rivals
from app.dialogue.assistant import Assistant
from app.impact.cases import cases_of, joined
from app.impact.comparing import compare
from app.settings import SHANGHAI, Settings

_CONTENT = Path(__file__).resolve().parents[1] / "tests/data/small_content"
_AT = datetime(2025, 12, 10, 10, tzinfo=SHANGHAI)

THIEVES = (
    # file it is planted in, sentence: near copies first, then paraphrases, gaps, background
    ("fee_standard", "每个月几号到几号可以缴孩子医保"),
    ("payment_window", "家里条件一般，先打听下一年得掏多少"),
    ("pay_by_bank", "打开支付宝后从哪个栏目给孩子付"),
    ("pay_by_bank", "钱在余额宝，用支付宝给娃缴"),
    ("payment_window", "一个孩子的保费几百块"),
    ("fee_standard", "过了二十号是不是交不成了"),
    ("payment_window", "小朋友上保险贵不贵"),
    ("fee_standard", "礼拜天能不能弄这个"),
    ("benefits_overview", "娃今年这笔得准备多少"),
    ("gap_newborn", "打开支付宝后从哪个栏目给孩子付医保呢"),
    ("gap_newborn", "一年得掏多少钱"),
    ("background_general", "几号能交医保"),
)


def main() -> None:
    """Plant each thief, ask both, print a line each and the sums."""
    caught = {"lint": 0, "impact": 0, "either": 0}
    with TemporaryDirectory(prefix="yibao-thieves-") as folder:
        var = Path(folder)
        old = _learn(_CONTENT, var)
        for number, (intent, sentence) in enumerate(THIEVES):
            root = _plant(var / str(number), intent, sentence)
            new = _learn(root, var)
            by_lint = _lint_tells(root, new, sentence)
            by_impact = _impact_tells(old, new)
            caught["lint"] += by_lint
            caught["impact"] += by_impact
            caught["either"] += by_lint or by_impact
            print(f"lint={by_lint:d} impact={by_impact:d} {intent}: {sentence}", flush=True)
    for name, count in caught.items():
        print(f"{name}: {count} of {len(THIEVES)}")


def _learn(root: Path, var: Path) -> Assistant:
    return build_assistant(Settings(content_dir=root, var_dir=var))


def _plant(root: Path, intent: str, sentence: str) -> Path:
    shutil.copytree(_CONTENT, root)
    path = root / f"intents/{intent}.yml"
    text = path.read_text("utf-8")
    planted = text.replace("utterances:\n", f"utterances:\n  - {sentence}\n", 1)
    path.write_text(planted, encoding="utf-8")
    return root


def _lint_tells(root: Path, assistant: Assistant, sentence: str) -> bool:
    scope = inspect(root)
    check_rivals(scope, assistant.matchers)
    told = scope.files.problems.ordered()
    return any(p.rule in {"C033", "C034"} and sentence in p.message for p in told)


def _impact_tells(old: Assistant, new: Assistant) -> bool:
    cases = joined(cases_of(old.catalog, ()), cases_of(new.catalog, ()))
    return bool(compare(old, new, cases, _AT).regressions)


if __name__ == "__main__":
    main()
