"""A disk of a few MiB that a test may fill: a file system in memory, where whoever runs the tests may mount one."""

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UNMOUNT = ("umount", "--lazy")
PIECE = bytes(64 * 1024)


@dataclass(frozen=True)
class Disk:
    """`can_be_filled` is False where nothing may be mounted: then it is a folder like any other."""

    place: Path
    can_be_filled: bool

    @contextmanager
    def filled(self) -> Iterator[None]:
        """Not a byte is left on it inside of the block."""
        assert self.can_be_filled
        filler = self.place / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            # The last write takes what there is, the one after it meets the end.
            while True:
                file.write(PIECE)
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def small_disk(place: Path, mebibytes: int) -> Iterator[Disk]:
    """Mounted at `place` as long as the block lasts."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0755", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print("left out: what happens on a full disk, because no file system may be mounted here")
        yield Disk(place, can_be_filled=False)
        return
    try:
        yield Disk(place, can_be_filled=True)
    finally:
        subprocess.run([*UNMOUNT, str(place)], check=True, capture_output=True)
