"""The data folder of an installation: its lock, its ports and its generated secrets.

Ports and passwords are made once and kept, so that addresses stay valid over restarts.
"""

import fcntl
import json
import os
import secrets
import socket
import stat
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from api.embedded.process import is_root
from parking.domain.errors import ConflictError, InvalidInputError

LOOPBACK: Final = "127.0.0.1"
STATE: Final = "embedded.json"
LOCK: Final = "lock"
OTHERS_MAY_ENTER: Final = 0o711
OWNER_ONLY: Final = 0o700


class FolderInUseError(ConflictError):
    """Another run owns the data folder."""

    code = "data_folder_in_use"


class FolderUnusableError(InvalidInputError):
    """The data folder cannot be written, or what it remembers cannot be read."""

    code = "data_folder_unusable"


class DataFolder:
    """An owned data folder; leaving the `with` block gives it back."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Own the folder.

        Raises `FolderInUseError` when another run does, `FolderUnusableError` when it cannot be made.
        """
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True)
                # PostgreSQL runs as 'nobody' when we are root, and must pass through to its own part.
                self.path.chmod(OTHERS_MAY_ENTER if is_root() else OWNER_ONLY)
            self._lock = lock_file(self.path / LOCK)
        except OSError as error:
            raise FolderUnusableError(f"the data folder {self.path} cannot be used: {error.strerror}") from error
        if self._lock is None:
            raise FolderInUseError(f"another 'parking' already runs with the data folder {self.path}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def remembered(self, name: str) -> str | None:
        return self._state().get(name)

    def remember(self, name: str, value: str) -> str:
        write_private(self.path / STATE, json.dumps(self._state() | {name: value}, indent=2))
        return value

    def secret(self, name: str) -> str:
        """Return the generated secret of that name, made at the first call."""
        return self.remembered(name) or self.remember(name, secrets.token_urlsafe(24))

    def port(self, name: str) -> int:
        """Return the kept port of that name, or a new one when it is taken by somebody else."""
        kept = self.remembered(name)
        if kept is not None and port_is_free(int(kept)):
            return int(kept)
        return int(self.remember(name, str(free_port())))

    def part(self, name: str) -> Path:
        """Return the private sub-folder of that name."""
        path = self.path / name
        path.mkdir(mode=OWNER_ONLY, exist_ok=True)
        return path

    def _state(self) -> dict[str, str]:
        try:
            state: dict[str, str] = json.loads((self.path / STATE).read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise FolderUnusableError(f"{self.path / STATE} cannot be read: {error}") from error
        return state


def lock_file(path: Path) -> int | None:
    """Return a descriptor that holds the lock, or None when another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def others_may_reach(path: Path) -> bool:
    """Whether a user without any rights of ours can enter the folder `path` through all its parents."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in [path, *path.parents])
