"""What to do about an error code, and how a table row says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What the program does about a code; the value is what operators read in docs/wechat.md."""

    REFRESH_TOKEN = "换一次凭据，重试一次"  # noqa: S105 - a description, no secret
    RETRY = "稍等再试，次数有限"
    GIVE_UP = "放弃这一次，记日志"
    WINDOW_CLOSED = "不再主动发，等家长下次来"
    QUOTA_USED = "本时段不再主动发，等家长下次来"
    UNREACHABLE = "放弃，不再打扰这位用户"
    BACK_OFF = "这个账号暂停调用一段时间"
    ALARM = "告警，要运营人员处理"
    NOT_GRANTED = "告警，并按没有这项权限降级"
    HARMLESS = "忽略"


@dataclass(frozen=True, slots=True)
class CodeRule:
    """One error code, or a run of codes, of the platform."""

    codes: range
    action: Action
    meaning: str
    """What is wrong, Chinese, for operators."""
    remedy: str
    """What to do about it, Chinese; where to click."""
    is_official: bool = True
    """False where the meaning is known from third parties only."""

    @property
    def label(self) -> str:
        """Return the code, or the first and last of the run."""
        first, last = self.codes[0], self.codes[-1]
        return str(first) if first == last else f"{first}–{last}"
