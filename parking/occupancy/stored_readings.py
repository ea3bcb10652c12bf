"""Readings of history as the engine had them: for whoever goes over them once more."""

from typing import Any, Final

from sqlalchemy import func

from parking.domain.clock import to_micros
from parking.occupancy.evidence import Observation
from parking.occupancy.tables import ObservationRow

_SILENCE_S: Final = 24 * 3600
"""Of readings from before history kept how long their device might be silent."""

COLUMNS: Final = (
    ObservationRow.device_id,
    ObservationRow.space_id,
    ObservationRow.zone_id,
    ObservationRow.kind,
    ObservationRow.status,
    ObservationRow.observed_at,
    ObservationRow.received_at,
    func.coalesce(ObservationRow.silence_s, _SILENCE_S).label("silence_s"),
    ObservationRow.session,
    ObservationRow.sequence,
    ObservationRow.event_id,
    ObservationRow.confidence,
    ObservationRow.previous_least_s,
    ObservationRow.previous_below_s,
    func.coalesce(ObservationRow.trusted, True).label("trusted"),
    ObservationRow.source,
)
"""All that moves a space; what only tells of the device's health is left out."""


def reading_of(row: Any) -> Observation:  # noqa: ANN401 - a row with the columns
    least, below = row.previous_least_s, row.previous_below_s
    return Observation(
        device_id=row.device_id,
        space_id=row.space_id,
        zone_id=row.zone_id,
        kind=row.kind,
        status=row.status,
        observed_at=to_micros(row.observed_at),
        received_at=to_micros(row.received_at),
        silence_s=row.silence_s,
        session=row.session,
        sequence=row.sequence,
        event_id=row.event_id,
        confidence=row.confidence,
        previous_s=None if least is None or below is None else (least, below),
        trusted=row.trusted,
        source=row.source,
    )
