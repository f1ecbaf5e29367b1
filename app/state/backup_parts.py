"""Which keys belong into a backup: every kind of key is in one part of it, or out for a reason."""

from __future__ import annotations

import re
from enum import StrEnum

from app.state.key_table import TABLE, KeySpec
from app.state.keys import (
    AUDIT_KEY,
    CONTENT_ARCHIVE,
    CONTENT_HISTORY,
    CONTENT_MATCHERS,
    DRAFT_KEY,
    OPERATORS_KEY,
    PREFIX,
)

ARCHIVES = f"{CONTENT_ARCHIVE}<revision>"
JOURNALS = "yb:<account>:journal"
EVERY_KEY = "yb:*"
"""Pattern of all keys of the product, for SCAN."""


class Part(StrEnum):
    """What a backup consists of; each can be left out."""

    CONTENT = "content"
    """Published revisions and the draft."""
    CONSOLE = "console"
    """Accounts, audit log, statistics: nothing that a parent wrote."""
    PARENTS = "parents"
    """Conversations and what parents wrote: personal data."""

    @property
    def label(self) -> str:
        """Its name in Chinese."""
        return {"content": "内容", "console": "后台", "parents": "家长"}[self.value]


PARTS: dict[str, Part] = {
    CONTENT_HISTORY: Part.CONTENT,
    ARCHIVES: Part.CONTENT,
    DRAFT_KEY: Part.CONTENT,
    OPERATORS_KEY: Part.CONSOLE,
    AUDIT_KEY: Part.CONSOLE,
    "yb:<account>:stats:<day>": Part.CONSOLE,
    "yb:<account>:journal-handled": Part.CONSOLE,
    f"{PREFIX}:session": Part.PARENTS,
    f"{PREFIX}:unread": Part.PARENTS,
    f"{PREFIX}:windows": Part.PARENTS,
    f"{PREFIX}:handoff": Part.PARENTS,
    f"{PREFIX}:handoff-lines": Part.PARENTS,
    f"{PREFIX}:handoff-answers": Part.PARENTS,
    "yb:<account>:handoffs": Part.PARENTS,
    "yb:<account>:lessons": Part.PARENTS,
    JOURNALS: Part.PARENTS,
    "yb:<account>:reminders": Part.PARENTS,
}
"""Pattern of a kind of key → its part."""

EXCLUDED: dict[str, str] = {
    f"{PREFIX}:lock": "只活几秒；恢复出来会挡住下一条消息",
    f"{PREFIX}:queue": "只活几秒；等锁的进程已经不在",
    f"{PREFIX}:leases": "只活几秒；等锁的进程已经不在",
    f"{PREFIX}:quarantine": "读不懂的原文只供当场排查，机器人不用",
    f"{PREFIX}:deliveries": "2 分钟就过期；微信早已不再重发",
    f"{PREFIX}:delivery:<delivery>": "2 分钟就过期；微信早已不再重发",
    f"{PREFIX}:rate": "一分钟的次数，过后没有意义",
    "yb:<account>:token": "接口凭据是密钥，而且两小时就换",
    "yb:<account>:token-lock": "只活几秒；换凭据的进程已经不在",
    "yb:<account>:token-forced": "次数由微信另算，旧的数会误导",
    CONTENT_MATCHERS: "由内容学得，随程序版本而变；各副本会自己学好再共用",
    "yb:console-session:<digest>": "恢复出来会让已经退出的登录复活；重新登录即可",
    "yb:console-tries:<digest>": "15 分钟的次数，过后没有意义",
}
"""Pattern of a kind of key → why it is in no backup, Chinese, for docs/backup.md."""

_KNOWN = tuple((re.compile(spec.expression()), spec) for spec in TABLE)


def spec_of(key: str) -> KeySpec | None:
    """Return what kind of key this is; None: not one of the product."""
    return next((spec for known, spec in _KNOWN if known.fullmatch(key)), None)
