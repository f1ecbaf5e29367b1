"""What is wrong with a setting: its name, what was found, what to do about it.

A value is never repeated: it may be a secret in the wrong variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.errors import SettingsError
from app.trace_export import traces_endpoint
from app.wechat.api.exchange import checked_url

_TURN_RESERVE_S = 1.0
"""What the turn itself needs of its budget, on a busy machine with a slow store."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One setting that keeps the process from starting."""

    name: str
    """Of the environment variable, `YIBAO_…`."""
    cause: str
    """Chinese."""
    remedy: str
    """Chinese."""

    def __str__(self) -> str:
        return f"{self.name}：{self.cause}，{self.remedy}"


_NUMBER = "应是数字"
_TYPES = {
    "int_parsing": "应是整数",
    "int_from_float": "应是整数",
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": "应是 true 或 false",
    "datetime_parsing": "应是时间，例如 2025-12-10T10:00",
    "datetime_from_date_parsing": "应是时间，例如 2025-12-10T10:00",
}
"""Types of pydantic's errors → what is expected."""
_LIMITS = {"gt": "大于", "ge": "不小于", "lt": "小于", "le": "不大于"}


def value_faults(error: ValidationError) -> Iterator[Fault]:
    """Yield the values that cannot be read or are out of bounds."""
    for problem in error.errors(include_input=False, include_url=False):
        name = "YIBAO_" + "__".join(str(part) for part in problem["loc"]).upper()
        yield Fault(name, "值不对", _expected(problem["type"], problem.get("ctx", {})))


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    if kind in _TYPES:
        return _TYPES[kind]
    bounds = [f"{word} {context[key]:g}" for key, word in _LIMITS.items() if key in context]
    if bounds:
        return "应" + "、".join(bounds)
    if "expected" in context:
        wanted = str(context["expected"]).replace("'", "").replace(" or ", "、")
        return f"应是 {wanted} 中的一个" if "、" in wanted else f"应是 {wanted}"
    return "请照 .env.example 和 docs/deploy.md 的写法改"


def without(error: ValidationError, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to put in the place of the wrong values: the defaults of their settings.

    Args:
        error: Of the whole of the settings.
        defaults: By field, and by field of an account.
    """
    found: dict[str, Any] = {}
    for problem in error.errors(include_input=False, include_url=False):
        *above, last = (str(part) for part in problem["loc"])
        place = found
        for part in above:
            place = place.setdefault(part, {})
        place[last] = defaults.get(last, {})
    return found


def address_faults(wechat_api_url: str, traces_url: str) -> Iterator[Fault]:
    """Yield addresses that are none; `traces_url` may be empty."""
    try:
        checked_url(wechat_api_url)
    except SettingsError as error:
        yield Fault("YIBAO_WECHAT_API_URL", "地址不能用", str(error))
    try:
        if traces_url:
            traces_endpoint(traces_url)
    except SettingsError as error:
        yield Fault("YIBAO_TRACES_URL", "追踪用不了", str(error))


def evidence_faults(
    embeddings: tuple[str, str] | None,
    llm: tuple[str, str] | None,
    waits_s: float,
    budget_s: float,
) -> Iterator[Fault]:
    """Yield what is missing for the services that are asked, and a budget they exceed.

    Args:
        embeddings: Address and model; None where it is not asked.
        llm: The same of the language model.
        waits_s: Seconds that a turn waits for them at most.
        budget_s: Seconds that a turn has.
    """
    if embeddings is not None and not all(embeddings):
        remedy = "还需要 YIBAO_EMBEDDINGS_URL 和 YIBAO_EMBEDDINGS_MODEL"
        yield Fault("YIBAO_SEMANTIC", "填了 http", remedy)
    if llm is not None and not all(llm):
        yield Fault("YIBAO_LLM_MODEL", "没有设置", "填了 YIBAO_LLM_URL，也要填模型名")
    if waits_s > budget_s - _TURN_RESERVE_S:
        cause = (
            f"等外部服务最多 {waits_s:g} 秒，加上自己要用的 {_TURN_RESERVE_S:g} 秒，"
            f"超过了 {budget_s:g} 秒"
        )
        yield Fault("YIBAO_TURN_BUDGET_S", cause, "请调小 YIBAO_*_TIMEOUT_S")
