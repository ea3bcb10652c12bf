"""The files that the rules of this folder are about."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parent.parent.parent
PACKAGES: Final = ("parking", "pricing", "devices", "api", "migrations")
ROOT_FOLDERS: Final = frozenset({*PACKAGES, "tests", "docs", ".ci"})


def tracked() -> list[Path]:
    """Return the files that git knows or would add, without those it ignores; needs a checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [path for name in sorted(done.stdout.splitlines()) if (path := REPOSITORY / name).is_file()]


def python_files(*, tests: bool = True) -> list[Path]:
    folders = (*PACKAGES, "tests") if tests else PACKAGES
    return [path for path in tracked() if path.suffix == ".py" and _top(path) in folders]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _top(path: Path) -> str:
    return path.relative_to(REPOSITORY).parts[0]
