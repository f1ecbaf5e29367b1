"""Every shipped file is what its JSON Schema says, as an editor checks it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from app.content.problems import ProblemList
from app.content.yaml_source import PlainValue, read_yaml
from tests.assistants import ROOT

FILES = sorted(
    path
    for folder in ("intents", "knowledge", "tests/conversations")
    for path in (ROOT / folder).rglob("*.yml")
)
_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


def plain(value: Any) -> Any:
    """Return data as an editor sees it: unquoted numbers and truth values are such."""
    if isinstance(value, PlainValue):
        if value.kind == "日期":
            return value.text
        return json.loads(value.text.lower()) if value.text else None
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


class Validator:
    """The part of draft 07 that the schemas use; an unknown keyword fails the test."""

    NOTES = frozenset(
        {"$schema", "title", "description", "examples", "default", "definitions", "format"}
    )
    TYPES: ClassVar[dict[str, tuple[type, ...]]] = {
        "object": (dict,),
        "array": (list,),
        "string": (str,),
        "integer": (int,),
        "boolean": (bool,),
        "null": (type(None),),
    }

    def __init__(self, schema: dict[str, Any]) -> None:
        self._root = schema

    def errors(self, value: Any, schema: Any = None, at: str = "") -> Iterator[str]:
        """Yield what does not fit."""
        schema = self._root if schema is None else schema
        if schema is False:
            yield f"{at}: not allowed"
        if isinstance(schema, bool):
            return
        for keyword, wanted in schema.items():
            if keyword in self.NOTES or keyword in {"then", "else"}:
                continue
            check = getattr(self, "check_" + keyword.replace("$", ""))
            yield from check(value, wanted, schema, at)

    def _fits(self, value: Any, schema: Any) -> bool:
        return not any(self.errors(value, schema))

    def check_ref(self, value: Any, wanted: str, _: Any, at: str) -> Iterator[str]:
        name = wanted.removeprefix("#/definitions/")
        yield from self.errors(value, self._root["definitions"][name], at)

    def check_type(self, value: Any, wanted: str, _: Any, at: str) -> Iterator[str]:
        if not isinstance(value, self.TYPES[wanted]) or (
            wanted == "integer" and isinstance(value, bool)
        ):
            yield f"{at}: {value!r} is no {wanted}"

    def check_properties(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:
        for key, schema in wanted.items():
            if isinstance(value, dict) and key in value:
                yield from self.errors(value[key], schema, f"{at}/{key}")

    def check_patternProperties(  # noqa: N802 - the keyword's name
        self, value: Any, wanted: Any, _: Any, at: str
    ) -> Iterator[str]:
        for pattern, schema in wanted.items():
            for key, item in value.items() if isinstance(value, dict) else ():
                if re.search(pattern, key):
                    yield from self.errors(item, schema, f"{at}/{key}")

    def check_additionalProperties(  # noqa: N802 - the keyword's name
        self, value: Any, wanted: Any, schema: Any, at: str
    ) -> Iterator[str]:
        patterns = schema.get("patternProperties", {})
        for key, item in value.items() if isinstance(value, dict) else ():
            known = key in schema.get("properties", {})
            if not known and not any(re.search(pattern, key) for pattern in patterns):
                yield from self.errors(item, wanted, f"{at}/{key}")

    def check_propertyNames(  # noqa: N802 - the keyword's name
        self, value: Any, wanted: Any, _: Any, at: str
    ) -> Iterator[str]:
        for key in value if isinstance(value, dict) else ():
            yield from self.errors(key, wanted, f"{at}/{key}")

    def check_required(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:
        for key in wanted:
            if isinstance(value, dict) and key not in value:
                yield f"{at}: {key} is missing"

    def check_items(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:
        for number, item in enumerate(value if isinstance(value, list) else ()):
            yield from self.errors(item, wanted, f"{at}/{number}")

    def check_anyOf(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:  # noqa: N802
        if not any(self._fits(value, schema) for schema in wanted):
            yield f"{at}: {value!r} fits none"

    def check_oneOf(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:  # noqa: N802
        if sum(self._fits(value, schema) for schema in wanted) != 1:
            yield f"{at}: {value!r} fits not exactly one"

    def check_allOf(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:  # noqa: N802
        for schema in wanted:
            yield from self.errors(value, schema, at)

    def check_if(self, value: Any, wanted: Any, schema: Any, at: str) -> Iterator[str]:
        branch = "then" if self._fits(value, wanted) else "else"
        yield from self.errors(value, schema.get(branch, True), at)

    def check_enum(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:
        if value not in wanted:
            yield f"{at}: {value!r} is none of {wanted}"

    def check_const(self, value: Any, wanted: Any, _: Any, at: str) -> Iterator[str]:
        if value != wanted:
            yield f"{at}: {value!r} is not {wanted}"

    def check_pattern(self, value: Any, wanted: str, _: Any, at: str) -> Iterator[str]:
        if isinstance(value, str) and not re.search(wanted, value):
            yield f"{at}: {value!r} is unlike {wanted}"

    def check_minimum(self, value: Any, wanted: int, _: Any, at: str) -> Iterator[str]:
        if isinstance(value, int) and value < wanted:
            yield f"{at}: {value} is below {wanted}"

    def check_maximum(self, value: Any, wanted: int, _: Any, at: str) -> Iterator[str]:
        if isinstance(value, int) and value > wanted:
            yield f"{at}: {value} is above {wanted}"

    def check_minLength(  # noqa: N802 - the keyword's name
        self, value: Any, wanted: int, _: Any, at: str
    ) -> Iterator[str]:
        if isinstance(value, str) and len(value) < wanted:
            yield f"{at}: too short"

    def check_maxLength(  # noqa: N802 - the keyword's name
        self, value: Any, wanted: int, _: Any, at: str
    ) -> Iterator[str]:
        if isinstance(value, str) and len(value) > wanted:
            yield f"{at}: too long"

    check_minItems = check_minProperties = staticmethod(  # noqa: N815 - the keywords' names
        lambda value, wanted, _, at: iter(
            [f"{at}: too few"] if isinstance(value, (list, dict)) and len(value) < wanted else []
        )
    )
    check_maxItems = check_maxProperties = staticmethod(  # noqa: N815 - the keywords' names
        lambda value, wanted, _, at: iter(
            [f"{at}: too many"] if isinstance(value, (list, dict)) and len(value) > wanted else []
        )
    )


def test_the_validator_finds_what_is_wrong() -> None:
    path = ROOT / "intents/_schema/intent.schema.json"
    validator = Validator(json.loads(path.read_text("utf-8")))
    wrong = {"intent": "A b", "title": "好", "kind": "faqs", "utterances": [], "extra": 1}
    assert len(list(validator.errors(wrong))) >= 4


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_file_names_its_schema_and_fits_it(path: Path) -> None:
    text = path.read_text("utf-8")
    named = _LINE.match(text)
    assert named, "the first line names no schema"
    schema = json.loads((path.parent / named.group(1)).resolve().read_text("utf-8"))
    source = read_yaml(path.name, text, ProblemList())
    assert source
    assert list(Validator(schema).errors(plain(source.data))) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "intents/_schema").glob("*.json")), ids=lambda p: p.name
)
def test_examples_are_what_the_schema_allows(path: Path) -> None:
    schema = json.loads(path.read_text("utf-8"))
    validator = Validator(schema)
    for part in (schema, *schema.get("definitions", {}).values()):
        for key, value in part["properties"].items():
            for example in value.get("examples", ()):
                assert list(validator.errors(example, value, key)) == []
