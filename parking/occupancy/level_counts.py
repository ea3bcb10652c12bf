"""Counts of every level above the space, moved by one with every space that moves: nothing is summed over spaces again.

The spaces of a shard are counted in *cells*: all those of one zone, segment or facility, kind and use. A zone, a segment
and a facility are the sums of their few cells; districts are counted beside them, because a district has thousands.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from parking.occupancy.changes import rests_on_word
from parking.occupancy.model import SpaceState
from parking.places.catalogue import ListedSpace
from parking.places.model import PlaceKind, SpaceUse

RESTRICTED_OCCUPIED: Final = "restricted_occupied"
"""A restricted space that is believed to be occupied; those that are not stand under `restricted`."""
BY_WORD: Final = "occupied_by_word"
"""Occupied on a person's word alone (`changes.rests_on_word`); other occupied ones stand under `occupied`."""
_SAID: Final = frozenset({"vacant", "occupied", BY_WORD, "restricted", RESTRICTED_OCCUPIED})
UNEXPLAINED: Final = "unexplained"


class Kind(NamedTuple):
    """What spaces are told apart by; None of a space that the inventory at hand does not know yet, or no longer."""

    kind: PlaceKind | None
    use: SpaceUse | None


class Group(NamedTuple):
    """Where in a zone a space stands, and of what kind it is."""

    segment_id: str | None
    facility_id: str | None
    kind: Kind


class Numbers(NamedTuple):
    """Counts of some spaces: vacant + occupied + unknown + restricted = capacity, always."""

    capacity: int
    vacant: int
    occupied: int
    unknown: int
    restricted: int
    restricted_occupied: int
    unknown_because: Mapping[str, int]
    """How many are unknown for which reason; they add up to `unknown`. Reasons as in `SpaceState.reason`."""
    observed_at: int | None
    """Device time of the newest evidence about any of them."""
    by_word: int = 0
    """Of the occupied ones those of which only a person said so: beside unknown ones they are no sample of the street, as nobody tells of free ones."""


class Cell:
    """Spaces by what they count as: `vacant`, the two occupied ones, the two restricted ones, or the reason why they are unknown."""

    __slots__ = ("numbers", "observed_at")

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.observed_at: int | None = None

    def move(self, counted_as: str, by: int) -> None:
        self.numbers[counted_as] = self.numbers.get(counted_as, 0) + by

    def heard(self, observed_at: int | None) -> None:
        if observed_at is not None and (self.observed_at is None or observed_at > self.observed_at):
            self.observed_at = observed_at


def counted_as(state: SpaceState) -> str:
    """The one number in which a space counts."""
    if state.restricted:
        return RESTRICTED_OCCUPIED if state.belief == "occupied" else "restricted"
    if state.belief == "free":
        return "vacant"
    if state.belief == "occupied":
        return BY_WORD if rests_on_word(state) else "occupied"
    return state.reason or UNEXPLAINED


class LevelCounts:
    """The spaces of one shard; whoever puts one in and takes one out says where it stands, with the same words."""

    def __init__(self) -> None:
        self._cells: dict[str, dict[Group, Cell]] = {}
        self._districts: dict[str, dict[Kind, Cell]] = {}

    def put(self, state: SpaceState, group: Group, district_id: str | None) -> None:
        """Count a space; `district_id` is that of its zone, None where the inventory knows no such zone."""
        self._move(state.zone_id, group, district_id, counted_as(state), 1)
        self._cell(state.zone_id, group).heard(state.observed_at)

    def take(self, state: SpaceState, group: Group, district_id: str | None) -> None:
        """Count a space no longer."""
        self._move(state.zone_id, group, district_id, counted_as(state), -1)

    def move(self, before: SpaceState, after: SpaceState, group: Group, district_id: str | None) -> None:
        """As `take` and `put` for a space that stays in its zone; most only hear that all is as it was."""
        was, now = counted_as(before), counted_as(after)
        if was != now:
            self._move(before.zone_id, group, district_id, was, -1)
            self._move(after.zone_id, group, district_id, now, 1)
        self._cell(after.zone_id, group).heard(after.observed_at)

    def cells(self, zone_id: str) -> Mapping[Group, Cell]:
        return self._cells.get(zone_id, {})

    def district_cells(self, district_id: str) -> Mapping[Kind, Cell]:
        return self._districts.get(district_id, {})

    def _move(self, zone_id: str, group: Group, district_id: str | None, counted: str, by: int) -> None:
        self._cell(zone_id, group).move(counted, by)
        if district_id is not None:
            kinds = self._districts.setdefault(district_id, {})
            cell = kinds.get(group.kind)
            if cell is None:
                cell = kinds[group.kind] = Cell()
            cell.move(counted, by)

    def _cell(self, zone_id: str, group: Group) -> Cell:
        groups = self._cells.get(zone_id)
        if groups is None:
            groups = self._cells[zone_id] = {}
        cell = groups.get(group)
        if cell is None:
            cell = groups[group] = Cell()
        return cell


def total(cells: Iterable[Cell]) -> Numbers:
    """The sum of cells."""
    numbers: dict[str, int] = {}
    observed_at: int | None = None
    for cell in cells:
        for name, number in cell.numbers.items():
            numbers[name] = numbers.get(name, 0) + number
        if cell.observed_at is not None and (observed_at is None or cell.observed_at > observed_at):
            observed_at = cell.observed_at
    because = {name: numbers[name] for name in sorted(numbers.keys() - _SAID) if numbers[name]}
    inside, by_word = numbers.get(RESTRICTED_OCCUPIED, 0), numbers.get(BY_WORD, 0)
    return Numbers(
        capacity=sum(numbers.values()),
        vacant=numbers.get("vacant", 0),
        occupied=numbers.get("occupied", 0) + by_word,
        unknown=sum(because.values()),
        restricted=numbers.get("restricted", 0) + inside,
        restricted_occupied=inside,
        unknown_because=because,
        observed_at=observed_at,
        by_word=by_word,
    )


def by_kind(cells: Iterable[tuple[Kind, Cell]]) -> list[tuple[Kind, Numbers]]:
    """The sums for each kind and use of which there is a space, in order of their names."""
    sorts: dict[Kind, list[Cell]] = {}
    for kind, cell in cells:
        sorts.setdefault(kind, []).append(cell)
    sums = [(kind, total(found)) for kind, found in sorts.items()]
    return sorted(
        [(kind, numbers) for kind, numbers in sums if numbers.capacity],
        key=lambda one: (one[0].kind or "", one[0].use or ""),
    )


def group_of(place: ListedSpace | None) -> Group:
    """Where a space stands by the inventory; a space that it does not list stands nowhere."""
    return NOWHERE if place is None else Group(place.segment_id, place.facility_id, Kind(place.kind, place.use))


NOWHERE: Final = Group(None, None, Kind(None, None))
