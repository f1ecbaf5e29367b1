"""The page 帮助: a short guide with links to the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.console.charts import draw_table
from app.console.elements import box, text
from app.console.shell import NAVIGATION
from app.domain.operators import Operator, Role
from app.domain.turn import Decision

_PAGES: Mapping[str, str] = {
    "/overview": "问了多少、答上多少、哪些话题最多，哪些内容快到期。",
    "/playground": "像家长一样问，可以把时间拨到任何一天；右边说明为什么这样答。",
    "/inbox": "没答上、反问、没把握和家长点了“没解决”的问题，合并好了等您处理。",
    "/people": "转人工的会话：阅读、回复、交还给机器人、存成新问答的草稿。",
    "/intents": "查找和修改问答：回答、说法、测试句。",
    "/flows": "多轮流程的图和表，测试走到了哪些分支。",
    "/calendar": "缴费期、扣款日、放假，以及机器人在某一天怎么说。",
    "/publish": "草稿改了什么、影响哪些回答，审核后发布。",
    "/revisions": "发布过的版本，可以回到其中任何一个。",
    "/audit": "谁在什么时候做了什么（只有审核能看）。",
}
_STEPS: Sequence[tuple[str, Sequence[str]]] = (
    (
        "改一条回答",
        (
            "在“问答”里找到它，改回答或说法；存下的是草稿，家长还看不到。",
            "有错的地方会当场指出是哪一行、怎么改；新说法会抢走别的问答的问题，也会当场说。",
            "到“发布”看影响：哪些问题的回答会变，从什么变成什么。",
            "由“审核”发布；几秒之内各个服务都换成新内容。",
        ),
    ),
    (
        "发布错了",
        (
            "到“修订”找到以前的一版，点“回到第 N 版”，写上理由，再点“回退”。",
            "回退也是一次发布，会记在“记录”里。",
        ),
    ),
    (
        "有家长在等",
        (
            "到“人工”选等得最久的会话，回复以后机器人暂时不说话。",
            "处理完点“交还机器人”，以后由机器人回答。",
            "不要索要身份证号、银行卡号和验证码。",
        ),
    ),
)
_DECISIONS: Mapping[Decision, tuple[str, str]] = {
    Decision.ANSWER: ("回答", "认出了问题，照文件回答，并写明依据。"),
    Decision.CLARIFY: ("反问", "有两三个可能的意思，请家长选一个。"),
    Decision.FLOW: ("流程", "要先知道几件事（比如户籍、年龄），一步步问。"),
    Decision.SMALLTALK: ("寒暄", "打招呼、道谢之类，按固定的话回。"),
    Decision.COMMAND: ("命令", "“重新开始”“更多”“再说一遍”这些。"),
    Decision.HANDOFF: ("转人工", "家长要求，或一直没答上，交给工作人员。"),
    Decision.SAFETY: ("安全提醒", "发现诈骗、验证码、证件号等，先提醒。"),
    Decision.FALLBACK: ("没答上", "文件里没有，或没听懂：如实说，不编。"),
}
_ROLES: Mapping[Role, str] = {
    Role.VIEWER: "只看，不改。",
    Role.EDITOR: "还能改草稿、处理问题、回复家长。",
    Role.APPROVER: "还能发布、回退、看操作记录。",
}


class HelpPage:
    """One tab; create it inside a page."""

    def __init__(self, operator: Operator, shown: frozenset[str]) -> None:
        """Draw it; only pages in `shown` are linked."""
        with box("div", "page narrow"):
            text("帮助", "h1", "page-title")
            with box("section", "panel"):
                text("各个页面", "h2", "panel-title")
                with box("dl", "guide"):
                    for item in NAVIGATION:
                        if item.path in shown and item.path in _PAGES:
                            with box("dt"), box("a", "link", href=item.path):
                                text(item.title)
                            text(_PAGES[item.path], "dd")
            for title, steps in _STEPS:
                with box("section", "panel"):
                    text(title, "h2", "panel-title")
                    with box("ol", "guide-steps"):
                        for step in steps:
                            text(step, "li")
            with box("section", "panel"):
                text("“为什么这样答”里的词", "h2", "panel-title")
                draw_table(("词", "意思"), list(_DECISIONS.values()), "词的意思")
            self._draw_roles(operator)

    def _draw_roles(self, operator: Operator) -> None:
        with box("section", "panel"):
            text("角色", "h2", "panel-title")
            text(f"您是“{operator.role.label}”。每个角色都能做前一个能做的。", "p")
            draw_table(("角色", "能做什么"), [(r.label, words) for r, words in _ROLES.items()])
            text("换角色、换密码：请管服务器的同事运行 yibao operator。", "p", "muted small")
