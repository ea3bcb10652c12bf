"""A disk of a few MiB that a test may fill: a file system in memory, where whoever runs the tests may mount one."""

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

UNMOUNT = ("umount", "--lazy")
PIECE = bytes(64 * 1024)


@contextmanager
def small_disk(place: Path, mebibytes: int) -> Iterator[Path]:
    """Mounted at `place` as long as the block lasts; the test is left out where nothing may be mounted."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run([*UNMOUNT, str(place)], check=True, capture_output=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not a byte is left on it inside of the block."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        # The last write takes what there is, the one after it meets the end.
        while True:
            file.write(PIECE)
    try:
        yield
    finally:
        filler.unlink()
