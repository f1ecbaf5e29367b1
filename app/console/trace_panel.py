"""Why the bot said what it said: one turn's trace, in the order in which it came about."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element

from app.console.conversation import Exchange
from app.console.elements import box, icon, text
from app.console.ranking_table import draw_ranking
from app.console.wording import DECISIONS, MESSAGES, moment
from app.domain.content import Catalog
from app.domain.names import IntentId, Region
from app.domain.turn import FlowState, MessageKind, Session, Turn
from app.wechat.parts import TEXT_LIMIT_BYTES, byte_length


def draw_trace(panel: Element, exchange: Exchange | None, catalog: Catalog) -> None:
    """Draw an exchange's trace into the panel, or what will stand there."""
    panel.clear()
    with panel:
        if exchange is None:
            _draw_empty()
            return
        region = catalog.accounts[exchange.message.account].region
        _draw_question(exchange)
        _draw_decision(exchange.turn, catalog)
        _draw_understanding(exchange.turn, catalog)
        _draw_reply(exchange.turn)
        _draw_session(exchange.turn.session, catalog, region)
        _draw_run(exchange.turn)


def _draw_empty() -> None:
    with box("div", "empty"):
        icon("account_tree", "empty-icon")
        text("还没有可以解释的", "h3", "empty-title")
        text(
            "发一句话，这里就显示：这句话被读成什么、和哪些意图比过、为什么这样决定、"
            "依据哪份文件、用了多久。",
            "p",
            "empty-text",
        )


def _draw_question(exchange: Exchange) -> None:
    message = exchange.message
    said = message.text
    if message.kind is not MessageKind.TEXT:
        said = f"［{MESSAGES[message.kind][0]}］"
    with box("div", "asked"):
        text(said, "p", "asked-text")
        at = f"第 {exchange.number} 句 · {moment(exchange.at)}"
        if message.menu_id:
            at += f" · 点选 {message.menu_id}"
        text(at, "p", "muted small")


def _draw_decision(turn: Turn, catalog: Catalog) -> None:
    with _section("决定"):
        with box("p", "decision"):
            text(DECISIONS[turn.decision], classes=f"badge {turn.decision.value}")
            text(turn.trace.reason)
        if turn.topics:
            offered = "给出的选择" if turn.decision.value == "clarify" else "答的题目"
            with box("div", "pair"):
                text(offered, classes="pair-name")
                with box("ul", "topics"):
                    for topic in turn.topics:
                        _draw_topic(topic, catalog)


def _draw_topic(topic: IntentId, catalog: Catalog) -> None:
    intent = catalog.intents.get(topic)
    with box("li"):
        text(intent.title if intent else topic)
        text(topic, "code", "id")


def _draw_understanding(turn: Turn, catalog: Catalog) -> None:
    with _section("理解"):
        if not turn.trace.rankings:
            text("这一句不用比对意图（命令、点选、流程里的回答或非文字消息）。", "p", "muted")
        for number, ranking in enumerate(turn.trace.rankings, 1):
            if len(turn.trace.rankings) > 1:
                text(f"第 {number} 部分", "h4", "part")
            _pair("规范化", ranking.normalised or "（空）")
            with box("div", "pair"):
                text("分词", classes="pair-name")
                with box("div", "tokens"):
                    for token in ranking.tokens or ("（无）",):
                        text(token, classes="token")
            for note in ranking.notes:
                _pair("备注", note)
            draw_ranking(ranking, catalog)


def _draw_reply(turn: Turn) -> None:
    size = byte_length(turn.text)
    with _section("回复"):
        for source in turn.trace.sources:
            _pair("出处", source)
        with box("div", "pair"):
            text("长度", classes="pair-name")
            with box("div", "size"):
                text(f"{size} / {TEXT_LIMIT_BYTES} 字节")
                with box("div", "bar", aria_hidden="true"):
                    box("div", "bar-fill").style(f"width:{size / TEXT_LIMIT_BYTES:.1%}")
        if turn.session.rest:
            _pair("还没发", f"{len(turn.session.rest)} 段，家长回复“更多”就发")
        for note in turn.trace.notes:
            _pair("备注", note)
        if turn.text:
            with box("details", "raw"):
                text("发给微信的原文", "summary")
                text(turn.text, "pre", tabindex="0", aria_label="发给微信的原文")


def _draw_session(session: Session, catalog: Catalog, region: Region) -> None:
    with _section("会话"):
        if session.flow is None:
            _pair("流程", "没有进行中的流程")
        else:
            _draw_flow(session.flow, catalog, region)
        _pair("可选", _titles([c.label for c in session.offered]))
        _pair("上个题目", _titles([_title(t, catalog) for t in session.last_topics]))
        _pair("轮数", f"{session.turns}，连续没答上 {session.misses} 次")


def _draw_flow(state: FlowState, catalog: Catalog, region: Region) -> None:
    flow = catalog.flows.get(state.flow)
    slots = {s.name: s for s in flow.regions[region].slots} if flow else {}
    _pair("流程", f"{flow.title if flow else state.flow}（{state.flow}）")
    for name, value in state.slots.items():
        slot = slots.get(name)
        labels = {c.value: c.label for c in slot.choices} if slot else {}
        _pair(slot.title if slot else name, f"{labels.get(value, value)}（{name} = {value}）")
    asking = slots.get(state.asking)
    unclear = f"，没听懂 {state.unclear} 次" if state.unclear else ""
    _pair("正在问", f"{asking.title if asking else state.asking}（{state.asking}）{unclear}")


_TIMED = {"turn": "用时", "understand": "其中理解", "render": "其中写成回复"}


def _draw_run(turn: Turn) -> None:
    with _section("运行"):
        for name, milliseconds in turn.trace.timings_ms.items():
            _pair(_TIMED.get(name, name), f"{milliseconds:.1f} 毫秒")
        with box("div", "pair"):
            text("内容版本", classes="pair-name")
            text(turn.trace.revision[:12], "code", title=turn.trace.revision)


def _section(title: str) -> Element:
    section = box("section", "trace-section", aria_label=title)
    with section:
        text(title, "h3")
    return section


def _pair(name: str, value: str) -> None:
    with box("div", "pair"):
        text(name, classes="pair-name")
        text(value, classes="pair-value")


def _titles(names: Sequence[str]) -> str:
    return "、".join(names) or "无"


def _title(topic: IntentId, catalog: Catalog) -> str:
    intent = catalog.intents.get(topic)
    return intent.title if intent else topic
