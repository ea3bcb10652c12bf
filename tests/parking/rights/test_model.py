"""Shared hours over nights, weeks and the ends of an offer; what is left of a revoked permit."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from parking.domain.time_span import TimeSpan
from parking.rights.model import Offer, Permit, WeeklyHours

ZIBO = timezone(timedelta(hours=8))
MONDAY = datetime(2026, 3, 2, tzinfo=ZIBO)
FROM = datetime(2026, 1, 1, tzinfo=UTC)
NIGHTS = tuple(WeeklyHours(day, 18 * 60, 14 * 60) for day in range(1, 6))
NIGHT = TimeSpan(MONDAY + timedelta(hours=18), MONDAY + timedelta(hours=32))
WEEKEND = (WeeklyHours(6, 0, 24 * 60), WeeklyHours(7, 0, 24 * 60))


def offer(*hours: WeeklyHours, until: datetime | None = None) -> Offer:
    return Offer(
        offer_id="O1",
        space_id="S1",
        holder="office",
        hours=hours,
        timezone="Asia/Shanghai",
        span=TimeSpan(FROM, until),
        offered_by="x",
    )


@pytest.mark.parametrize(
    ("hours", "found"), [(0, None), (17.99, None), (18, NIGHT), (24, NIGHT), (31.99, NIGHT), (32, None)]
)
def test_night_is_open_across_midnight_and_half_open_when_asked(hours: float, found: TimeSpan | None) -> None:
    assert offer(*NIGHTS).open_span(MONDAY + timedelta(hours=hours)) == found


def test_weekend_is_one_span_when_its_windows_touch() -> None:
    found = offer(*NIGHTS[4:], *WEEKEND).open_span(MONDAY + timedelta(days=5, hours=12))
    assert found == TimeSpan(MONDAY + timedelta(days=4, hours=18), MONDAY + timedelta(days=7))


def test_span_is_covered_only_when_all_of_it_is_offered() -> None:
    shared = offer(*NIGHTS, until=MONDAY + timedelta(hours=30))
    evening = MONDAY + timedelta(hours=19)
    assert shared.covers(TimeSpan(evening, MONDAY + timedelta(hours=30)))
    assert not shared.covers(TimeSpan(evening, MONDAY + timedelta(hours=31)))
    assert not shared.covers(TimeSpan(MONDAY + timedelta(hours=17), MONDAY + timedelta(hours=20)))


def test_permit_is_in_force_up_to_its_revocation_and_never_when_revoked_before() -> None:
    span = TimeSpan(MONDAY, MONDAY + timedelta(days=30))

    def left(revoked_at: datetime | None) -> TimeSpan | None:
        return Permit(
            permit_id="P1",
            kind="resident",
            exempt_class=None,
            proof=None,
            plate_token="token",
            zone_ids=("Z1",),
            facility_ids=(),
            span=span,
            granted_by="x",
            revoked_at=revoked_at,
        ).in_force

    assert left(None) == span == left(MONDAY + timedelta(days=31))
    assert left(MONDAY + timedelta(days=1)) == TimeSpan(MONDAY, MONDAY + timedelta(days=1))
    assert left(MONDAY) is None
