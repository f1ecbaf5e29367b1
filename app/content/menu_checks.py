"""Whether WeChat accepts the menus and whether each button leads somewhere.

Source of the limits: 自定义菜单 (three buttons, five below each, names 16 and 60 bytes, keys 128,
addresses 1024; the later documents' values); what is shown: 4 and 8 汉字 (staff in the community).
"""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from app.content.menu_model import ACTIONS, ButtonPart, TopButtonPart
from app.content.problems import did_you_mean
from app.content.scope import Scope
from app.content.yaml_source import NodePath, YamlSource
from app.domain.content import IntentKind

MAX_TOP = 3
MAX_SUB = 5
TOP_NAME_BYTES = 16
SUB_NAME_BYTES = 60
_TOP_SHOWN = 8
_SUB_SHOWN = 16
"""Half-width columns: four and eight 汉字."""
KEY_BYTES = 128
URL_BYTES = 1024
_FLOW_REMEDY = "改成 intents/flows 里有的、这个地区也有的流程"
_SPOKEN = {IntentKind.HANDOFF.value, IntentKind.SMALLTALK.value}


def check_menus(scope: Scope) -> None:
    """Report what is wrong with `intents/menu.yml`; a missing file is right."""
    menu = scope.files.menu
    if menu is None:
        return
    accounts = scope.files.accounts
    for account, parts in menu.value.menus.items():
        path: NodePath = ("menus", account)
        known = accounts.value.accounts.get(account) if accounts else None
        if accounts is not None and known is None:
            hint = did_you_mean(account, accounts.value.accounts)
            message = f"_accounts.yml 里没有公众号 {account}{hint}"
            scope.files.problems.add("M001", menu.source.key_place(path), message)
        region = known.region if known else ""
        _Checker(scope, menu.source, region).check_menu(path, parts)


class _Checker:
    """Checks one account's menu."""

    def __init__(self, scope: Scope, source: YamlSource, region: str) -> None:
        self._scope = scope
        self._source = source
        self._region = region
        self._problems = scope.files.problems

    def check_menu(self, path: NodePath, parts: list[TopButtonPart]) -> None:
        if len(parts) > MAX_TOP:
            place = self._source.place((*path, MAX_TOP))
            self._problems.add("M002", place, f"一级按钮有 {len(parts)} 个，最多 {MAX_TOP} 个")
        for i, part in enumerate(parts):
            here = (*path, i)
            self._check_name(here, part.name, TOP_NAME_BYTES, _TOP_SHOWN)
            self._check_action(here, part, is_group=part.buttons is not None)
            children = part.buttons or []
            if len(children) > MAX_SUB:
                place = self._source.place((*here, "buttons", MAX_SUB))
                message = f"“{part.name}”下面有 {len(children)} 个按钮，最多 {MAX_SUB} 个"
                self._problems.add("M002", place, message)
            for j, child in enumerate(children):
                below = (*here, "buttons", j)
                self._check_name(below, child.name, SUB_NAME_BYTES, _SUB_SHOWN)
                self._check_action(below, child, is_group=False)

    def _check_name(self, path: NodePath, name: str, most_bytes: int, shown: int) -> None:
        place = self._source.place((*path, "name"))
        size = len(name.encode())
        if size > most_bytes:
            message = f"“{name}”有 {size} 字节，最多 {most_bytes} 字节"
            self._problems.add("M003", place, message)
        elif _columns(name) > shown:
            message = f"“{name}”在手机上显示不全，最多 {shown // 2} 个汉字"
            self._problems.add("M004", place, message)

    def _check_action(self, path: NodePath, part: ButtonPart, *, is_group: bool) -> None:
        present = [key for key in ACTIONS if getattr(part, key) is not None]
        if part.app_id is not None:
            self._check_mini_program(path, part)
            present = [key for key in present if key != "url"]
        if is_group:
            present.append("buttons")
        if len(present) != 1:
            what = f"同时写了 {'、'.join(present)}" if present else "没有写点了做什么"
            place = self._source.place((*path, "name"))
            self._problems.add("M005", place, f"“{part.name}”{what}")
        self._check_targets(path, part)

    def _check_mini_program(self, path: NodePath, part: ButtonPart) -> None:
        for key in ("page_path", "url"):
            if getattr(part, key) is None:
                place = self._source.place((*path, "app_id"))
                self._problems.add("M005", place, f"小程序按钮“{part.name}”缺少 {key}")

    def _check_targets(self, path: NodePath, part: ButtonPart) -> None:
        if part.intent is not None:
            self._check_intent((*path, "intent"), part.intent)
        if part.flow is not None:
            self._check_flow((*path, "flow"), part.flow)
        if part.command is not None:
            self._check_command((*path, "command"), part.command)
        if part.url is not None:
            self._check_url((*path, "url"), part.url)
        longest = max((part.intent or "", part.flow or "", part.command or ""), key=len)
        if len(f"command:{longest}") > KEY_BYTES:
            place = self._source.place((*path, "name"))
            self._problems.add("M006", place, f"“{longest}”太长，微信的 KEY 最多 {KEY_BYTES} 字节")

    def _check_intent(self, path: NodePath, name: str) -> None:
        place = self._source.place(path)
        if not self._scope.is_intent(name):
            hint = did_you_mean(name, self._scope.files.intents)
            self._problems.add("R004", place, f"没有意图 {name}{hint}")
            return
        intent = self._scope.files.intents.get(name)
        if intent is not None and intent.value.kind in _SPOKEN:
            return
        if self._region and not self._scope.has_answer(name, self._region):
            self._problems.add("R005", place, f"意图 {name} 在 {self._region} 没有答案")

    def _check_flow(self, path: NodePath, name: str) -> None:
        place = self._source.place(path)
        if not self._scope.is_flow(name):
            hint = did_you_mean(name, self._scope.files.flows)
            self._problems.add("R008", place, f"没有流程 {name}{hint}", _FLOW_REMEDY)
            return
        flow = self._scope.files.flows.get(name)
        if flow is not None and self._region and self._region not in flow.value.regions:
            message = f"流程 {name} 里没有 {self._region}"
            self._problems.add("R008", place, message, _FLOW_REMEDY)

    def _check_command(self, path: NodePath, name: str) -> None:
        commands = self._scope.files.commands
        if commands is not None and name not in commands.value.commands:
            hint = did_you_mean(name, commands.value.commands)
            place = self._source.place(path)
            self._problems.add("M007", place, f"_commands.yml 里没有命令 {name}{hint}")

    def _check_url(self, path: NodePath, url: str) -> None:
        place = self._source.place(path)
        if not _is_address(url):
            self._problems.add("M008", place, f"{url} 不是完整的网址")
        elif len(url.encode()) > URL_BYTES:
            size = len(url.encode())
            self._problems.add("M008", place, f"网址有 {size} 字节，最多 {URL_BYTES} 字节")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    spaced = any(char.isspace() for char in url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not spaced


def _columns(name: str) -> int:
    """Count half-width columns: a 汉字 takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in name)
