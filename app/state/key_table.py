"""Every key in Redis, in one table: name, type, time to live, cap, meaning; see `keys`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.state.keys import (
    ACCOUNT,
    AUDIT_CAP,
    AUDIT_KEY,
    CONSOLE_SESSION_MAX_S,
    CONSOLE_SESSION_TTL_S,
    CONTENT_ARCHIVE,
    CONTENT_HISTORY,
    CONTENT_KEPT,
    CONTENT_MATCHERS,
    DIGEST_CHARS,
    DRAFT_BYTES,
    DRAFT_FILES,
    DRAFT_KEY,
    DRAFT_TTL_S,
    FINISHED_TTL_S,
    FORCED_DAY_CAP,
    FORCED_GAP_S,
    FORCED_TTL_S,
    HANDLED_CAP,
    HANDLED_TTL_S,
    HANDOFF_ANSWERS,
    HANDOFF_CASES,
    HANDOFF_LINES,
    HANDOFF_TTL_S,
    JOURNAL_CAP,
    JOURNAL_DAYS,
    LEASE_S,
    LESSONS_CAP,
    LESSONS_TTL_S,
    LOCK_TTL_S,
    MATCHERS_TTL_S,
    MAX_WAITERS,
    OPERATORS_CAP,
    OPERATORS_KEY,
    PREFIX,
    QUARANTINE_TTL_S,
    QUEUE_TTL_S,
    RATE_WINDOW_S,
    REMINDED_TTL_S,
    SESSION_TTL_S,
    STATISTICS_FIELDS,
    STATISTICS_TTL_S,
    TOKEN_LOCK_TTL_S,
    TOKEN_TTL_S,
    TRIES_TTL_S,
    UNREAD_CAP,
    UNREAD_TTL_S,
    WAITER_LEASE_S,
    WINDOWS_TTL_S,
)


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One kind of key."""

    pattern: str
    """Name; `{account:user}` is the hash tag, `<delivery>` the hash of a delivery key,
    `<digest>` any other."""
    kind: str
    """Redis type: string, hash, list, zset or stream."""
    ttl_s: tuple[int, ...]
    """Possible times to live in seconds as set; empty where only the cap bounds it."""
    cap: str
    """What bounds its size, Chinese."""
    meaning: str
    """Chinese, for docs/state.md."""

    def matches(self, key: str) -> bool:
        """Return whether a key of Redis is of this kind."""
        return re.fullmatch(self.expression(), key) is not None

    def expression(self) -> str:
        """Return the regular expression for the whole name of such a key."""
        expression = re.escape(self.pattern)
        for variable, allowed in (
            (r"\{account:user\}", rf"\{{{ACCOUNT.pattern}:[0-9a-f]{{{DIGEST_CHARS}}}\}}"),
            ("<account>", ACCOUNT.pattern),
            ("<delivery>", rf"[0-9a-f]{{{DIGEST_CHARS}}}"),
            ("<revision>", r"[0-9a-f]{64}"),
            ("<digest>", rf"[0-9a-f]{{{DIGEST_CHARS}}}"),
            ("<day>", r"\d{4}-\d{2}-\d{2}"),
        ):
            expression = expression.replace(variable, allowed)
        return expression


TABLE: tuple[KeySpec, ...] = (
    KeySpec(
        f"{PREFIX}:session",
        "string",
        (SESSION_TTL_S, REMINDED_TTL_S),
        "一份 JSON",
        "会话；有提醒的留到提醒那天",
    ),
    KeySpec(
        f"{PREFIX}:lock", "string", (LOCK_TTL_S,), "一个令牌", "会话锁，值为持有者令牌，每秒续期"
    ),
    KeySpec(f"{PREFIX}:queue", "zset", (QUEUE_TTL_S,), f"{MAX_WAITERS} 个等待者", "等锁的先后次序"),
    KeySpec(
        f"{PREFIX}:leases",
        "zset",
        (QUEUE_TTL_S,),
        f"{MAX_WAITERS} 个等待者",
        f"等待者的有效期限，{WAITER_LEASE_S} 秒内须续期",
    ),
    KeySpec(
        f"{PREFIX}:quarantine",
        "string",
        (QUARANTINE_TTL_S,),
        "只留最近一份",
        "读不懂的会话原文，供排查",
    ),
    KeySpec(
        f"{PREFIX}:deliveries",
        "zset",
        (FINISHED_TTL_S,),
        "只留未过期的投递",
        "投递键的目录，供遗忘用户时删除",
    ),
    KeySpec(
        f"{PREFIX}:delivery:<delivery>",
        "hash",
        (FINISHED_TTL_S,),
        "一条回复",
        f"一次投递：处理中（每秒续约，{LEASE_S} 秒不续就由重试接手）或已答复及其回复",
    ),
    KeySpec(
        f"{PREFIX}:unread",
        "hash",
        (UNREAD_TTL_S,),
        f"{UNREAD_CAP} 条，旧的先丢",
        "来不及送到的回复，等“查看回复”、下一条消息或客服消息",
    ),
    KeySpec(
        f"{PREFIX}:rate",
        "string",
        (RATE_WINDOW_S,),
        "一个数",
        "这一分钟里发了几条消息，限制次数用",
    ),
    KeySpec(
        f"{PREFIX}:windows",
        "hash",
        (60, WINDOWS_TTL_S),
        "每种互动一格，共 4 格",
        "客服消息的时段和还剩几条",
    ),
    KeySpec("yb:<account>:token", "string", (TOKEN_TTL_S,), "一份凭据", "微信接口凭据，各副本共用"),
    KeySpec(
        "yb:<account>:token-lock", "string", (TOKEN_LOCK_TTL_S,), "一个令牌", "正在换凭据的副本"
    ),
    KeySpec(
        "yb:<account>:token-forced",
        "hash",
        (FORCED_TTL_S,),
        f"一天 {FORCED_DAY_CAP} 次",
        f"强制换凭据的次数和上一次的时刻，两次至少隔 {FORCED_GAP_S} 秒",
    ),
    KeySpec(
        f"{PREFIX}:handoff",
        "hash",
        (HANDOFF_TTL_S,),
        "一份",
        "转人工：状态、时间、原因、之前的话题；能发客服消息的公众号还有 OpenID",
    ),
    KeySpec(
        f"{PREFIX}:handoff-lines",
        "list",
        (HANDOFF_TTL_S,),
        f"{HANDOFF_LINES} 条，每条 500 字",
        "转人工：家长和工作人员的消息，打码后",
    ),
    KeySpec(
        f"{PREFIX}:handoff-answers",
        "list",
        (HANDOFF_TTL_S,),
        f"{HANDOFF_ANSWERS} 条",
        "转人工：工作人员的回复，等家长下一条消息时送出",
    ),
    KeySpec(
        "yb:<account>:handoffs",
        "zset",
        (HANDOFF_TTL_S,),
        f"{HANDOFF_CASES} 个会话，最久没动静的先丢",
        "转人工：会话的目录（键名里的散列），供后台列出",
    ),
    KeySpec(
        "yb:<account>:lessons",
        "zset",
        (LESSONS_TTL_S,),
        f"{LESSONS_CAP} 种说法，少见的先丢",
        "反问之后家长选了什么：打码后的说法和意图，供运营采纳",
    ),
    KeySpec(
        "yb:<account>:journal",
        "stream",
        (JOURNAL_DAYS * 24 * 3600,),
        f"{JOURNAL_CAP} 个问题，旧的先丢",
        "家长问过的问题，打码后，没有是谁问的；供复盘（天数见 YIBAO_JOURNAL_DAYS）",
    ),
    KeySpec(
        "yb:<account>:journal-handled",
        "zset",
        (HANDLED_TTL_S,),
        f"{HANDLED_CAP} 种说法，早的先丢",
        "复盘时处理过的说法，只有摘要，没有原文",
    ),
    KeySpec(
        "yb:<account>:stats:<day>",
        "hash",
        (STATISTICS_TTL_S,),
        f"{STATISTICS_FIELDS} 个计数",
        "一天的计数：决定、话题、时段、快慢、转人工、没解决；没有任何原文",
    ),
    KeySpec(
        "yb:<account>:reminders",
        "zset",
        (REMINDED_TTL_S,),
        "每位家长一项",
        "谁的提醒什么时候到，值是 OpenID；只有能主动发消息的账号才有",
    ),
    KeySpec(
        CONTENT_HISTORY,
        "list",
        (),
        f"{CONTENT_KEPT} 次发布，旧的先丢",
        "发布过的内容修订，最新的在最前，就是正在使用的：谁、何时、为什么",
    ),
    KeySpec(
        f"{CONTENT_ARCHIVE}<revision>",
        "string",
        (),
        f"{CONTENT_KEPT} 份，每份至多 32 MB",
        "一个修订的全部内容文件（zip），供各副本取用和退回",
    ),
    KeySpec(
        CONTENT_MATCHERS,
        "hash",
        (MATCHERS_TTL_S,),
        "一个修订的，分成 1 MB 一块",
        "学好的模型，新副本不必自己学",
    ),
    KeySpec(
        OPERATORS_KEY,
        "hash",
        (),
        f"{OPERATORS_CAP} 个账号",
        "后台账号：角色、密码的 argon2id 散列、创建时间",
    ),
    KeySpec(
        "yb:console-session:<digest>",
        "string",
        (CONSOLE_SESSION_TTL_S, CONSOLE_SESSION_MAX_S),
        "一次登录",
        "后台登录：谁、何时；键名是令牌的散列，用一次延一次，最多 7 天",
    ),
    KeySpec(
        "yb:console-tries:<digest>",
        "string",
        (TRIES_TTL_S,),
        "一个数",
        "后台登录试了几次；键名是账号名或地址的散列",
    ),
    KeySpec(
        AUDIT_KEY,
        "stream",
        (),
        f"{AUDIT_CAP} 条，旧的先丢",
        "操作记录：谁在后台什么时候做了什么",
    ),
    KeySpec(
        DRAFT_KEY,
        "hash",
        (DRAFT_TTL_S,),
        f"{DRAFT_FILES} 个文件，共 {DRAFT_BYTES // 1024 // 1024} MB，满了就拒绝",
        "内容的工作稿：改过的文件、谁改的、改之前是哪一版",
    ),
)
