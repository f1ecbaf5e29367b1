"""The small content with people behind its accounts and a screen to recognise."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.assistants import SMALL_CONTENT

_HANDOFF = """
    handoff:
      to: {to}
      hours: [{{days: 工作日, times: ["09:00-12:00", "13:30-17:00"]}}]
"""
_LIUZHOU = "    places: [柳州, 鱼峰]"
SCREEN = "缴费信息无效"


def staffed_content(root: Path) -> Path:
    """Lay the content out below `root`: the console for Beijing, WeChat for Liuzhou."""
    shutil.copytree(SMALL_CONTENT, root)
    accounts = root / "intents" / "_accounts.yml"
    person = _HANDOFF.format(to="wechat\n      kf_account: kf1@gh_x").rstrip()
    text = accounts.read_text("utf-8").replace(_LIUZHOU, _LIUZHOU + person)
    accounts.write_text(text.rstrip() + _HANDOFF.format(to="console"), "utf-8")
    topic = root / "intents" / "payment_window.yml"
    topic.write_text(topic.read_text("utf-8").rstrip() + f"\nscreens: [{SCREEN}]\n", "utf-8")
    return root
