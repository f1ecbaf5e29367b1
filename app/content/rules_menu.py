"""Rules about `intents/menu.yml` (M); entries as in `rules_meaning`."""

from __future__ import annotations

MENU_RULES: tuple[tuple[str, ...], ...] = (
    (
        "M001",
        "菜单属于一个公众号",
        "改成 _accounts.yml 里有的名称",
        "menus:\n  peking:",
        "menus:\n  beijing:",
    ),
    (
        "M002",
        "一级按钮最多 3 个，每个下面最多 5 个",
        "删掉几个，或合并到同一个一级按钮下面",
        (
            "- {name: 缴费, intent: payment_channels}\n"
            "- {name: 标准, intent: fee_standard}\n"
            "- {name: 时间, intent: payment_window}\n"
            "- {name: 参保, intent: enrolment_eligibility}"
        ),
        (
            "- {name: 缴费, intent: payment_channels}\n"
            "- {name: 标准, intent: fee_standard}\n"
            "- {name: 时间, intent: payment_window}"
        ),
    ),
    (
        "M003",
        "按钮上的字不能超过微信的上限",
        "写短一些",
        "name: 学生医保缴费查询  # 一级最多 16 字节",
        "name: 缴费",
    ),
    (
        "M004",
        "按钮上的字要显示得全",
        "写短一些，一级 4 个汉字、二级 8 个汉字以内",
        "name: 常见问题吧",
        "name: 常见问题",
        "warning",
    ),
    (
        "M005",
        "每个按钮只做一件事",
        "intent、flow、command、url、小程序（app_id、page_path、url）、buttons 里只留一种",
        "name: 缴费\nintent: payment_channels\nurl: https://example.org/",
        "name: 缴费\nintent: payment_channels",
    ),
    (
        "M006",
        "按钮的 KEY 不能太长",
        "把意图、流程或命令的名称改短",
        "intent: （130 个字母）",
        "intent: payment_channels",
    ),
    (
        "M007",
        "按钮里的命令要存在",
        "改成 _commands.yml 里写的名称",
        "command: halp",
        "command: help",
    ),
    (
        "M008",
        "网址要完整，最多 1024 字节",
        "写成 https:// 开头的完整网址",
        "url: www.example.org",
        "url: https://www.example.org/",
    ),
)
