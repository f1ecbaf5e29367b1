"""Rasa's training data and domain, as far as it is questions with fixed answers.

Formats: https://legacy-docs-oss.rasa.com/docs/rasa/training-data-format (`nlu`, `rules`,
`stories`; examples with `[text](entity)` or `[text]{"entity": …}`) and
https://legacy-docs-oss.rasa.com/docs/rasa/responses (`responses` with `utter_…`; the text of a
retrieval intent `faq/fee` is named `utter_faq/fee`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from app.workbook.foreign import Foreign, ForeignIntent
from app.workbook.problems import refuse

_MAX_BYTES = 20_000_000
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_BULLET = re.compile(r"^\s*-\s?")
_LEFT_OUT = {
    "synonym": "同义词", "regex": "正则", "lookup": "词表",
    "entities": "实体", "slots": "词槽", "forms": "表单", "actions": "动作",
}  # fmt: skip


def read_rasa(files: Sequence[Path]) -> Foreign:
    """Return intents with the response that answers them.

    Args:
        files: `nlu.yml` and `domain.yml`, also `rules.yml` and `stories.yml`, in any order.

    Raises:
        WorkbookError: A file is not YAML, or none has `nlu`.
    """
    parts = [_load(path) for path in files]
    examples: dict[str, list[str]] = {}
    skipped: list[str] = []
    for part in parts:
        for item in _listed(part.get("nlu")):
            _read_examples(item, examples, skipped)
        skipped += [
            f"{_LEFT_OUT[key]} {key}：{len(part[key])} 个，这里没有对应的东西"
            for key in ("entities", "slots", "forms", "actions")
            if isinstance(part.get(key), list | dict) and part[key]
        ]
    if not examples:
        raise refuse("没有读到 nlu 里的问法", "把 nlu.yml 和 domain.yml 一起给出")
    responses = {
        str(name): _first_text(variants)
        for part in parts
        for name, variants in _mapped(part.get("responses")).items()
    }
    actions = dict(pair for part in parts for pair in _answering_actions(part))
    used = set()
    intents = []
    for name, questions in examples.items():
        action = next((a for a in (f"utter_{name}", actions.get(name, "")) if a in responses), "")
        used.add(action)
        if not action:
            skipped.append(f"意图 {name}：没有找到回答（utter_{name}），草稿里的答案是空的")
        intents.append(
            ForeignIntent(name, questions[0], tuple(questions), responses.get(action, ""))
        )
    unused = [name for name in responses if name not in used]
    skipped += [f"回答 {name}：没有意图用它" for name in unused]
    return Foreign(tuple(intents), tuple(skipped))


def _load(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise refuse(f"{path.name} 太大了")
        data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise refuse(f"打不开 {path}：{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refuse(f"{path.name} 不是 UTF-8 编码", "另存为 UTF-8") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise refuse(f"{path.name}:{line} YAML 写法不对", "检查这一行的缩进和冒号") from error
    except (YAMLError, RecursionError) as error:
        raise refuse(f"{path.name} 不是 YAML 文件") from error
    return _mapped(data)


def _read_examples(item: object, examples: dict[str, list[str]], skipped: list[str]) -> None:
    part = _mapped(item)
    name = str(part.get("intent", ""))
    if not name:
        kind = next((key for key in part if key in _LEFT_OUT), "")
        if kind:
            skipped.append(f"{_LEFT_OUT[kind]} {part[kind]}：请写进 intents/_synonyms.yml 等文件")
        return
    own = examples.setdefault(name, [])
    for text in _example_texts(part.get("examples")):
        question = _ENTITY.sub(r"\1", text).strip()
        if question and question not in own:
            own.append(question)
    if not own:
        del examples[name]
        skipped.append(f"意图 {name}：没有问法")


def _example_texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        for line in value.splitlines():
            yield _BULLET.sub("", line)
    for item in _listed(value):
        yield item if isinstance(item, str) else str(_mapped(item).get("text", ""))


def _answering_actions(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (intent, response) where a rule or story answers an intent with a fixed text."""
    for story in (*_listed(part.get("stories")), *_listed(part.get("rules"))):
        intent = ""
        for step in map(_mapped, _listed(_mapped(story).get("steps"))):
            if "intent" in step:
                intent = str(step["intent"])
            elif intent and str(step.get("action", "")).startswith("utter_"):
                yield intent, str(step["action"])
                intent = ""


def _first_text(variants: object) -> str:
    texts = (str(_mapped(variant).get("text") or "") for variant in _listed(variants))
    return next((text.strip() for text in texts if text.strip()), "")


def _mapped(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []
