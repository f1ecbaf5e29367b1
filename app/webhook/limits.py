"""How long what may take.

WeChat drops the connection after 5 s and sends the push again, three requests in all with the
same MsgId. Source: 被动回复用户消息; the count is that of chatgpt-on-wechat `passive_channel.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """Times in seconds."""

    budget_s: float = 4.5
    """From the body's arrival to the answer; WeChat waits 5 s, network included."""
    margin_s: float = 0.2
    """Between a recorded reply and its request's last moment: for the way to Redis and back."""
    attempts: int = 3
    """Requests that WeChat makes for one message. Before the last one a late turn is not answered
    at all, so that WeChat asks again; on the last one the parent gets something in any case."""
    hold_s: float = 5.6
    """A request that cannot be answered in time is held until WeChat hangs up, at most so long."""
    store_s: float = 1.2
    """One call of the ledger that should not wait; a slower ledger counts as away."""
    turn_s: float = 30.0
    """A whole turn, also after its requests were answered."""
    renew_s: float = 1.0
    """Between two signs of life of whoever answers a delivery; a third of the ledger's lease."""
    takeover_s: float = 4.0
    """The ledger's lease and a little more: so long a retry waits for a process that may be dead,
    beyond `hold_s`."""
    ripe_s: float = 6.0
    """After so long no retry fetches a late reply any more."""
    account_per_s: int = 0
    """Messages of one account that a process takes up in a second; 0: any number."""
    drain_s: float = 5.0
    """On shutdown, for turns that still run."""
