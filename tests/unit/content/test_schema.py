from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.content.schema import SCHEMA_DIR, check_schemas, write_schemas

NAMES = {
    "accounts",
    "calendar",
    "commands",
    "conversation",
    "facts",
    "flow",
    "intent",
    "menu",
    "opposites",
    "places",
    "sensitive",
    "synonyms",
    "texts",
    "words",
}
# Keywords that drafts after 07 brought, or renamed: older editors ignore them.
TOO_NEW = {"$defs", "prefixItems", "dependentRequired", "unevaluatedProperties", "$anchor"}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory) -> dict[str, dict[str, Any]]:
    paths = write_schemas(tmp_path_factory.mktemp("root"))
    return {p.name.partition(".")[0]: json.loads(p.read_text("utf-8")) for p in paths}


def parts(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [part for item in schema for part in parts(item)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(part for value in schema.values() for part in parts(value))]


def test_there_is_one_per_kind_of_file(schemas) -> None:
    assert schemas.keys() == NAMES


def test_only_draft_07(schemas) -> None:
    for schema in schemas.values():
        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert not any(TOO_NEW & part.keys() for part in parts(schema))
        assert not re.search(r"\\[pPR]", json.dumps(schema))


def test_references_resolve(schemas) -> None:
    for schema in schemas.values():
        for part in parts(schema):
            if "$ref" in part:
                _, _, name = part["$ref"].partition("#/definitions/")
                assert name in schema["definitions"]


def test_operators_get_chinese_help_for_every_key(schemas) -> None:
    for schema in schemas.values():
        for part in (schema, *schema.get("definitions", {}).values()):
            for key, value in part["properties"].items():
                assert re.search("[一-鿿]", value["title"]), key
                assert re.search("[一-鿿]", value["description"]), key
            assert part["additionalProperties"] is False


def test_every_plain_value_has_an_example(schemas) -> None:
    for schema in schemas.values():
        for part in (schema, *schema.get("definitions", {}).values()):
            for key, value in part["properties"].items():
                # A group of keys is explained by its own keys.
                if not {"$ref", "patternProperties", "properties", "enum", "const"} & value.keys():
                    assert value.get("examples"), key


def test_intent_allows_only_the_keys_of_its_kind(schemas) -> None:
    rules = {r["if"]["properties"]["kind"]["const"]: r for r in schemas["intent"]["allOf"]}
    assert rules["smalltalk"]["then"]["properties"]["answers"] is False
    assert rules["smalltalk"]["then"]["required"] == ["replies"]
    assert rules["faq"]["then"]["properties"]["utterances"] == {"minItems": 15}
    assert "required" not in rules["faq"]["if"]
    assert rules["gap"]["if"]["required"] == ["kind"]


def test_check_tells_what_is_stale(tmp_path: Path) -> None:
    assert len(check_schemas(tmp_path)) == len(NAMES)
    write_schemas(tmp_path)
    assert check_schemas(tmp_path) == ()
    stale = SCHEMA_DIR / "flow.schema.json"
    (tmp_path / stale).write_text("{}")
    assert check_schemas(tmp_path) == (stale,)
