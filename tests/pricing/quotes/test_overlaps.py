"""Free time that two stays use at once counts twice, on its day, and nothing of it lies within the stay that is priced."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pricing.fees.calculator import price
from pricing.fees.model import Stay, Usage
from pricing.quotes.overlaps import used_beside
from pricing.rates.model import RateTable
from tests.pricing.kerb_city import LINZI, at

ROLLING = replace(LINZI, quotas=tuple(replace(one, window="rolling", window_s=86_400) for one in LINZI.quotas))
MINUTE = timedelta(minutes=1)


def stay(start: datetime, end: datetime) -> Stay:
    return Stay(start=start, end=end, area_class="I", kind="kerb", energy="nev")


def moved(table: RateTable, used: tuple[datetime, datetime], parked: Stay) -> tuple[tuple[datetime, datetime], ...]:
    return used_beside(Usage(granted={"nev": (used,)}), table, parked).granted["nev"]


def test_use_within_the_stay_is_written_before_it() -> None:
    assert moved(LINZI, (at("09:00"), at("10:30")), stay(at("09:00"), at("10:30"))) == ((at("07:30"), at("09:00")),)
    assert moved(ROLLING, (at("09:00"), at("10:30")), stay(at("00:30"), at("10:30"))) == (
        (at("23:00", -1), at("00:30")),
    )


def test_use_stays_on_its_day_when_the_stay_begins_with_it() -> None:
    assert moved(LINZI, (at("00:00"), at("02:00")), stay(at("00:30"), at("10:00"))) == (
        (at("00:00"), at("00:30")),
        (at("10:00"), at("11:30")),
    )


def test_use_elsewhere_is_left_as_it_is() -> None:
    assert moved(LINZI, (at("06:00"), at("09:00")), stay(at("09:00"), at("10:30"))) == ((at("06:00"), at("09:00")),)


@given(
    first=st.tuples(st.integers(0, 1200), st.integers(1, 239)),
    second=st.tuples(st.integers(0, 1200), st.integers(1, 239)),
)
def test_no_two_stays_of_a_day_are_granted_more_than_the_quota(first: tuple[int, int], second: tuple[int, int]) -> None:
    midnight = at("00:00")
    used = Usage()
    free_s = 0
    for begin, minutes in (first, second):
        parked = stay(midnight + begin * MINUTE, midnight + (begin + minutes) * MINUTE)
        fee = price(LINZI, parked, used_beside(used, LINZI, parked))
        free_s += sum(
            int((line.end - line.start).total_seconds()) for line in fee.lines if line.rule == "nev" and line.unit_price == 0
            and line.quantity == (line.end - line.start).total_seconds() and "已用完" not in line.why
        )  # fmt: skip
        used = fee.usage_after
    assert free_s <= LINZI.quotas[0].seconds
    assert sum((end - start for start, end in used.granted.get("nev", ())), timedelta()) == timedelta(seconds=free_s)
