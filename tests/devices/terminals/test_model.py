"""What a terminal's words mean for those who look after it, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devices.terminals.model import Health, Heartbeat, Terminal, Transition, health_of, transition

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
FINE = Terminal(
    terminal_id="T1",
    operator_id="LZ",
    district_id="370305",
    zone_ids=("Z1",),
    located="here",
    registered_at=NOW,
    heard_at=NOW,
    stock={"paper": 80, "coins": 11},
)


@pytest.mark.parametrize(
    ("change", "health"),
    [
        ({}, "ok"),
        ({"stock": {"paper": 0}}, "attention"),
        ({"stock": {"paper": 0}, "faults": ("printer_jam",)}, "faulty"),
        ({"heard_at": NOW - timedelta(minutes=16), "faults": ("printer_jam",)}, "silent"),
        ({"heard_at": None}, "never_heard"),
        ({"revoked_at": NOW}, "revoked"),
    ],
)
def test_health_is_the_worst_of_what_is_known(change: dict[str, object], health: Health) -> None:
    assert health_of(replace(FINE, **change), NOW) == health  # type: ignore[arg-type]


def test_only_what_changed_is_told_when_a_heartbeat_comes() -> None:
    before = replace(FINE, faults=("printer_jam", "door_open"), stock={"paper": 8, "coins": 40})
    heard = Heartbeat(
        at=NOW, version="1", stock={"paper": 5, "coins": 10, "ribbon": 0}, faults=("door_open", "coin_jam")
    )
    assert transition(before, heard) == Transition(
        begun=("coin_jam",), cleared=("printer_jam",), low=("coins", "ribbon")
    )
