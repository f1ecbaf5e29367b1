"""How `yibao lint` writes its problems down: for people, for programs, for code hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote

from app.content.rules import RULES, Rule
from app.errors import ContentProblem

_GITHUB_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_GITHUB_PROPERTY = (*_GITHUB_DATA, (":", "%3A"), (",", "%2C"))
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES_PAGE = "docs/lint-rules.md"


class LintFormat(StrEnum):
    """Formats of the list of problems."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def as_json(problems: Sequence[ContentProblem]) -> str:
    """Return `{errors, warnings, problems: [{file, line, column, rule, level, message, remedy}]}`.

    A line or column of 0 means that the problem is the whole file.
    """
    errors = sum(p.level == "error" for p in problems)
    return json.dumps(
        {
            "errors": errors,
            "warnings": len(problems) - errors,
            "problems": [
                {
                    "file": p.file,
                    "line": p.line,
                    "column": p.column,
                    "rule": p.rule,
                    "level": p.level,
                    "message": p.message,
                    "remedy": p.remedy,
                }
                for p in problems
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def as_github(problems: Sequence[ContentProblem]) -> str:
    """Return one workflow command a problem, as GitHub Actions turns into an annotation."""
    return "\n".join(_annotation(problem) for problem in problems)


def as_sarif(problems: Sequence[ContentProblem]) -> str:
    """Return a SARIF 2.1.0 log with one run; files are relative to `%SRCROOT%`."""
    codes = sorted({p.rule for p in problems})
    numbers = {code: number for number, code in enumerate(codes)}
    driver = {
        "name": "yibao lint",
        "version": _version(),
        "rules": [_sarif_rule(RULES[code]) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, numbers) for problem in problems],
    }
    log = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _annotation(problem: ContentProblem) -> str:
    properties = {"file": problem.file}
    if problem.line:
        properties["line"] = str(problem.line)
    if problem.line and problem.column:
        properties["col"] = str(problem.column)
    properties["title"] = f"{problem.rule} {RULES[problem.rule].title}"
    joined = ",".join(
        f"{key}={_escape(text, _GITHUB_PROPERTY)}" for key, text in properties.items()
    )
    data = _escape(f"{problem.message} → {problem.remedy}", _GITHUB_DATA)
    return f"::{problem.level} {joined}::{data}"


def _escape(text: str, replacements: Sequence[tuple[str, str]]) -> str:
    for char, code in replacements:
        text = text.replace(char, code)
    return text


def _sarif_rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title}。{rule.remedy}。"},
        "help": {"text": f"不对：\n{rule.bad}\n\n对：\n{rule.good}\n\n见 {_RULES_PAGE}"},
        "defaultConfiguration": {"level": rule.level},
    }


def _sarif_result(problem: ContentProblem, numbers: Mapping[str, int]) -> dict[str, object]:
    physical: dict[str, object] = {
        "artifactLocation": {"uri": quote(problem.file), "uriBaseId": "%SRCROOT%"}
    }
    if problem.line:
        region = {"startLine": problem.line}
        if problem.column:
            region["startColumn"] = problem.column
        physical["region"] = region
    return {
        "ruleId": problem.rule,
        "ruleIndex": numbers[problem.rule],
        "level": problem.level,
        "message": {"text": f"{problem.message} → {problem.remedy}"},
        "locations": [{"physicalLocation": physical}],
    }


def _version() -> str:
    try:
        return version("yibao")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
