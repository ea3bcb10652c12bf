"""What is said of an arrival: from the curve, the present where it is known, and the doubt of the next longer horizon."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pricing.arrivals.model import AnnouncedEvent, Arrival, PlaceForecast, arrival, days_with_events
from pricing.forecast.intervals import FULLNESSES
from pricing.forecast.outlook import DAYS_AHEAD, HORIZONS

NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
"""Ten o'clock in the city."""
KEPT = PlaceForecast(
    zone_id="Z1",
    kind="kerb",
    made_at=NOW,
    known_until=NOW,
    timezone="Asia/Shanghai",
    first_day=date(2026, 7, 1),
    within="model",
    beyond="last_week",
    curve_within=(0.4,) * 20 + (0.6,) * (48 * DAYS_AHEAD - 20),
    curve_beyond=(0.5,) * (48 * DAYS_AHEAD),
    follow=(1.0, 1.0, 0.9, 0.5, 0.1),
    errors=tuple(
        size * (level - 10)
        for size in (0.0005, 0.001, 0.002, 0.003, 0.004, 0.01, 0.02)
        for _ in range(FULLNESSES)
        for level in range(1, 20)
    ),
    scores={str(minutes): {"model": minutes / 1e5} for minutes in HORIZONS},
)


def asked(minutes: int, share_now: float | None, kept: PlaceForecast | None = KEPT) -> Arrival:
    found = arrival(kept, at=NOW + timedelta(minutes=minutes), now=NOW, share_now=share_now, spaces=10, charges=True)
    assert isinstance(found, Arrival), found
    return found


def test_present_moves_the_near_future_and_not_the_far_one() -> None:
    near = asked(90, 0.8)
    assert near.expected == pytest.approx(0.6 + 0.9 * 0.2)
    assert [near.low, near.high] == pytest.approx([0.78 - 0.016, 0.78 + 0.016])
    assert (near.method, near.follows_present, near.scores) == ("model", True, {"model": 0.0012})
    far = asked(1440 * 3, 0.8)
    assert (far.expected, far.method, far.follows_present) == (0.5, "last_week", False)
    assert far.high - far.low == pytest.approx(0.32)
    assert near.chance < far.chance


def test_curve_is_straight_between_its_half_hours() -> None:
    rising = replace(KEPT, curve_within=(0.0,) * 20 + (0.2, 0.5, float("nan")) + (0.5,) * (48 * DAYS_AHEAD - 23))
    now = NOW + timedelta(minutes=10)
    for minutes, expected in ((5, 0.35), (20, 0.5), (40, 0.5)):
        found = arrival(rising, at=now + timedelta(minutes=minutes), now=now, share_now=0.3, spaces=10, charges=True)
        assert isinstance(found, Arrival), found
        assert found.expected == pytest.approx(expected)
        assert found.scores == {"model": 0.0003 if minutes <= 30 else 0.0006}


def test_unknown_present_is_not_guessed_and_widens_the_interval() -> None:
    blind = asked(90, None)
    assert (blind.expected, blind.follows_present) == (0.6, False)
    assert blind.high - blind.low == pytest.approx(0.16)


def test_an_expected_share_stays_a_share() -> None:
    full = asked(30, 1.7)
    assert (full.expected, full.high) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (None, "no_history"),
        (replace(KEPT, within=None, beyond=None, scores=None), "too_little_history"),
        (replace(KEPT, curve_within=(float("nan"),) * 48 * DAYS_AHEAD), "too_little_history"),
        (
            replace(KEPT, curve_within=(float("nan"),) * 48 * DAYS_AHEAD, events=("fair",) + (None,) * 7),
            "event_without_history",
        ),
        (replace(KEPT, known_until=NOW - timedelta(hours=49)), "forecast_outdated"),
        (replace(KEPT, first_day=date(2026, 6, 20)), "forecast_outdated"),
    ],
)
def test_ignorance_has_a_name(kept: PlaceForecast | None, reason: str) -> None:
    assert arrival(kept, at=NOW + timedelta(hours=1), now=NOW, share_now=0.5, spaces=10, charges=True) == reason


def test_estimate_from_payments_knows_nothing_newer_than_a_week_and_nothing_of_hours_without_a_price() -> None:
    kept = replace(KEPT, is_estimated=True, estimate_error=0.14)
    found = asked(60, 0.8, kept)
    assert (found.expected, found.method, found.follows_present, found.estimate_error) == (
        0.5,
        "last_week",
        False,
        0.14,
    )
    assert found.high - found.low == pytest.approx(0.32)
    assert found.scores == {"model": 0.1008}
    of_night = arrival(kept, at=NOW, now=NOW, share_now=None, spaces=10, charges=False)
    assert of_night == "not_charged_then"
    bare = replace(kept, within=None, beyond=None, scores=None, why_not="survey_too_small")
    assert arrival(bare, at=NOW, now=NOW, share_now=None, spaces=10, charges=True) == "survey_too_small"


def test_model_speaks_on_the_days_of_an_event() -> None:
    kept = replace(KEPT, events=(None,) * 3 + ("fair",) + (None,) * 4)
    assert [asked(1440 * day, 0.8, kept).method for day in (2, 3, 4)] == ["last_week", "model", "last_week"]


def test_days_of_events_are_those_of_the_zone_and_the_window() -> None:
    def event(event_id: int, name: str, first: int, end: int, *zone_ids: str) -> AnnouncedEvent:
        return AnnouncedEvent(
            event_id=event_id,
            name=name,
            first_day=date(2026, 7, first),
            end_day=date(2026, 7, end),
            zone_ids=zone_ids or None,
            announced_by="person:li.wei",
            announced_at=NOW,
        )

    events = [event(3, "market", 6, 7), event(1, "fair", 1, 5), event(2, "match", 4, 6, "Z1"), event(4, "run", 20, 21)]
    for zone_id, fourth, fifth in (("Z1", "match", "match"), ("Z2", "fair", None)):
        found = dict(days_with_events(events, zone_id, date(2026, 7, 3), 8))
        expected = {3: "fair", 4: fourth, 5: fifth, 6: "market"}
        assert found == {date(2026, 7, day): name for day, name in expected.items() if name is not None}
