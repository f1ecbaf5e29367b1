"""Rules about the form of content files: syntax (Y) and structure (S).

Each entry: code, title, remedy, bad example, good example, level where it is not `error`.
"""

from __future__ import annotations

FORM_RULES: tuple[tuple[str, ...], ...] = (
    (
        "Y001",
        "缩进只用空格",
        "把 Tab 换成空格，每级两个",
        "utterances:\n→- 缴费日期  # → 表示 Tab",
        "utterances:\n  - 缴费日期",
    ),
    (
        "Y002",
        "文件用 UTF-8 编码",
        "用编辑器“另存为”，编码选 UTF-8",
        "记事本存成“ANSI”的文件",
        "编码为 UTF-8 的文件",
    ),
    (
        "Y003",
        "文件开头没有 BOM",
        "另存为时选“UTF-8”，不要选“UTF-8 BOM”",
        "存成“带有 BOM 的 UTF-8”",
        "存成“UTF-8”",
    ),
    (
        "Y004",
        "文件不是空的",
        "写上内容，不需要的文件就删掉",
        "（文件是 0 字节）",
        "words: [居民医保, 城乡医保]",
    ),
    (
        "Y005",
        "同一个名称只写一次",
        "把两处合并，删掉一处",
        "title: 一年交多少钱\ntitle: 缴费标准",
        "title: 一年交多少钱",
    ),
    (
        "Y006",
        "名称后面用半角冒号",
        "改成半角冒号加一个空格“: ”",
        "title：一年交多少钱",
        "title: 一年交多少钱",
    ),
    (
        "Y007",
        "列表用半角横线，缩进用半角空格",
        "改成半角的“- ”",
        "utterances:\n  － 缴费日期",
        "utterances:\n  - 缴费日期",
    ),
    (
        "Y008",
        "像数字、日期或空值的文字要加引号",
        "加上双引号",
        "confirm: 12333",
        'confirm: "12333"',
    ),
    (
        "Y009",
        "钟点和 yes、no、on、off 加引号",
        "加上双引号",
        "utterances:\n  - 12:30",
        'utterances:\n  - "12:30"',
        "warning",
    ),
    (
        "Y010",
        "不用 YAML 的引用和类型标记",
        "直接写出内容；句子以 &、*、! 开头时给整句加双引号",
        "related: *same",
        "related:\n  - payment_channels",
    ),
    (
        "Y011",
        "文件要读得懂",
        "对照别的文件，检查这一行和上一行的缩进、冒号、引号",
        'title: "一年交多少钱',
        'title: "一年交多少钱"',
    ),
    (
        "Y012",
        "冒号和横线后面要有空格",
        "补一个空格",
        "title:一年交多少钱",
        "title: 一年交多少钱",
    ),
    (
        "Y013",
        "文件名和位置要对",
        "意图放 intents/名称.yml，流程放 intents/flows/名称.yml，文件放 knowledge/名称.md",
        "intents/Thanks.yaml",
        "intents/smalltalk_thanks.yml",
    ),
    (
        "Y014",
        "文件（knowledge/*.md）开头要有信息栏",
        "第一行写“---”，然后是 id、title 等，再写一行“---”",
        "# 柳州市居民医保学生参保热点问答",
        (
            "---\n"
            "id: liuzhou-2023\n"
            "title: 柳州市居民医保学生参保热点问答\n"
            "publisher: 柳州市医疗保障事业管理中心\n"
            "published: 2022-09-28\n"
            "region: liuzhou\n"
            "applies_to: 2023 年度\n"
            "valid_from: 2022-09-28\n"
            "valid_until: 2023-12-31\n"
            "confirm: “柳州医保”或“广西税务12366”公众号\n"
            "---\n"
            "\n"
            "# 柳州市居民医保学生参保热点问答"
        ),
    ),
    (
        "Y015",
        "文件要能打开",
        "检查文件的权限，或稍后再试",
        "（没有读取权限）",
        "（程序的用户可以读取）",
    ),
    (
        "Y016",
        "一句话写在一行里，列表的横线上下对齐",
        "列表里的每一句前面写“- ”，和上一句的“- ”对齐；一段里要换行时用“|-”",
        "utterances:\n  - 缴费日期\n   - 礼拜六能交吗",
        "utterances:\n  - 缴费日期\n  - 礼拜六能交吗",
    ),
    (
        "Y017",
        "引号、括号、逗号用半角的",
        "改成半角的",
        "title: ＂一年交多少钱＂",
        'title: "一年交多少钱"',
    ),
    (
        "Y018",
        "一个文件最大 1 MB",
        "删掉多余的内容，或分成几个文件",
        "（把整本手册贴进一个文件）",
        "（一份文件几十 KB）",
    ),
    (
        "Y019",
        "小标题写成“## 标题”",
        "改成两个半角的 # 加一个空格",
        "＃＃ 重复参保",
        "## 重复参保",
    ),
    (
        "Y020",
        "整段文字外面不用中文引号",
        "去掉引号；真要显示引号时，外面再加一对半角双引号",
        "title: “一年交多少钱”",
        "title: 一年交多少钱",
        "warning",
    ),
    (
        "S001",
        "没有多余的键",
        "改正拼写，或删掉这一行",
        "relatd:\n  - payment_channels",
        "related:\n  - payment_channels",
    ),
    (
        "S002",
        "必需的键都要写",
        "补上这个键",
        "intent: smalltalk_thanks\nkind: smalltalk",
        "intent: smalltalk_thanks\ntitle: 道谢\nkind: smalltalk",
    ),
    (
        "S003",
        "值的样子要对",
        "文字写在冒号后面；列表每项一行，以“- ”开头",
        "words: 居民医保",
        "words:\n  - 居民医保",
    ),
    ("S004", "值要在规定的几种之内", "改成其中一种", "kind: question", "kind: faq"),
    (
        "S005",
        "名称只用小写字母、数字和下划线，依据写成“文件#标题”",
        "改成规定的样子",
        "source: beijing-2026",
        "source: beijing-2026#覆盖对象",
    ),
    (
        "S006",
        "每种意图只写它该有的键",
        "删掉多余的键，或改 kind",
        "kind: smalltalk\nabout: 道谢",
        "kind: smalltalk",
    ),
    (
        "S007",
        "不能留空",
        "写上内容，或删掉这个键",
        "related:",
        "related:\n  - payment_channels",
    ),
    (
        "S008",
        "日期写成 2025-11-30，先后不能颠倒",
        "改成“年-月-日”，并检查先后",
        "valid_until: 2023年12月31日",
        "valid_until: 2023-12-31",
    ),
    (
        "S009",
        "公用文件和依据文件都要有",
        "补上这个文件",
        "（没有 intents/_words.yml）",
        "intents/_texts.yml、_commands.yml、_synonyms.yml、_words.yml、_places.yml、_accounts.yml",
    ),
    (
        "S010",
        "第一行写明用哪份格式说明",
        "照同一文件夹里别的文件写第一行，编辑器就会补全和提示",
        "# yaml-language-server: $schema=./_schema/flow.schema.json（在意图文件里）",
        "# yaml-language-server: $schema=./_schema/intent.schema.json",
        "warning",
    ),
)
