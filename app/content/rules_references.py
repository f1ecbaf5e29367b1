"""Rules about references in content (R).

Each entry: code, title, remedy, bad example, good example, level where it is not `error`.
"""

from __future__ import annotations

REFERENCE_RULES: tuple[tuple[str, ...], ...] = (
    (
        "R001",
        "文件名与里面的 id 相同",
        "改文件名，或改 id",
        "# 文件是 smalltalk_thanks.yml\nintent: thanks",
        "# 文件是 smalltalk_thanks.yml\nintent: smalltalk_thanks",
    ),
    (
        "R002",
        "依据要存在",
        "写成“文件#标题”，标题照 knowledge 里的“## ”抄",
        "source: beijing-2026#谁能参保",
        "source: beijing-2026#覆盖对象",
    ),
    (
        "R003",
        "依据属于同一地区",
        "换成这个地区的文件",
        "beijing:\n  source:\n    - liuzhou-2023#银行缴费",
        "beijing:\n  source:\n    - beijing-2026#参保时间与缴费标准",
    ),
    (
        "R004",
        "提到的意图要存在",
        "改正拼写，或删掉",
        "related:\n  - payment_chanels",
        "related:\n  - payment_channels",
    ),
    (
        "R005",
        "提到的意图在这个地区要有答案",
        "换成这个地区有答案的意图，或删掉",
        "elsewhere:\n  liuzhou: payment_window  # 柳州没有",
        "elsewhere:\n  liuzhou: payment_channels",
    ),
    (
        "R006",
        "提到的事实在这个地区要存在",
        "改正拼写，或在 knowledge/facts 里补上",
        "文件没有写能不能参保，请拨打{fact.hotline}确认。",
        "文件没有写能不能参保，请拨打{fact.hotline_insurance}确认。",
    ),
    (
        "R007",
        "花括号里只能写规定的名称",
        "改成 {fact.名称}，或去掉花括号",
        "文件没有写能不能参保，请拨打{电话}确认。",
        "文件没有写能不能参保，请拨打{fact.hotline_insurance}确认。",
    ),
    (
        "R008",
        "流程要存在，并和意图互相对应",
        "两边写成一致",
        "flow: choose_channel",
        "flow: choose_payment_channel",
    ),
    (
        "R009",
        "地区要存在",
        "改成 knowledge 和 _accounts.yml 里有的地区",
        "regions:\n  - luzhou",
        "regions:\n  - liuzhou",
    ),
    (
        "R010",
        "程序要用的文字都要写",
        "在 intents/_texts.yml 里补上",
        "（没有 fallback）",
        "texts:\n  fallback: …",
    ),
    (
        "R011",
        "elsewhere 只写自己没有答案的地区",
        "删掉这一行",
        "elsewhere:\n  beijing: payment_channels  # answers 里已有 beijing",
        "elsewhere:\n  liuzhou: payment_channels",
    ),
    (
        "R012",
        "日历里的名称要存在",
        "改成 knowledge/calendar 里写的名称",
        "windows:\n  - pay",
        "windows:\n  - payment",
    ),
    (
        "R013",
        "有答案的地区要有公众号",
        "在 intents/_accounts.yml 里给这个地区写一个公众号，或删掉这份答案",
        "answers:\n  nanning: …（没有南宁的公众号）",
        "answers:\n  liuzhou: …",
        "warning",
    ),
    (
        "R031",
        "人工服务时间要先后分明",
        "写成从早到晚、互不重叠的几段；跨过午夜的分两天写",
        'times: ["13:30-17:00", "09:00-14:00"]',
        'times: ["09:00-12:00", "13:30-17:00"]',
    ),
    (
        "R032",
        "客服账号只用于微信客服",
        "删掉 kf_account，或改成 to: wechat",
        "handoff:\n  to: console\n  kf_account: kf2001@gh_abc",
        "handoff:\n  to: wechat\n  kf_account: kf2001@gh_abc",
    ),
)
