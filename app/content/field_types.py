"""Kinds of value that content files are made of: texts, ids, anchors, days."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import WithJsonSchema
from pydantic_core import CoreSchema

from app.content.yaml_source import PlainValue

ID_PATTERN = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
ANCHOR_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*#\S+$"


def as_list(value: Any) -> Any:
    """Let a single text stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _as_number(value: Any) -> Any:
    """Let an unquoted or quoted whole number through; pydantic reports anything else."""
    text = value.text if isinstance(value, PlainValue) else value
    return int(text) if isinstance(text, str) and text.strip().isdecimal() else value


_WORDS_OF_TRUTH = {
    **dict.fromkeys(("true", "yes", "on", "是"), True),
    **dict.fromkeys(("false", "no", "off", "否"), False),
}


def _as_truth(value: Any) -> Any:
    """Let `true`, `false`, 是 and 否 through; pydantic reports anything else."""
    text = value.text if isinstance(value, PlainValue) else value
    return _WORDS_OF_TRUTH.get(text.strip().lower(), value) if isinstance(text, str) else value


def _as_month(value: Any) -> Any:
    """Let `2026-01` through as the first day of the month; pydantic reports anything else."""
    text = value.text if isinstance(value, PlainValue) else value
    if not isinstance(text, str):
        return value
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        return value


def _as_clock(value: Any) -> Any:
    """Let `15:00` through; pydantic reports anything else."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.strptime(value.strip(), "%H:%M").time()  # noqa: DTZ007 - a time of any day
    except ValueError:
        return value


def _as_date(value: Any) -> Any:
    """Let an unquoted or quoted ISO date through; pydantic reports anything else."""
    text = value.text if isinstance(value, PlainValue) else value
    if not isinstance(text, str):
        return value
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return value


Text = Annotated[str, StringConstraints(pattern=r"\S")]
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
AnchorRef = Annotated[str, StringConstraints(pattern=ANCHOR_PATTERN)]
Day = Annotated[
    date,
    BeforeValidator(_as_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Month = Annotated[
    date,
    BeforeValidator(_as_month),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$", "format": "date"}),
]
Clock = Annotated[
    time,
    BeforeValidator(_as_clock),
    WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}$"}),
]
Truth = Annotated[bool, BeforeValidator(_as_truth), WithJsonSchema({"type": "boolean"})]
Number = Annotated[int, Field(ge=1), BeforeValidator(_as_number)]
Count = Annotated[int, Field(ge=0), BeforeValidator(_as_number)]
DayOfMonth = Annotated[int, Field(ge=1, le=31), BeforeValidator(_as_number)]
WindowRef = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9_]*)?$")
]
Texts = Annotated[list[Text], Field(min_length=1)]
TEXT_SCHEMA = {"type": "string", "pattern": r"\S"}
ID_SCHEMA = {"type": "string", "pattern": ID_PATTERN}


class AlsoWritten:
    """Annotation: editors accept these shorter forms as well; a validator expands them."""

    def __init__(self, *forms: dict[str, Any]) -> None:
        self._forms = forms

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema of the full form or one of the shorter ones."""
        return {"anyOf": [handler(core_schema), *self._forms]}


AnchorRefs = Annotated[
    list[AnchorRef],
    Field(min_length=1),
    BeforeValidator(as_list),
    AlsoWritten({"type": "string", "pattern": ANCHOR_PATTERN}),
]
TextOrTexts = Annotated[
    list[Text], Field(min_length=1), BeforeValidator(as_list), AlsoWritten(TEXT_SCHEMA)
]


class FileModel(BaseModel):
    """Rules for all content files: no unknown keys, no conversion of values."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AnswerPart(FileModel):
    """A text with what it rests on: an answer, or a comparison."""

    source: AnchorRefs = Field(
        title="依据",
        description="文件#标题，一个或几个。答案里的数字、日期、电话、网址、引号里的名称都要在里面。",
        examples=["beijing-2026#参保时间与缴费标准"],
    )
    windows: Annotated[list[WindowRef], Field(min_length=1)] = Field(
        default_factory=list,
        title="和哪些日子有关",
        description="knowledge/calendar 里的窗口；程序按提问的时刻，在答案前面说能不能、"
        "下一次是哪天。只问一种渠道的写“窗口.渠道”。",
        examples=[["payment"], ["payment.counter"]],
    )
    windows_if_asked: Annotated[list[WindowRef], Field(min_length=1)] = Field(
        default_factory=list,
        title="问到日子才说的窗口",
        description="写法同 windows；只有整句就在问日子（“柜台现在能交吗”）时才放在答案前面。",
        examples=[["payment.counter"]],
    )
    text: Text = Field(
        title="答案",
        description="第一行写结论，后面每行一步。不写 Markdown；金额、电话等写 {fact.名称}。",
        examples=["每人每年 {fact.fee_yearly}。"],
    )
