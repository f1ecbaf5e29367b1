"""Names of the keys in Redis and how long they live; `key_table` lists them all.

No key name is built anywhere else. Each key of a conversation carries the hash tag
`{account:user}`, so that a conversation lives on one node of a cluster and one script may touch
all its keys. `user` is a keyed SHA-256 of the OpenID: no key holds an OpenID.
"""

from __future__ import annotations

import hmac
import re
from datetime import date
from functools import lru_cache
from hashlib import sha256

SESSION_TTL_S = 24 * 3600
"""A conversation that rests for a day starts anew."""
LOCK_TTL_S = 3
"""The holder renews it every second; a dead one blocks the next message no longer."""
WAITER_LEASE_S = 2
"""A waiter that has not asked again for so long is taken for dead."""
QUEUE_TTL_S = 10
"""Renewed by every waiter; only leftovers of dead processes reach it."""
MAX_WAITERS = 200
"""Messages of one user waiting at the same time; the next one is refused."""
QUARANTINE_TTL_S = 7 * 24 * 3600
RATE_WINDOW_S = 60
"""Messages of one parent are counted for so long, since the first of them."""
LEASE_S = 3
"""Whoever answers a delivery says every second that they live; after so long a retry takes over."""
FINISHED_TTL_S = 120
"""WeChat's last retry ends about 15 s after the first request; at least 60 s are asked for."""
UNREAD_TTL_S = 24 * 3600
"""As long as the conversation itself: a late reply is still worth reading that day."""
UNREAD_CAP = 10
"""Late replies of one parent; the oldest is dropped."""
UNREAD_RIPE_S = 6
"""So long a late reply is left to WeChat's next retry, which comes within 5 s; then the parent's
next message may carry it."""

REMINDED_TTL_S = 200 * 24 * 3600
"""Longest time that a session with reminders is kept: a period of enrolment and payment."""
WINDOWS_TTL_S = 48 * 3600
"""The longest window for customer-service messages; a shorter one lives as long as it is open."""
TOKEN_TTL_S = 7200
"""As long as the platform says, at most two hours."""
TOKEN_LOCK_TTL_S = 10
"""Longer than one call for a token may take."""
FORCED_TTL_S = 24 * 3600
FORCED_GAP_S = 30
FORCED_DAY_CAP = 20
"""Forced refreshes: at most 20 a day, 30 s apart. Source: 获取稳定版接口调用凭据."""

LESSONS_TTL_S = 90 * 24 * 3600
"""Since the last lesson of the account; operators look in more often."""
LESSONS_CAP = 2000
"""Wordings an account; the rarest are dropped."""

HANDOFF_TTL_S = 7 * 24 * 3600
"""Since the last message of either side or step of a person; then the case is gone."""
HANDOFF_LINES = 60
"""Messages kept of a case, the latest."""
HANDOFF_ANSWERS = 10
"""Answers of people that wait for the parent's next message."""
HANDOFF_CASES = 500
"""Cases an account; those quiet for longest drop out of the list."""

CONTENT_KEPT = 20
"""Revisions of the content that can be gone back to."""
MATCHERS_TTL_S = 30 * 24 * 3600
"""Since they were last put there; a replica that finds none learns by itself."""

CONTENT_CHANNEL = "yb:content"
"""Pub/sub channel on which replicas hear of a new revision of the content."""

CONTENT_HISTORY = "yb:{content}:history"
CONTENT_ARCHIVE = "yb:{content}:archive:"
"""Followed by the revision."""
CONTENT_MATCHERS = "yb:{content}:matchers"
OPERATORS_KEY = "yb:console-operators"
"""The console's accounts; kept until they are removed."""
OPERATORS_CAP = 200
CONSOLE_SESSION_TTL_S = 12 * 3600
"""Since the last use, unless a setting says otherwise."""
CONSOLE_SESSION_MAX_S = 24 * 3600
"""Longest that the setting may say."""
SIGN_IN_LASTS_S = 7 * 24 * 3600
"""Longest that one sign-in lasts, however much it is used."""
TRIES_TTL_S = 15 * 60
"""Window in which sign-ins are counted; whoever ran out of tries waits until it is over."""
AUDIT_KEY = "yb:audit"
"""The audit log; kept for as long as the deployment."""
AUDIT_CAP = 10_000
DRAFT_KEY = "yb:content-draft"
"""The one draft of the content that operators share; one a deployment."""
DRAFT_TTL_S = 90 * 24 * 3600
"""Since the last change of any of its files."""
DRAFT_FILES = 200
DRAFT_BYTES = 4 * 1024 * 1024
"""Of all its files with what is noted about them."""
JOURNAL_CAP = 20_000
"""Questions an account; the oldest are dropped."""
JOURNAL_DAYS = 30
"""How long a question is kept where the deployment does not say otherwise."""
HANDLED_TTL_S = 90 * 24 * 3600
"""How long a wording stays out of the inbox once it was dealt with."""
HANDLED_CAP = 10_000
STATISTICS_TTL_S = 400 * 24 * 3600
"""A year's report can still be made a month after it."""
STATISTICS_FIELDS = 1000
"""Counters a day: a few dozen and one for each topic of the content."""

CHANNEL = "yb:wake"
"""Pub/sub channel on which waiters are woken; a channel stores nothing."""

PREFIX = "yb:{account:user}"
ACCOUNT = re.compile(r"[A-Za-z0-9_.-]+")
DIGEST_CHARS = 32
_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_CHARS}}}")


def reminders_key(account: str) -> str:
    """Return the key of an account's reminders that are to be sent."""
    return f"yb:{account}:reminders"


def lessons_key(account: str) -> str:
    """Return the key of an account's lessons."""
    return f"yb:{account}:lessons"


def journal_key(account: str) -> str:
    """Return the key of an account's journal of questions."""
    return f"yb:{account}:journal"


def handled_key(account: str) -> str:
    """Return the key of what was dealt with in an account's journal."""
    return f"yb:{account}:journal-handled"


def statistics_key(account: str, day: date) -> str:
    """Return the key of an account's counters of a day."""
    return f"yb:{account}:stats:{day.isoformat()}"


def token_key(account: str) -> str:
    """Return the key of an account's access token."""
    return f"yb:{account}:token"


def token_lock_key(account: str) -> str:
    """Return the key that the replica which fetches a token holds."""
    return f"yb:{account}:token-lock"


def token_forced_key(account: str) -> str:
    """Return the key that counts forced refreshes."""
    return f"yb:{account}:token-forced"


def handoffs_key(account: str) -> str:
    """Return the key of the list of an account's cases."""
    return f"yb:{account}:handoffs"


def console_session_key(digest: str) -> str:
    """Return the key of a sign-in, named by the SHA-256 of its token."""
    return f"yb:console-session:{digest[:DIGEST_CHARS]}"


def console_tries_key(digest: str) -> str:
    """Return the key that counts sign-ins of a name or an address, named by their SHA-256."""
    return f"yb:console-tries:{digest[:DIGEST_CHARS]}"


def case_keys(account: str, case: str) -> ConversationKeys:
    """Return the keys of a conversation that is known by its digest only.

    Raises:
        ValueError: Not a digest.
    """
    if not ACCOUNT.fullmatch(account) or not _DIGEST.fullmatch(case):
        msg = "not an account and a case of it"
        raise ValueError(msg)
    return ConversationKeys(f"yb:{{{account}:{case}}}")


class ConversationKeys:
    """The keys of one conversation. What nearly every message touches is named once."""

    __slots__ = ("deliveries", "leases", "lock", "prefix", "queue", "rate", "session", "unread")

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.session = f"{prefix}:session"
        """The stored session."""
        self.lock = f"{prefix}:lock"
        """Token of the turn that holds the conversation."""
        self.queue = f"{prefix}:queue"
        """Waiters by order of arrival."""
        self.leases = f"{prefix}:leases"
        """Waiters by the time at which they are taken for dead."""
        self.deliveries = f"{prefix}:deliveries"
        """Names of the delivery keys, by expiry."""
        self.rate = f"{prefix}:rate"
        """Number of messages in this minute."""
        self.unread = f"{prefix}:unread"
        """Replies that came too late for every request, by ticket."""

    @property
    def quarantine(self) -> str:
        """The last session that could not be read."""
        return f"{self.prefix}:quarantine"

    @property
    def windows(self) -> str:
        """Windows for customer-service messages."""
        return f"{self.prefix}:windows"

    @property
    def digest(self) -> str:
        """Name of the conversation within its account."""
        return self.prefix[:-1].rpartition(":")[2]

    @property
    def handoff(self) -> str:
        """State of the case, where a person was wanted."""
        return f"{self.prefix}:handoff"

    @property
    def handoff_lines(self) -> str:
        """Messages of the case."""
        return f"{self.prefix}:handoff-lines"

    @property
    def handoff_answers(self) -> str:
        """Answers that were not sent yet."""
        return f"{self.prefix}:handoff-answers"

    def delivery(self, key: str) -> str:
        """Return the ledger entry of a delivery; `key` is hashed, it may hold an OpenID."""
        return self.ticketed(ticket(key))

    def ticketed(self, ticket: str) -> str:
        """Return the ledger entry of the delivery with this ticket."""
        return f"{self.prefix}:delivery:{ticket}"

    def fixed(self) -> tuple[str, ...]:
        """Return all keys but the ledger entries."""
        return (
            self.session,
            self.lock,
            self.queue,
            self.leases,
            self.quarantine,
            self.windows,
            self.deliveries,
            self.handoff,
            self.handoff_lines,
            self.handoff_answers,
            self.unread,
            self.rate,
        )


@lru_cache(maxsize=256)
def ticket(key: str) -> str:
    """Return the public name of a delivery: 32 hex digits that tell nothing about it."""
    return sha256(key.encode()).hexdigest()[:DIGEST_CHARS]


class Keyspace:
    """Names the keys of a deployment.

    Args:
        salt: Secret of the deployment; another salt makes all conversations strangers.
    """

    def __init__(self, salt: str) -> None:
        self._salt = salt.encode()
        # A message names its conversation about ten times, and soon after itself, if ever, again.
        self._named = lru_cache(maxsize=1024)(self._hashed)
        self._keys = lru_cache(maxsize=1024)(self._conversation)

    def conversation(self, account: str, user: str) -> ConversationKeys:
        """Return the keys of `user` (an OpenID) at `account`.

        Raises:
            ValueError: The account id would break the hash tag.
        """
        return self._keys(account, user)

    def _conversation(self, account: str, user: str) -> ConversationKeys:
        if not ACCOUNT.fullmatch(account):
            msg = "an account id has letters, digits, `_`, `.` and `-` only"
            raise ValueError(msg)
        return ConversationKeys(f"yb:{{{account}:{self.pseudonym(account, user)}}}")

    def pseudonym(self, _account: str, user: str) -> str:
        """Return what stands for `user` in keys and in the log: 32 hex digits."""
        return self._named(user)

    def _hashed(self, user: str) -> str:
        return hmac.digest(self._salt, user.encode(), "sha256").hex()[:DIGEST_CHARS]
