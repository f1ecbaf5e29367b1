"""Rules about flows (F).

Each entry: code, title, remedy, bad example, good example, level where it is not `error`.
"""

from __future__ import annotations

FLOW_RULES: tuple[tuple[str, ...], ...] = (
    (
        "F001",
        "每种情况都要有一行",
        "补上这些情况",
        "只写了 hukou: beijing",
        "hukou: beijing 和 hukou: other 各一行",
    ),
    (
        "F002",
        "同一种情况只能有一行",
        "把其中一行的条件写得更窄",
        "- when: {hukou: other, stage: [school, college], full_time: full}  # 上一行已有 school",
        "- when: {hukou: other, stage: college, full_time: full}",
    ),
    (
        "F003",
        "每一行都要用得到",
        "删掉这一行，或改它的条件",
        (
            "- when: {channel: bank}\n"
            "  answer: pay_by_bank\n"
            "- when: {channel: bank}\n"
            "  answer: pay_by_alipay"
        ),
        "- when: {channel: bank}\n  answer: pay_by_bank",
    ),
    (
        "F004",
        "条件里的槽位和选项要存在",
        "改成 slots 里写的名称",
        "- when: {chanel: bank}\n  answer: pay_by_bank",
        "- when: {channel: bank}\n  answer: pay_by_bank",
    ),
    (
        "F005",
        "每行写 verdict、say、source，或只写 answer，或只写 flow",
        "补上缺的，或删掉多的",
        "verdict: covered\nsay: 可以参保。  # 没有 source",
        "verdict: covered\nsay: 可以参保。\nsource: beijing-2026#覆盖对象",
    ),
    (
        "F006",
        "每个槽位都要用来决定",
        "在 decide 里用上，或删掉这个槽位",
        "问了年级，但各行都没有用",
        "when: {stage: school}",
        "warning",
    ),
    (
        "F007",
        "一种回答只能对应一个选项",
        "留一处，另一处删掉或改得更明确",
        "synonyms: [去银行, 手机银行, 市民中心]  # “支付宝”也写了“市民中心”",
        "synonyms: [去银行, 手机银行]",
    ),
    (
        "F008",
        "情况总数不能太多",
        "减少槽位或选项，或分成几个流程",
        "十个槽位、每个五个选项",
        "三个槽位、每个三个选项",
    ),
    (
        "F009",
        "比较和它的依据要一起写",
        "补上缺的一个",
        "compare: …（没有 compare_source）",
        "compare: …\ncompare_source: beijing-2026#缴费时间及方式",
    ),
    (
        "F010",
        "流程不能绕回自己",
        "去掉其中一处 flow",
        "甲流程写 flow: 乙，乙流程写 flow: 甲",
        "乙流程自己给出结论",
    ),
    (
        "F011",
        "一次最多连问 8 个问题",
        "合并问题，或把一部分条件写成 unsaid（不问，家长说了才算）",
        "九个槽位都要问",
        "三个槽位",
    ),
    (
        "F012",
        "槽位要合它的类型",
        "对照 docs/flows.md 里这种类型的写法",
        "type: region\nchoices: {here: …}",
        "type: region\nchoices: {inside: {synonyms: [亦庄]}}",
    ),
    (
        "F013",
        "数字和日期的选项要连起来，不空、不重叠",
        "从小到大写，后一个从前一个的下一个数（下一天）开始",
        "few: {max: 2}\nmany: {min: 4}",
        "few: {max: 2}\nmany: {min: 3}",
    ),
    (
        "F014",
        "说法里的括号和竖线要成对",
        "写成 (甲|乙)，不能套着写",
        "synonyms: [去银行, 银行(柜台|网点]",
        "synonyms: [去银行, 银行(柜台|网点)]",
    ),
    (
        "F015",
        "启动流程的话不能是某个意图的说法",
        "留一处：具体的问题由意图直接回答",
        "starts: [缴费渠道]  # 是某个意图的说法",
        "starts: [选个缴费渠道]",
    ),
    (
        "F016",
        "流程测试的地区和结果要存在",
        "region 写流程里有的地区，ends 写那里的 verdict 或意图",
        "- {region: liuzhou, say: 去银行, ends: pay_by_bnk}",
        "- {region: liuzhou, say: 去银行, ends: pay_by_bank}",
    ),
    (
        "F017",
        "同名的槽位，选项要一样",
        "改名，或改成同样的选项",
        "两个流程都有 place，一个有 abroad，一个没有",
        "两处都写 type: region",
    ),
)
