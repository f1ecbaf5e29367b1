"""One file's data into its model; what does not fit is reported in Chinese at its line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.content.field_types import FileModel
from app.content.problems import ProblemList, did_you_mean
from app.content.yaml_source import NodePath, PlainValue, YamlSource

M = TypeVar("M", bound=FileModel)

_KEY_ERROR = "[key]"
"""What pydantic appends to the location of an error in the key of a mapping."""
_OUT_OF_RANGE = {"greater_than_equal", "less_than_equal"}


@dataclass(frozen=True, slots=True)
class Parsed(Generic[M]):
    """A content file in its model, with the positions for later messages."""

    source: YamlSource
    value: M

    @property
    def file(self) -> str:
        """The file, relative to the content root."""
        return self.source.file


def parse_model(model: type[M], source: YamlSource, problems: ProblemList) -> Parsed[M] | None:
    """Return the file in its model, or None after reporting everything that does not fit."""
    try:
        return Parsed(source, model.model_validate(source.data))
    except ValidationError as error:
        _Reporter(model, source, problems).report_all(error.errors(include_url=False))
        return None


class _Reporter:
    """Puts pydantic's findings into words."""

    def __init__(self, model: type[FileModel], source: YamlSource, problems: ProblemList) -> None:
        self._schema = _json_schema(model)
        self._source = source
        self._problems = problems

    def report_all(self, details: Sequence[ErrorDetails]) -> None:
        """Report each mistake once: a misspelled key is not missing as well."""
        meant = set()
        for detail in details:
            if detail["type"] == "extra_forbidden":
                path = tuple(detail["loc"])
                key = self._meant_by(path)
                meant.add((*path[:-1], key))
        for detail in details:
            if detail["type"] != "missing" or tuple(detail["loc"]) not in meant:
                self._report(detail)

    def _meant_by(self, path: NodePath) -> str:
        """Return the key that an unknown one stands for, or an empty string."""
        known = _part_of(self._schema, path[:-1]).get("properties", {})
        key = str(path[-1])
        written = key.partition("：")[0]
        named = [name for name, part in known.items() if part.get("title") == key]
        near = difflib.get_close_matches(written.lower(), sorted(known), n=1, cutoff=0.7)
        return next(iter([*named, *near]), "")

    def _report(self, detail: ErrorDetails) -> None:
        path: NodePath = tuple(detail["loc"])
        kind = detail["type"]
        found = detail["input"]
        if path and path[-1] == _KEY_ERROR:
            place = self._source.key_place(path[:-1])
            if self._problems.has("Y008", place):
                return
            self._problems.add("S005", place, f"名称“{found}”只能用小写字母、数字和下划线")
        elif kind == "extra_forbidden":
            self._report_unknown(path)
        elif kind == "missing":
            place = self._source.place(path[:-1])
            self._problems.add("S002", place, f"{self._within(path)}缺少 {self._label(path)}")
        elif isinstance(found, PlainValue):
            self._report_plain(path, found)
        else:
            self._report_value(kind, path, found, detail.get("ctx", {}))

    def _report_unknown(self, path: NodePath) -> None:
        key = str(path[-1])
        place = self._source.key_place(path)
        if "：" in key:
            at = self._source.find_key(path, "：")
            self._problems.add("Y006", at, f"“{key}”用了全角冒号")
            return
        meant = self._meant_by(path)
        hint = f"，是不是想写“{meant}”？" if meant else ""
        if not self._problems.has("Y008", place):
            self._problems.add("S001", place, f"不认识的键 {key}{hint}")

    def _report_plain(self, path: NodePath, found: PlainValue) -> None:
        place = self._source.place(path)
        if found.kind == "空值" and not found.text:
            self._problems.add("S007", self._source.key_place(path), f"{self._label(path)} 是空的")
        elif _part_of(self._schema, path).get("format") == "date":
            self._problems.add("S008", place, f"{self._label(path)} 不是一个日期：{found.text}")
        elif _part_of(self._schema, path).get("type") == "integer":
            self._report_number(path, found.text)
        elif _part_of(self._schema, path).get("type") == "boolean":
            self._report_truth(path, found.text)
        else:
            message = f"{found.text} 没有加引号，会被当作{found.kind}而不是文字"
            self._problems.add("Y008", place, message, f'写成 "{found.text}"')

    def _report_value(self, kind: str, path: NodePath, found: Any, ctx: Mapping[str, Any]) -> None:
        place = self._source.place(path)
        label = self._label(path)
        if kind.startswith("date"):
            self._problems.add("S008", place, f"{label} 不是一个日期：{found}")
        elif kind.startswith("time"):
            message = f"{label} 不是一个钟点：{found}"
            self._problems.add("S003", place, message, '写成 "15:00"')
        elif kind.startswith("int") or kind in _OUT_OF_RANGE:
            self._report_number(path, found)
        elif kind.startswith("bool"):
            self._report_truth(path, found)
        elif kind == "literal_error":
            expected = str(ctx.get("expected", "")).replace("'", "").replace(" or ", "、")
            hint = did_you_mean(str(found), expected.replace("、", ", ").split(", "))
            message = f"{label} 不能是“{found}”{hint}"
            self._problems.add("S004", place, message, f"只能是 {expected.replace(', ', '、')}")
        elif kind == "too_short":
            least = ctx.get("min_length", 1)
            message = f"{label} 是空的" if not found else f"{label} 至少要有 {least} 项"
            self._problems.add("S007", self._source.key_place(path), message)
        elif kind == "string_pattern_mismatch":
            rule, message = _spelling(str(found), str(ctx.get("pattern", "")), label)
            self._problems.add(rule, place, message)
        else:
            message, remedy = _wrong_kind(kind, label, found)
            rule = "Y017" if "全角" in message else "S003"
            self._problems.add(rule, place, message, remedy)

    def _report_number(self, path: NodePath, found: Any) -> None:
        schema = _part_of(self._schema, path)
        least, most = schema.get("minimum", 0), schema.get("maximum")
        limits = f"从 {least} 到 {most}" if most else f"至少是 {least}"
        message = f"{self._label(path)} 应是一个整数，{limits}：{found}"
        self._problems.add("S003", self._source.place(path), message, "写成数字，例如 15")

    def _report_truth(self, path: NodePath, found: Any) -> None:
        message = f"{self._label(path)} 应是 true 或 false：{found}"
        self._problems.add("S003", self._source.place(path), message, "写 true 或 false")

    def _label(self, path: NodePath) -> str:
        """Name the value: its key, its Chinese title, its number in a list."""
        names = [part for part in path if isinstance(part, str)]
        if not names:
            return "文件"
        keys = len(path) - next(i for i, p in enumerate(reversed(path)) if isinstance(p, str))
        title = _part_of(self._schema, path[:keys]).get("title", "")
        label = f"{names[-1]}（{title}）" if title else names[-1]
        if isinstance(path[-1], int):
            label += f" 的第 {path[-1] + 1} 项"
        return label

    def _within(self, path: NodePath) -> str:
        parent = path[:-1]
        return f"{self._label(parent)} " if parent else ""


_FORMS = {
    "#": "“文件#标题”",
    ":[0-5]": "“09:00-12:00”这样",
    "@": "“客服账号@公众号”",
    r"\S.{2,}": "至少四个字",
}
"""What stands in a pattern → how the text is to be written."""


def _spelling(found: str, pattern: str, label: str) -> tuple[str, str]:
    """Return rule and message for a text that is blank or spelled unlike an id or anchor."""
    if not found.strip():
        return "S007", f"{label} 是空的"
    if "，" in found or "、" in found:
        return "Y017", f"{label} 里用了中文的逗号或顿号：{found}"
    for mark, form in _FORMS.items():
        if mark in pattern:
            return "S005", f"{label} 要写成{form}：{found}"
    return "S005", f"{label} 只能用小写字母、数字、下划线：{found}"


def _wrong_kind(kind: str, label: str, found: Any) -> tuple[str, str]:
    """Return message and remedy for a value of another kind than the key takes."""
    shown = "一段文字"
    if isinstance(found, dict):
        shown = "一组“名称: 内容”"
    elif isinstance(found, list):
        shown = "一个列表"
    if kind == "list_type" and isinstance(found, str) and found[:1] in set("［【"):
        return f"{label} 应是列表，方括号却是全角的", "写成 [甲, 乙]，括号和逗号都用半角"
    if kind == "list_type":
        return f"{label} 应是列表，这里是{shown}", "每项一行，以“- ”开头"
    if kind in {"dict_type", "model_type"}:
        return (
            f"{label} 应是一组“名称: 内容”，这里是{shown}",
            "每行写“名称: 内容”，比上一行多缩进两格",
        )
    remedy = ""
    if isinstance(found, dict):
        remedy = "句子里有“: ”时给整句加双引号"
    elif isinstance(found, list):
        remedy = "句子以 [ 开头时给整句加双引号；只写一句时不要“- ”"
    return f"{label} 应是一段文字，这里是{shown}", remedy


@cache
def _json_schema(model: type[FileModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _part_of(schema: dict[str, Any], path: NodePath) -> dict[str, Any]:
    """Return the part of a JSON Schema that describes the value at `path`, or {}."""
    part = _resolve(schema, schema)
    for step in path:
        part = _resolve(schema, _child(part, step))
    return part


def _child(part: dict[str, Any], step: str | int) -> dict[str, Any]:
    if isinstance(step, int):
        return dict(part.get("items", {}))
    properties = part.get("properties", {})
    if step in properties:
        return dict(properties[step])
    patterns = list(part.get("patternProperties", {}).values())
    extra = part.get("additionalProperties")
    return dict(patterns[0] if patterns else extra if isinstance(extra, dict) else {})


def _resolve(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference and take the full form of several, keeping the field's own title."""
    while "$ref" in part or "anyOf" in part:
        if "$ref" in part:
            target = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
        else:
            target = part["anyOf"][0]
        own = {key: value for key, value in part.items() if key not in {"$ref", "anyOf"}}
        part = {**target, **own}
        if "title" in target and "title" not in own:
            part.pop("title")
    return part
