"""The estimate beside the counts: how many of the unknown spaces are probably vacant, never added to those that are."""

from collections.abc import Iterable
from typing import Any

from api.public.read_model import ReadModel
from parking.occupancy.level_counts import Cell, Kind, by_kind
from parking.occupancy.vacancy_estimate import Vacancy, estimated_vacancy


def estimate_document(model: ReadModel, zone_id: str, cells: Iterable[tuple[Kind, Cell]], *, stale: bool) -> Any:  # noqa: ANN401 - JSON
    """Of these spaces of the zone; null where none is unknown, nothing tells of them, or the counts are themselves stale."""
    if stale:
        return None
    return vacancy_document(estimated_vacancy(by_kind(cells), model.usual.get(zone_id, {})))


def vacancy_document(vacancy: Vacancy | None) -> dict[str, Any] | None:
    return None if vacancy is None else vacancy._asdict()
