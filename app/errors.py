"""The one tree of errors.

AppError
├ SettingsError            configuration is wrong or missing; the process does not start (exit 78)
├ ContentError             content files are wrong; carries every problem found
├ CallbackError            a peer sent something that is refused
│  ├ SignatureError        403
│  ├ ReplayError           403, outside the timestamp window
│  ├ DecryptError          403
│  ├ MalformedMessageError 400
│  ├ MessageTooLargeError  413
│  └ UnknownAccountError   404
└ StateError
   ├ StateUnavailableError the store does not answer
   ├ LockTimeoutError      the conversation stayed locked too long
   └ StateCorruptError     stored state cannot be read

A message that matches nothing is a decision, not an error.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ContentProblem:
    """One thing wrong in a content file, in words an operator understands."""

    file: str
    """Path relative to the content root."""
    line: int
    """1-based; 0 where the problem is the whole file."""
    column: int
    """1-based; 0 where unknown."""
    rule: str
    """Stable rule code, e.g. `Y003`."""
    message: str
    """What is wrong, in Chinese."""
    remedy: str
    """What to do about it, in Chinese."""
    level: str = "error"
    """`error` or `warning`."""

    def __str__(self) -> str:
        level = "错误" if self.level == "error" else "提醒"
        return (
            f"{self.file}:{self.line}:{self.column} {self.rule} {level} {self.message}"
            f" → {self.remedy}"
        )


class AppError(Exception):
    """Any error of this project."""

    http_status = 500


class SettingsError(AppError):
    """Configuration is wrong or missing; the message is Chinese and names the variable."""


class ContentError(AppError):
    """Content files cannot be used; nothing of them was loaded."""

    def __init__(self, problems: tuple[ContentProblem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


class CallbackError(AppError):
    """A peer sent something that is refused; answered with a bare status."""

    http_status = 400


class SignatureError(CallbackError):
    """The signature does not belong to the token and the content."""

    http_status = 403


class ReplayError(CallbackError):
    """The timestamp is too far from now."""

    http_status = 403


class DecryptError(CallbackError):
    """The envelope cannot be decrypted or belongs to another account."""

    http_status = 403


class MalformedMessageError(CallbackError):
    """The body is not a WeChat message."""

    http_status = 400


class MessageTooLargeError(CallbackError):
    """The body is larger than any WeChat message."""

    http_status = 413


class UnknownAccountError(CallbackError):
    """No such account is configured."""

    http_status = 404


class StateError(AppError):
    """Something about stored state."""

    http_status = 503


class StateUnavailableError(StateError):
    """The store does not answer."""


class LockTimeoutError(StateError):
    """The conversation stayed locked for too long."""


class StateCorruptError(StateError):
    """Stored state cannot be read; it is set aside and the conversation restarts."""
