"""A reader can hold a module in the head, and its name says what is in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.project import ROOT, app_modules

MODULE_LINES = 350
FUNCTION_LINES = 40
EMPTY_NAMES = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
EMPTY_CLASS_NAME = re.compile(r".(Manager|Helper|Utils?)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def function_lines(function: Function) -> int:
    """Count lines from `def` to the end; the docstring may be as long as it needs to be."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_modules_are_found() -> None:
    assert len(app_modules()) > 20


def test_no_module_is_too_long() -> None:
    lengths = {place(p, 1): len(p.read_text("utf-8").splitlines()) for p in app_modules()}
    assert {p: n for p, n in lengths.items() if n > MODULE_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{place(path, node.lineno)} {node.name}": function_lines(node)
        for path in app_modules()
        for node in nodes(path)
        if isinstance(node, Function)
    }
    assert {f: n for f, n in lengths.items() if n > FUNCTION_LINES} == {}


def test_docstring_does_not_count_as_length() -> None:
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    a = 1\n    return a\n'
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert function_lines(function) == 3


def test_no_module_or_package_has_an_empty_name() -> None:
    parts = {part for p in app_modules() for part in p.relative_to(ROOT).with_suffix("").parts}
    assert {p for p in parts if EMPTY_NAMES & set(p.strip("_").split("_"))} == set()


def test_no_class_has_an_empty_name() -> None:
    classes = [
        f"{place(path, node.lineno)} {node.name}"
        for path in app_modules()
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and EMPTY_CLASS_NAME.search(node.name)
    ]
    assert classes == []
