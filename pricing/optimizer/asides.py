"""Keeps what the solver says for its makers out of the standard output, where a command's answer stands."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_STANDARD_OUTPUT: Final = 1
_STANDARD_ERROR: Final = 2
_library: Final = ctypes.CDLL(None)
_door: Final = Lock()
_inside: Final[list[int]] = []
"""One descriptor for each solver at work, all of the true standard output: the last to leave puts it back."""


@contextmanager
def asides_to_standard_error() -> Iterator[None]:
    """While it lasts, standard output is standard error for this process; its C library has written all when it ends."""
    with _door:
        _library.fflush(None)
        if not _inside:
            true_output = os.dup(_STANDARD_OUTPUT)
            os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
        else:
            true_output = os.dup(_inside[0])
        _inside.append(true_output)
    try:
        yield
    finally:
        with _door:
            _library.fflush(None)
            _inside.remove(true_output)
            if not _inside:
                os.dup2(true_output, _STANDARD_OUTPUT)
            os.close(true_output)
