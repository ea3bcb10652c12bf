"""A segment as citizens get it: the kerb under one sign, with the counts of its spaces."""

from api.public.documents import Crs, Document, kinds_document, point, projected, seen, summed
from api.public.estimates import estimate_document
from api.public.read_model import ReadModel
from parking.occupancy.level_counts import Cell, Kind, total
from parking.occupancy.shards import shard_of
from parking.places.model import Geometry, Segment


def segment_document(model: ReadModel, segment: Segment, crs: Crs = "wgs84") -> Document:
    """Raise `UnavailableError` before the inventory is loaded."""
    cells = _cells(model, segment)
    numbers, stale = total(cell for _, cell in cells), _is_stale(model, segment)
    return {
        "id": segment.segment_id,
        "zone": segment.zone_id,
        "name": segment.name,
        "name_en": segment.name_en,
        "position": point(model.atlas.segment_positions.get(segment.segment_id), crs),
        **summed(numbers),
        "estimated_vacant": estimate_document(model, segment.zone_id, cells, stale=stale),
        **seen(numbers.observed_at, model.now_us(), stale=stale),
    }


def segment_detail(model: ReadModel, segment: Segment, crs: Crs = "wgs84") -> Document:
    """A segment with its counts by kind."""
    kinds = kinds_document(_cells(model, segment), model.now_us(), stale=_is_stale(model, segment))
    return segment_document(model, segment, crs) | {"kinds": kinds}


def segment_geometry(model: ReadModel, segment: Segment, crs: Crs) -> Geometry | None:
    """The line of the segment, or the middle of its spaces when nobody drew one."""
    if segment.geometry is None:
        return point(model.atlas.segment_positions.get(segment.segment_id), crs)
    return projected(segment.geometry, crs)


def _cells(model: ReadModel, segment: Segment) -> list[tuple[Kind, Cell]]:
    return [
        (group.kind, cell)
        for group, cell in model.cells(segment.zone_id).items()
        if group.segment_id == segment.segment_id
    ]


def _is_stale(model: ReadModel, segment: Segment) -> bool:
    """A segment lies in one zone, and a zone in one shard."""
    return model.shards[shard_of(segment.zone_id)].stale
