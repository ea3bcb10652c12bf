"""What each second of a stay is: not accruing, exempt, charging free of charge, or accruing somewhere.

The rules are those of docs/tariffs.md, "Exact meaning", 1.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeVar

from pricing.fees.draft_lines import Draft, nothing
from pricing.fees.model import Stay
from pricing.fees.plan import CollectionPlan, TablePlan
from pricing.fees.refusals import refused
from pricing.fees.timeline import Place, Timeline
from pricing.rates.model import RateTable

Use = Literal["parked", "charging", "idle"]
_What = TypeVar("_What")


class Piece(NamedTuple):
    """Accruing seconds `[low, high)` between two changes."""

    low: int
    high: int
    collection: CollectionPlan
    percent: int
    use: Use
    place: Place
    version: RateTable


def accruing(plan: TablePlan, stay: Stay, line: Timeline) -> tuple[list[Piece], list[Draft]]:
    """The seconds that accrue, in order of time, and lines that say why the others do not.

    Raises `FeeRefusedError`: `rate_missing` or `rate_ambiguous` where an accruing second has not one collection.
    """
    pieces: list[Piece] = []
    drafts: list[Draft] = []
    for low, high in pairwise(line.cuts()):
        reason = next((item for item in line.reasons if item.low <= low < item.high), None)
        if reason is not None:
            _extend(drafts, nothing(low, high, reason.rule, reason.why))
            continue
        place = _last(line.places, low)
        collection, percent = collection_for(plan, stay, place)
        use: Use = "parked"
        if any(since <= low < until for since, until in line.charging):
            use = "charging"
        elif place.use == "charging" and plan.table.charging is not None:
            use = "idle"
        pieces.append(Piece(low, high, collection, percent, use, place, _last(line.versions, low)))
    return pieces, drafts


def collection_for(plan: TablePlan, stay: Stay, place: Place) -> tuple[CollectionPlan, int]:
    """The one collection for the place and vehicle, with its percentage; raises as `accruing`."""
    found = plan.collections_for((place.area_class, place.kind, stay.vehicle_class, stay.energy, place.use))
    if len(found) == 1:
        return found[0]
    who = f"class {place.area_class}, {place.kind}, {place.use}, {stay.vehicle_class}, {stay.energy}"
    if not found:
        raise refused(plan.table, "rate_missing", f"no collection for {who}")
    names = [item.collection.collection_id for item, _ in found]
    raise refused(plan.table, "rate_ambiguous", f"{len(found)} collections for {who}", collection=names)


def _last(changes: Sequence[tuple[int, _What]], second: int) -> _What:
    found = changes[0][1]
    for at, what in changes[1:]:
        if at > second:
            break
        found = what
    return found


def _extend(drafts: list[Draft], draft: Draft) -> None:
    if drafts and (last := drafts[-1]).end == draft.start and (last.rule, last.why) == (draft.rule, draft.why):
        draft = nothing(last.start, draft.end, draft.rule, draft.why)
        drafts.pop()
    drafts.append(draft)
