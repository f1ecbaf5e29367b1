"""A menu written as `intents/menu.yml` has it; comments and other accounts' menus stay."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from app.content.field_types import ID_PATTERN
from app.domain.menu import COMMAND_PREFIX, FLOW_PREFIX, Button, ButtonKind, Menu
from app.errors import SettingsError

_HEAD = "# yaml-language-server: $schema=./_schema/menu.schema.json\n"
_LINE_CHARS = 4096
"""Nothing is wrapped."""
Entry = dict[str, object]


def unwritable(menu: Menu) -> tuple[str, ...]:
    """Return the names of buttons that the file cannot say; others are left as they are."""
    return tuple(b.name for b in _leaves(menu) if b.kind is ButtonKind.OTHER or not _entry(b))


def menu_yaml(account: str, menu: Menu, present: str = "") -> str:
    """Return the file's text with the account's menu; what cannot be said is left out.

    Args:
        account: Id of the account.
        menu: What it is to have.
        present: Text of the file now; empty: there is none.

    Raises:
        SettingsError: The present text is no such file.
    """
    yaml = YAML()
    yaml.width = _LINE_CHARS
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        data = yaml.load(present) if present.strip() else {"menus": {}}
    except YAMLError as error:
        raise SettingsError("intents/menu.yml 读不懂，请先运行 yibao lint 改好") from error
    if not isinstance(data, dict) or not isinstance(data.setdefault("menus", {}), dict):
        raise SettingsError("intents/menu.yml 里应是 menus: 和各公众号的菜单")
    data["menus"][account] = [entry for b in menu.buttons for entry in _group(b)]
    stream = io.StringIO()
    yaml.dump(data, stream)
    text = stream.getvalue()
    return text if present.strip() else _HEAD + text


def _leaves(menu: Menu) -> Iterator[Button]:
    for button in menu.buttons:
        yield from button.children if button.kind is None else (button,)


def _group(button: Button) -> list[Entry]:
    if button.kind is not None:
        entry = _entry(button)
        return [entry] if entry else []
    children = [entry for child in button.children for entry in (_entry(child),) if entry]
    return [{"name": button.name, "buttons": children}] if children else []


def _entry(button: Button) -> Entry:
    """Return the button's keys; {} where it has none that the file knows."""
    entry: Entry = {"name": button.name}
    match button.kind:
        case ButtonKind.VIEW:
            return {**entry, "url": button.url}
        case ButtonKind.MINI_PROGRAM:
            page = {"app_id": button.app_id, "page_path": button.page_path}
            return {**entry, **page, "url": button.url}
        case ButtonKind.CLICK:
            name, target = _target(button.key)
            return {**entry, name: target} if re.fullmatch(ID_PATTERN, target) else {}
    return {}


def _target(key: str) -> tuple[str, str]:
    for prefix, name in ((FLOW_PREFIX, "flow"), (COMMAND_PREFIX, "command")):
        if key.startswith(prefix):
            return name, key.removeprefix(prefix)
    return "intent", key
