"""The one tree of errors.

AppError
├ SettingsError            configuration is wrong or missing; the process does not start (exit 78)
├ ContentError             content files are wrong; carries every problem found
├ EditError                a content file cannot be changed as asked; nothing was changed
├ CallbackError            a peer sent something that is refused
│  ├ SignatureError        403
│  ├ ReplayError           403, outside the timestamp window
│  ├ DecryptError          403
│  ├ MalformedMessageError 400
│  ├ MessageTooLargeError  413
│  └ UnknownAccountError   404
├ WeChatApiError           the platform's API refused or failed; carries the code and what it means
│  ├ ApiTransportError     no usable answer: time, network, broken JSON, breaker open
│  ├ AccessTokenError      the access token is refused although it was renewed
│  ├ ReplyWindowError      the user has not written for too long, or no longer follows
│  ├ ReplyQuotaError       all customer-service messages of the window are used
│  ├ UserUnreachableError  the user does not follow, refuses or is blocked
│  ├ RateLimitError        the account's calls of the day or minute are used
│  └ ApiRefusedError       an operator must act (white list, secret, permission …)
│     └ NotGrantedError    this kind of account has no such API; nothing was sent
├ PublishingError          content could not be published, fetched or unpacked; nothing was lost
├ BackupError              a backup cannot be written, read or restored; the message is Chinese
├ StateError
│  ├ StateUnavailableError the store does not answer
│  ├ LockTimeoutError      the conversation stayed locked too long
│  └ StateCorruptError     stored state cannot be read
└ ConsoleError             what an operator asked for is not done; the message is Chinese
   ├ NotAuthenticatedError 401, nobody is signed in
   ├ NotPermittedError     403, the role does not allow it
   └ EditConflictError     409, somebody else changed it meanwhile

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


class EditError(AppError):
    """A content file cannot be changed as asked; nothing was changed."""

    def __init__(self, message: str, remedy: str = "", line: int = 0) -> None:
        """Describe it in Chinese; `line` is 1-based, 0 where the whole file is meant."""
        self.message = message
        self.remedy = remedy
        self.line = line
        where = f"第 {line} 行：" if line else ""
        super().__init__(f"{where}{message}" + (f" → {remedy}" if remedy else ""))


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


class UnusableMethodError(CallbackError):
    """Neither GET nor POST."""

    http_status = 405


class WeChatApiError(AppError):
    """The platform's API refused or failed; the text is Chinese and holds no token or user."""

    http_status = 502

    def __init__(
        self, errcode: int, endpoint: str, message: str, remedy: str = "", *, rid: str = ""
    ) -> None:
        """Describe a failed call.

        Args:
            errcode: The platform's code; 0 where it gave none.
            endpoint: Path of the API without query, e.g. `/cgi-bin/menu/get`.
            message: What is wrong, in Chinese.
            remedy: What to do about it, in Chinese.
            rid: Request id for the platform's support, from `errmsg`.
        """
        self.errcode = errcode
        self.endpoint = endpoint
        self.message = message
        self.remedy = remedy
        self.rid = rid
        code = f"（错误码 {errcode}）" if errcode else ""
        ending = f" → {remedy}" if remedy else ""
        support = f" [rid: {rid}]" if rid else ""
        super().__init__(f"{endpoint}：{message}{code}{ending}{support}")


class ApiTransportError(WeChatApiError):
    """No usable answer; whether the call took effect may be unknown."""

    def __init__(self, endpoint: str, message: str, *, was_sent: bool) -> None:
        """Describe a failed exchange; `was_sent` where the platform may have acted on it."""
        self.was_sent = was_sent
        super().__init__(0, endpoint, message, "检查服务器能否访问微信接口，稍后会自动恢复")


class AccessTokenError(WeChatApiError):
    """The access token is refused although it was renewed."""


class ReplyWindowError(WeChatApiError):
    """The user has not written for too long, or no longer follows (45015)."""


class ReplyQuotaError(WeChatApiError):
    """All customer-service messages of the user's window are used (45047)."""


class UserUnreachableError(WeChatApiError):
    """The user does not follow the account, refuses messages or is blocked."""


class RateLimitError(WeChatApiError):
    """The account's calls of the day or the minute are used."""


class ApiRefusedError(WeChatApiError):
    """An operator must act: white list, secret, permission, ban."""


class NotGrantedError(ApiRefusedError):
    """This kind of account has no such API; nothing was sent."""


class PublishingError(AppError):
    """Content could not be published, fetched or unpacked; the text is Chinese."""


class BackupError(AppError):
    """A backup cannot be written, read or restored; the text says where, why and what to do."""


class StateError(AppError):
    """Something about stored state."""

    http_status = 503


class StateUnavailableError(StateError):
    """The store does not answer."""


class LockTimeoutError(StateError):
    """The conversation stayed locked for too long."""


class StateCorruptError(StateError):
    """Stored state cannot be read; it is set aside and the conversation restarts."""


class ConsoleError(AppError):
    """What an operator asked for is not done; the message is Chinese and says why."""

    http_status = 400


class NotAuthenticatedError(ConsoleError):
    """Nobody is signed in, or not any more."""

    http_status = 401


class NotPermittedError(ConsoleError):
    """The operator's role does not allow it."""

    http_status = 403


class EditConflictError(ConsoleError):
    """Somebody else changed it meanwhile; nothing was overwritten."""

    http_status = 409
