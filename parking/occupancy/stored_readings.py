"""Readings of history as the engine had them: for whoever goes over them once more."""

from collections.abc import Sequence
from typing import Any, Final

from parking.occupancy.evidence import Observation

_SILENCE_S: Final = 24 * 3600
"""Of readings from before history kept how long their device might be silent."""


def micros(column: str) -> str:
    """SQL of an instant in microseconds: exact, and cheaper than an object that is made of it and taken apart again."""
    return f"CAST(extract(epoch FROM {column}) * 1000000 AS bigint)"


SELECTED: Final = f"""
    device_id, space_id, zone_id, kind, status, {micros("observed_at")}, {micros("received_at")},
    coalesce(silence_s, {_SILENCE_S}), session, sequence, event_id, confidence, previous_least_s, previous_below_s,
    coalesce(trusted, true), source
"""
"""All that moves a space; what only tells of the device's health is left out."""
WIDTH: Final = 16
"""How many columns that are."""


def reading_of(row: Sequence[Any]) -> Observation:
    """Of the selected columns, whatever follows them."""
    (
        device_id,
        space_id,
        zone_id,
        kind,
        status,
        observed_at,
        received_at,
        silence_s,
        session,
        sequence,
        event_id,
        confidence,
        least,
        below,
        trusted,
        source,
    ) = row[:WIDTH]
    return Observation(
        device_id=device_id,
        space_id=space_id,
        zone_id=zone_id,
        kind=kind,
        status=status,
        observed_at=observed_at,
        received_at=received_at,
        silence_s=silence_s,
        session=session,
        sequence=sequence,
        event_id=event_id,
        confidence=confidence,
        previous_s=None if least is None or below is None else (least, below),
        trusted=trusted,
        source=source,
    )
