"""Lines of keys in TOML text of every shape."""

import tomllib

from pricing.rates.toml_lines import Path, key_lines

TRICKY = '''# a = 1
title = "a # no comment, [no header]" # [neither]
"quoted key" = 'C:\\path'
empty = ""
long = """
[not.a.table]
not_a_key = "x" \\"""
"""
raw = \'\'\'
[[nor]] = 1
\'\'\'
dotted.inner . deep = 1
numbers = [1, 2, # one
  [3, "]"],
  { a = 1, b = [{ c = "}" }] }, ]
at = 2026-03-01 07:00:00

[outer]
x = 1
  [outer.table]
  y = true
[[row]]
[[row.item]]
z = 1
[[row.item]]
z = 2
[row.only]
w = 1
[[row]]
v = { u = 1 }
[[row.item]]
z = 3
'''


def paths(value: object, path: Path = ()) -> set[Path]:
    if isinstance(value, dict):
        inner = [((*path, key), item) for key, item in value.items()]
    elif isinstance(value, list):
        inner = [((*path, index), item) for index, item in enumerate(value)]
    else:
        inner = []
    return {place for place, _ in inner}.union(*(paths(item, place) for place, item in inner))


def test_every_key_is_found_when_the_text_is_tricky() -> None:
    found = key_lines(TRICKY)
    assert found.keys() == paths(tomllib.loads(TRICKY))


def test_line_is_that_of_the_key_when_tables_and_lists_are_nested() -> None:
    found = key_lines(TRICKY)
    rows = TRICKY.split("\n")
    expected = {
        ("title",): "title =",
        ("quoted key",): '"quoted',
        ("dotted", "inner", "deep"): "dotted",
        ("numbers", 2, 1): "  [3",
        ("numbers", 3, "b", 0, "c"): "  { a",
        ("at",): "at =",
        ("outer", "table", "y"): "  y",
        ("row", 0, "item", 1, "z"): "z = 2",
        ("row", 0, "only"): "[row.only]",
        ("row", 1, "v", "u"): "v =",
        ("row", 1, "item", 0, "z"): "z = 3",
    }
    assert {path: rows[found[path] - 1].startswith(text) for path, text in expected.items()} == dict.fromkeys(
        expected, True
    )
    assert [found["row", 0], found["row", 1]] == [number for number, row in enumerate(rows, 1) if row == "[[row]]"]
