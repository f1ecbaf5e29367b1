"""The JSON Schemas beside the intents, for editors: generated, committed, checked.

Only draft-07 keywords, because older editors know no later draft.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.content.calendar_model import CalendarFile
from app.content.conversation_model import ConversationsFile
from app.content.field_types import FileModel
from app.content.flow_model import FlowFile
from app.content.intent_model import (
    KEYS_BY_KIND,
    MAX_TITLE_CHARS,
    MIN_TESTS,
    MIN_UTTERANCES,
    REQUIRED_BY_KIND,
    IntentFile,
)
from app.content.menu_model import MenuFile
from app.content.schema_examples import add_examples
from app.content.shared_models import (
    AccountsFile,
    CommandsFile,
    FactsFile,
    OppositesFile,
    PlacesFile,
    SensitiveFile,
    SynonymsFile,
    TextsFile,
    WordsFile,
)
from app.domain.content import IntentKind

SCHEMA_DIR = Path("intents/_schema")
"""Relative to the content root."""

_MODELS: dict[str, tuple[str, type[FileModel]]] = {
    "intent": ("意图", IntentFile),
    "flow": ("流程", FlowFile),
    "conversation": ("测试对话", ConversationsFile),
    "facts": ("事实", FactsFile),
    "calendar": ("政策日历", CalendarFile),
    "texts": ("机器人自己的话", TextsFile),
    "commands": ("命令", CommandsFile),
    "synonyms": ("同义词", SynonymsFile),
    "opposites": ("相反的说法", OppositesFile),
    "sensitive": ("不该出现的字样", SensitiveFile),
    "words": ("整词", WordsFile),
    "places": ("地名", PlacesFile),
    "accounts": ("公众号", AccountsFile),
    "menu": ("公众号菜单", MenuFile),
}


def write_schemas(root: Path) -> tuple[Path, ...]:
    """Write all schemas below the content root; return their paths."""
    paths = []
    for relative, text in _texts().items():
        path = root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def check_schemas(root: Path) -> tuple[Path, ...]:
    """Return the paths, relative to the root, of schemas that are missing or out of date."""
    stale = []
    for relative, text in _texts().items():
        path = root / relative
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(relative)
    return tuple(stale)


def _texts() -> dict[Path, str]:
    return {
        SCHEMA_DIR / f"{name}.schema.json": json.dumps(
            _build(title, model), ensure_ascii=False, indent=2
        )
        + "\n"
        for name, (title, model) in _MODELS.items()
    }


def _build(title: str, model: type[FileModel]) -> dict[str, Any]:
    generated = model.model_json_schema(ref_template="#/definitions/{model}")
    definitions = generated.pop("$defs", {})
    for name, part in ((model.__name__, generated), *definitions.items()):
        _drop_program_words(part)
        add_examples(name, part)
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **generated,
        "title": title,
    }
    if definitions:
        schema["definitions"] = definitions
    if model is IntentFile:
        schema["properties"]["title"]["maxLength"] = MAX_TITLE_CHARS
        schema["allOf"] = [_kind_rule(kind) for kind in IntentKind]
    return schema


def _drop_program_words(part: dict[str, Any]) -> None:
    """Remove class names, docstrings and empty defaults: they mean nothing to an operator."""
    part.pop("title", None)
    part.pop("description", None)
    for key, value in part.get("properties", {}).items():
        if "patternProperties" in value:
            value["additionalProperties"] = False
        if value.get("default", ...) in (None, "", [], {}):
            del value["default"]
        options = value.get("anyOf", ())
        real = [option for option in options if option != {"type": "null"}]
        if len(real) == 1 and len(options) > 1:
            del value["anyOf"]
            part["properties"][key] = {**real[0], **value}
        elif len(real) < len(options):
            value["anyOf"] = real


def _kind_rule(kind: IntentKind) -> dict[str, Any]:
    """Return the if/then rule for one kind of intent; FAQ is what a file without kind is."""
    condition: dict[str, Any] = {"properties": {"kind": {"const": kind.value}}}
    if kind is not IntentKind.FAQ:
        condition["required"] = ["kind"]
    forbidden = sorted(set(IntentFile.model_fields) - KEYS_BY_KIND[kind])
    then: dict[str, Any] = {"properties": dict.fromkeys(forbidden, False)}
    if REQUIRED_BY_KIND[kind]:
        then["required"] = list(REQUIRED_BY_KIND[kind])
    if kind is IntentKind.FAQ:
        then["properties"]["utterances"] = {"minItems": MIN_UTTERANCES}
        then["properties"]["tests"] = {"minItems": MIN_TESTS}
        then["anyOf"] = [{"required": ["answers"]}, {"required": ["flow"]}]
    return {"if": condition, "then": then}
