"""A reply as WeChat text: body, tappable choices, source line last, within the byte limit."""

from __future__ import annotations

from app.domain.turn import Choice, Reply
from app.wechat.links import tap_link
from app.wechat.parts import TEXT_LIMIT_BYTES, byte_length, fit_parts

_MARKS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫"
_MORE_SAY = "更多"


def render(reply: Reply, more: str, limit_bytes: int = TEXT_LIMIT_BYTES) -> tuple[str, ...]:
    """Return the reply as one or more texts, each of at most `limit_bytes` UTF-8 bytes.

    Where it does not fit, every text but the last ends in the tappable line `more`; choices and
    source stand in the last. Blank replies give no text.
    """
    tail = _tail(reply)
    whole = f"{reply.text}\n\n{tail}" if tail and reply.text else reply.text or tail
    if byte_length(whole) <= limit_bytes:
        return (whole,) if whole.strip() else ()
    link = tap_link(more, _MORE_SAY, "more")
    room = limit_bytes - byte_length(link) - 2
    parts = list(fit_parts(reply.text, room))
    if tail:
        joined = f"{parts[-1]}\n\n{tail}" if parts else tail
        if byte_length(joined) <= limit_bytes:
            parts[-1:] = [joined]
        else:
            parts.extend(fit_parts(tail, room))
    return tuple(f"{part}\n\n{link}" for part in parts[:-1]) + tuple(parts[-1:])


def _tail(reply: Reply) -> str:
    blocks = []
    if reply.choices:
        lines = [reply.choices_intro] if reply.choices_intro else []
        first = 0 if reply.numbered else len(_MARKS)
        lines.extend(_line(first + i, choice) for i, choice in enumerate(reply.choices))
        blocks.append("\n".join(lines))
    if reply.source:
        blocks.append(reply.source)
    return "\n\n".join(blocks)


def _line(position: int, choice: Choice) -> str:
    mark = _MARKS[position] if position < len(_MARKS) else "·"
    return f"{mark} {tap_link(choice.label, choice.say, choice.key or str(position + 1))}"
