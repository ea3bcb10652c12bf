"""The solver's own words never stand in the answer of a command."""

import ctypes
import os
from threading import Barrier, Thread

import pytest

from pricing.optimizer.asides import asides_to_standard_error

LIBRARY = ctypes.CDLL(None)


def test_words_of_a_c_library_leave_standard_output_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before ")
    with asides_to_standard_error():
        LIBRARY.printf(b"aside ")
    os.write(1, b"after")
    assert capfd.readouterr() == ("before after", "aside ")


def test_output_is_back_when_the_last_of_several_solvers_has_left(capfd: pytest.CaptureFixture[str]) -> None:
    together = Barrier(2)

    def solve() -> None:
        with asides_to_standard_error():
            together.wait()
            LIBRARY.printf(b"aside ")
            together.wait()

    solvers = [Thread(target=solve) for _ in range(2)]
    for solver in solvers:
        solver.start()
    for solver in solvers:
        solver.join()
    os.write(1, b"after")
    assert capfd.readouterr() == ("after", "aside aside ")
