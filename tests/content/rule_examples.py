"""Where each rule's `bad` and `good` example belongs, so that tests can carry them out.

The base is `tests/data/small_content` with the shared files that ship and a menu of one button.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.content.rules import RULES
from app.content.yaml_source import MAX_BYTES
from tests.assistants import ROOT, SMALL_CONTENT

_SHARED = ("_texts.yml", "_commands.yml", "_opposites.yml", "_sensitive.yml")
_MENU = "menus:\n  beijing:\n    - name: 缴费\n      intent: payment_channels\n"
_FEE, _WINDOW = "intents/fee_standard.yml", "intents/payment_window.yml"
_CHANNELS, _THANKS = "intents/payment_channels.yml", "intents/smalltalk_thanks.yml"
_COVERAGE = "intents/flows/check_coverage.yml"
_CHOOSE = "intents/flows/choose_payment_channel.yml"
_LIUZHOU, _BEIJING = "knowledge/liuzhou-2023.md", "knowledge/beijing-2026.md"
_ACCOUNTS, _WORDS, _MENU_FILE = "intents/_accounts.yml", "intents/_words.yml", "intents/menu.yml"
_RELATED = r"related:\n  - payment_channels\n  - payment_window"
_TITLE, _FIRST = r"title: .*", r"utterances:\n  - .*"
_HOTLINE = r"文件没有写能不能参保.*"
_BANK = r"- when: \{channel: bank\}\n +answer: pay_by_bank"


@dataclass(frozen=True, slots=True)
class Spot:
    """The place that an example takes."""

    file: str
    taken: str
    """Regular expression of the text that the example replaces."""
    line: int = 0
    """Line of the bad example that is reported, from 0."""
    today: date | None = None


SPOTS = {
    "Y001": Spot(_WINDOW, _FIRST, 1),
    "Y005": Spot(_FEE, _TITLE, 1),
    "Y006": Spot(_FEE, _TITLE),
    "Y007": Spot(_WINDOW, _FIRST, 1),
    "Y008": Spot(_ACCOUNTS, r'confirm: "12333"'),
    "Y009": Spot(_WINDOW, _FIRST, 1),
    "Y010": Spot(_FEE, _RELATED),
    "Y011": Spot(_FEE, _TITLE),
    "Y012": Spot(_FEE, _TITLE),
    "Y014": Spot(_LIUZHOU, r"---\n(.*\n)+?---\n\n# .*"),
    "Y016": Spot(_WINDOW, _FIRST, 2),
    "Y017": Spot(_FEE, _TITLE),
    "Y019": Spot(_LIUZHOU, r"## 重复参保"),
    "Y020": Spot(_FEE, _TITLE),
    "S001": Spot(_FEE, _RELATED),
    "S002": Spot(_THANKS, r"intent: (.*\n){2}kind: smalltalk"),
    "S003": Spot(_WORDS, r"words: .*"),
    "S004": Spot(_FEE, r"kind: faq"),
    "S005": Spot(_COVERAGE, r"source: beijing-2026#覆盖对象"),
    "S006": Spot(_THANKS, r"kind: smalltalk", 1),
    "S007": Spot(_FEE, _RELATED),
    "S008": Spot(_LIUZHOU, r"valid_until: .*"),
    "R001": Spot(_THANKS, r"intent: smalltalk_thanks", 1),
    "R002": Spot(_COVERAGE, r"source: beijing-2026#覆盖对象"),
    "R003": Spot(_FEE, r"beijing:\n    source:\n      - beijing-2026#参保时间与缴费标准", 2),
    "R004": Spot(_FEE, _RELATED, 1),
    "R005": Spot(_FEE, r"(?=related:)", 1),
    "R006": Spot(_COVERAGE, _HOTLINE),
    "R007": Spot(_COVERAGE, _HOTLINE),
    "R008": Spot(_CHANNELS, r"flow: .*"),
    "R009": Spot("intents/gap_fee_liuzhou.yml", r"regions:\n  - liuzhou", 1),
    "R011": Spot(_FEE, r"(?=related:)", 1),
    "C001": Spot(_WINDOW, _TITLE),
    "C002": Spot(_FEE, _TITLE),
    "C003": Spot(_WINDOW, r"- 几号能交", 1),
    "C004": Spot(_WINDOW, r"- 几号能交"),
    "C005": Spot(_FEE, r"utterances:\n(  - .*\n)+(?=not_)"),
    "C006": Spot(_FEE, r"tests:\n(  - .*\n)+"),
    "C007": Spot(_FEE, r"tests:\n  - .*", 1),
    "C008": Spot(_FEE, r"tests:\n  - .*", 1),
    "C011": Spot(_FEE, r"学生每人\{.*"),
    "C012": Spot(_CHANNELS, r"3\. 支付宝.*"),
    "C013": Spot("knowledge/facts/beijing.yml", r"value: 435元"),
    "C014": Spot(_COVERAGE, _HOTLINE),
    "C015": Spot(_FEE, r"学生每人\{.*"),
    "C016": Spot(_FEE, r"not_utterances:\n  - .*", 1),
    "C017": Spot(_THANKS, r"- 不客气.*"),
    "C018": Spot("intents/_commands.yml", r"cancel: .*\n  back: .*", 1),
    "C019": Spot(_LIUZHOU, r"## 重复参保", 4),
    "C020": Spot(_LIUZHOU, r"## 重复参保"),
    "C023": Spot("intents/_opposites.yml", r"- one: .*\n    other: .*", 1),
    "C025": Spot(_LIUZHOU, r"valid_until: .*", today=date(2024, 1, 2)),
    "C026": Spot(_BEIJING, r"valid_until: .*", today=date(2026, 2, 10)),
    "C027": Spot(_THANKS, r"- 不客气.*"),
    "C033": Spot(_WINDOW, r"- 几号能交"),
    "M001": Spot(_MENU_FILE, r"menus:\n  beijing:", 1),
    "M002": Spot(_MENU_FILE, r"- name: (.*\n)+", 3),
    "M003": Spot(_MENU_FILE, r"name: 缴费"),
    "M004": Spot(_MENU_FILE, r"name: 缴费"),
    "M005": Spot(_MENU_FILE, r"name: 缴费\n +intent: .*"),
    "M007": Spot(_MENU_FILE, r"intent: .*"),
    "M008": Spot(_MENU_FILE, r"intent: .*"),
    "F002": Spot(_COVERAGE, r"- when: \{hukou: other, stage: college, full_time: full\}"),
    "F003": Spot(_CHOOSE, _BANK, 2),
    "F004": Spot(_CHOOSE, _BANK),
    "F005": Spot(_COVERAGE, r"verdict: covered\n +say: \|-\n +.*\n +source: .*", -1),
    "F007": Spot(_CHOOSE, r"synonyms: \[去银行.*"),
    "F014": Spot(_CHOOSE, r"synonyms: \[去银行.*"),
    "F015": Spot(_CHOOSE, r"(?=title: 选缴费方式)"),
    "F016": Spot(_CHOOSE, r"- \{region: liuzhou, say: 去银行.*"),
}
"""Examples that are written into a file as they stand."""

FOLDERS = {
    "S010": "schema_line",
    "R010": "text_missing",
    "R012": "calendar_names",
    "R013": "account_missing",
    "R031": "handoff_hours",
    "R032": "handoff_hours",
    "C009": "too_long",
    "C010": "too_long",
    "C021": "calendar_not_in_source",
    "C022": "calendar_year_unknown",
    "C024": "contradiction",
    "C031": "screen_not_in_source",
    "M006": "menu_targets",
    "F001": "flow_uncovered",
    "F006": "flow_slot_unused",
    "F008": "flow_too_many_cases",
    "F009": "flow_rows",
    "F010": "flow_circle",
    "F011": "flow_too_many_questions",
    "F012": "flow_slot_types",
    "F013": "flow_slot_types",
    "F017": "flow_sub_flow",
}
"""Examples of several files: the folder of `tests/content/broken` that carries out the bad one.

The good one is `tests/content/sound`, which has no problem at all."""


def base(root: Path) -> Path:
    """Lay out the content that examples are written into; return the root."""
    shutil.copytree(SMALL_CONTENT, root)
    for name in _SHARED:
        shutil.copyfile(ROOT / "intents" / name, root / "intents" / name)
    (root / _MENU_FILE).write_text(_MENU, encoding="utf-8")
    return root


def plant(root: Path, code: str, example: str) -> int:
    """Write an example at its spot; return the line of its first line, from 1."""
    spot = SPOTS[code]
    path = root / spot.file
    text = path.read_text("utf-8")
    match = re.search(spot.taken, text)
    assert match, f"{spot.file} has no {spot.taken}"
    start = match.start()
    indent = " " * (start - text.rfind("\n", 0, start) - 1)
    written = example.replace("→-", "\t-").replace("\n", "\n" + indent)
    if match.group().endswith("\n") or not match.group():
        written += "\n" if match.group() else "\n" + indent
    path.write_text(text[:start] + written + text[match.end() :], encoding="utf-8")
    return text.count("\n", 0, start) + 1


def spoil(root: Path, code: str) -> tuple[str, int]:
    """Do what no text shows: bytes, names and sizes; return where it must be told."""
    path = root / _WORDS
    text = path.read_text("utf-8")
    match code:
        case "Y002":
            path.write_bytes(text.encode("gb18030"))
        case "Y003":
            path.write_bytes(text.encode("utf-8-sig"))
        case "Y004":
            path.write_bytes(b"")
        case "Y013":
            (root / RULES[code].good).rename(root / RULES[code].bad)
            return RULES[code].bad, 0
        case "Y015":
            (root / "intents/away.yml").symlink_to(root / "nowhere.yml")
            return "intents/away.yml", 0
        case "Y018":
            path.write_text(text + "#" * MAX_BYTES, encoding="utf-8")
        case "S009":
            path.unlink()
    return _WORDS, int(code in {"Y002", "Y003"})


SPOILED = frozenset({"Y002", "Y003", "Y004", "Y013", "Y015", "Y018", "S009"})
"""Examples that are no text; the good one is the base."""
ASKED = frozenset({"C034"})
"""Examples that the live matcher judges."""
