"""Small files, small functions, and a first sentence that says why a file exists."""

import ast
from statistics import median

from tests.architecture.source import functions, name_of, parsed, python_files

MOST_FILE_LINES = 400
MEDIAN_FILE_LINES = 100
MOST_FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 10


def _lines(node: ast.AST) -> int:
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_passes_the_limit_when_counted() -> None:
    sizes = {name_of(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: size for name, size in sizes.items() if size > MOST_FILE_LINES} == {}
    assert median(sizes.values()) <= MEDIAN_FILE_LINES


def test_no_function_passes_the_limit_when_counted() -> None:
    sizes = {
        f"{name_of(path)}:{function.name}": _lines(function)
        for path in python_files()
        # A migration is one list of statements, and never edited again.
        if "versions" not in path.parts
        for function in functions(parsed(path))
    }
    assert {name: size for name, size in sizes.items() if size > MOST_FUNCTION_LINES} == {}
    assert median(sizes.values()) <= MEDIAN_FUNCTION_LINES


def test_every_file_opens_with_a_docstring_when_read() -> None:
    assert [name_of(path) for path in python_files() if not ast.get_docstring(parsed(path))] == []
