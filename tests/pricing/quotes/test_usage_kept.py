"""What a vehicle has used is forgotten only when no fee can depend on it any more."""

from datetime import datetime, timedelta
from typing import Literal

import pytest

from pricing.fees.model import Usage
from pricing.quotes.usage_kept import LATE, UseWindow, UseWindows, kept_until, pruned
from tests.pricing.kerb_city import at

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def spans(*hours: float) -> tuple[tuple[datetime, datetime], ...]:
    """One hour each, begun so many hours after midnight."""
    return tuple((at("00:00") + hour * HOUR, at("00:00") + (hour + 1) * HOUR) for hour in hours)


def windows(window: Literal["local_day", "rolling", "from_first_use"], length: timedelta = DAY) -> UseWindows:
    return UseWindows({"nev": UseWindow(window, length)}, {"kerb": UseWindow(window, length)})


def kept(used: tuple[tuple[datetime, datetime], ...], window: UseWindows, first: datetime) -> object:
    return pruned(Usage(granted={"nev": used}), window, first).granted["nev"]


def test_spans_stay_when_a_rolling_window_reaches_them() -> None:
    used = spans(0, 10, 30)
    assert kept(used, windows("rolling"), at("00:00") + 30 * HOUR) == used[1:]
    assert kept(used, windows("rolling"), at("00:00") + 24.5 * HOUR) == ((at("00:30"), at("01:00")), *used[1:])


def test_windows_begin_where_they_did_when_earlier_ones_are_forgotten() -> None:
    """Windows of a day begin at 0 h, 25 h and 50 h: what is left after a cut begins one, so the later ones stay."""
    used = spans(0, 20, 25, 40, 50)
    assert kept(used, windows("from_first_use"), at("00:00") + 49 * HOUR) == spans(25, 40, 50)
    assert kept(used, windows("from_first_use"), at("00:00") + 20 * HOUR) == used
    assert kept(used, windows("from_first_use"), at("00:00") - HOUR) == used


def test_span_is_cut_where_a_window_begins_within_it() -> None:
    long = ((at("00:00"), at("00:00") + 30 * HOUR),)
    assert kept(long, windows("from_first_use"), at("00:00") + 26 * HOUR) == (
        (at("00:00") + DAY, at("00:00") + 30 * HOUR),
    )


def test_keys_of_other_tables_stay_as_they_are() -> None:
    usage = Usage(granted={"other": spans(0)}, entries={"elsewhere": (at("00:00"),)})
    assert pruned(usage, windows("rolling"), at("00:00") + 300 * DAY) == usage


def test_entries_are_forgotten_when_their_window_is_over() -> None:
    usage = Usage(entries={"kerb": (at("08:00"), at("08:00", days=3))})
    found = pruned(usage, windows("rolling"), at("09:00", days=3))
    assert found.entries == {"kerb": (at("08:00", days=3),)}


@pytest.mark.parametrize("window", ["local_day", "rolling", "from_first_use"])
def test_only_what_changed_is_written_with_its_end(window: Literal["local_day", "rolling", "from_first_use"]) -> None:
    before = Usage(granted={"nev": spans(0)}, entries={"kerb": (at("08:00"),)})
    after = Usage(granted={"nev": spans(0, 2)}, entries=before.entries)
    assert kept_until(before, after, windows(window)) == {"nev": at("03:00") + DAY + LATE}
    assert kept_until(before, before, windows(window)) == {}
