"""What a record makes of the published figures."""

import numpy as np
import pytest

from parking.occupancy.fusion import states
from parking.occupancy.fusion.learning import NO_RECORD, Record
from parking.occupancy.fusion.rates import DAY_S, PUBLISHED, Rates

_ROW = np.array([0])


def test_arrivals_and_departures_are_learnt_apart() -> None:
    """Twelve of each a day, in a space that is taken for three quarters of the time."""
    record = Record([NO_RECORD], [0])
    believed = np.where(states.VEHICLE == 1, 0.75, 0.25)[None, :] / 4.0
    for _ in range(20):
        record.note_time(_ROW, believed, np.array([DAY_S]))
        for says in (0, 1) * 12:
            record.note_change(_ROW, np.array([says]))
    learnt = record.learnt(Rates.published(1))
    assert learnt.arrivals[0] * DAY_S == pytest.approx(48.0, rel=0.1)
    assert learnt.departures[0] * DAY_S == pytest.approx(16.0, rel=0.1)
    assert learnt.turnover[0] * DAY_S == pytest.approx(24.0, rel=0.1)


def test_what_was_kept_in_another_form_begins_anew() -> None:
    assert Record([bytes(8), NO_RECORD], [0, 0]).written() == [NO_RECORD, NO_RECORD]
    read = Rates.read([bytes(8), b""])
    assert read.arrivals == pytest.approx([PUBLISHED["arrivals"]] * 2)
    assert read.written()[0] == read.written()[1]
