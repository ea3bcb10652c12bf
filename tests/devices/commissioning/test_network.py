"""Loss and radio out of counters and kept messages."""

from datetime import UTC, datetime, timedelta

from devices.commissioning.judging import Said
from devices.commissioning.network import network_of
from parking.domain.clock import to_micros
from parking.raw.model import Outcome

START = datetime(2026, 6, 1, tzinfo=UTC)


def said(minute: float, sequence: int | None, session: str | None = None, kind: str = "restate") -> Said:
    at = START + timedelta(minutes=minute)
    return Said(at, at, kind, False, session, sequence, None, None)


def outcome(minute: float, sequence: int, rssi: float | None) -> Outcome:
    at = to_micros(START + timedelta(minutes=minute))
    return Outcome("undecodable", "d1", None, None, sequence, None, rssi, None, at)


def test_what_is_missing_of_the_counter_is_lost_over_days() -> None:
    numbers = [n for n in range(3 * 24 * 12) if n % 10]
    network = network_of([said(5 * n, n) for n in numbers], [])
    # The first that is missing is before the first that was heard.
    assert (network.expected, network.lost) == (863, 86)


def test_frame_that_nobody_could_read_is_not_lost() -> None:
    network = network_of([said(0, 1), said(2, 3)], [outcome(1, 2, -110), outcome(2, 3, -90)])
    assert (network.expected, network.lost, network.rssi_dbm, network.snr_db) == (3, 0, -100, None)


def test_nothing_is_known_of_a_device_that_counts_nothing() -> None:
    assert network_of([said(0, None), said(1, None)], []) == (None, None, None, None)


def test_counter_that_begins_anew_loses_nothing() -> None:
    network = network_of(
        [said(0, 500), said(5, 1, kind="startup"), said(6, 2), said(7, 0, "joined"), said(8, 1, "joined")], []
    )
    assert (network.expected, network.lost) == (5, 0)
