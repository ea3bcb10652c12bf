"""Who may import whom, and who alone may do certain things."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

from parking.events.fact import Fact
from parking.events.registry import BY_TYPE, EVENT_CLASSES
from tests.architecture.source import REPOSITORY, ROOT_FOLDERS, name_of, parsed, python_files, tracked

COMMITS = "parking/db/unit_of_work.py"
MIGRATES = "migrations/env.py"
READS_ENVIRONMENT = "api/settings.py"
ENVIRONMENT = frozenset({"environ", "getenv", "environb"})
VAGUE = frozenset({"utils", "helpers", "common", "misc", "util", "helper"})


def _calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]


def _reads_environment(path: Path) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT and ast.unparse(node.value) == "os"
        for node in ast.walk(parsed(path))
    )


def test_layers_hold_when_linted() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_only_the_unit_of_work_commits_when_searched() -> None:
    commits = [
        name_of(path)
        for path in python_files(tests=False)
        for call in _calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit" and not call.args
    ]
    assert set(commits) <= {COMMITS, MIGRATES}


def test_only_the_settings_read_the_environment_when_searched() -> None:
    readers = [name_of(path) for path in python_files(tests=False) if _reads_environment(path)]
    assert readers == [READS_ENVIRONMENT]


def test_no_instant_is_naive_when_made() -> None:
    naive = [f"{name_of(path)}:{call.lineno}" for path in python_files() for call in _calls(path) if _is_naive(call)]
    assert naive == []


def _is_naive(call: ast.Call) -> bool:
    last = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if last != "now" and not last.endswith("utcnow"):
        return False
    name = ast.unparse(call.func).removeprefix("datetime.")
    bare = not call.args and not call.keywords
    return (name in {"datetime.now", "now"} and bare and "datetime" in ast.unparse(call)) or name.endswith("utcnow")


def test_every_fact_is_registered_when_defined() -> None:
    for path in python_files(tests=False):
        if path.parent.name == "events" and path.parent.parent.name == "parking":
            importlib.import_module(f"parking.events.{path.stem}")
    defined = {fact for fact in _descendants(Fact) if fact.__module__.startswith("parking.")}
    assert defined == set(EVENT_CLASSES)
    assert set(BY_TYPE.values()) == defined


def _descendants(kind: type[Fact]) -> set[type[Fact]]:
    children = kind.__subclasses__()
    return set(children).union(*(_descendants(child) for child in children))


def test_names_say_something_when_listed() -> None:
    vague = [name_of(path) for path in python_files() if VAGUE & set(path.with_suffix("").parts)]
    assert vague == []


def test_root_holds_only_the_agreed_folders_when_listed() -> None:
    tops = {path.relative_to(REPOSITORY).parts[0] for path in tracked() if len(path.relative_to(REPOSITORY).parts) > 1}
    assert tops <= ROOT_FOLDERS
