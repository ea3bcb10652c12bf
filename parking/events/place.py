"""Facts about the inventory: what spaces there are and where."""

from typing import ClassVar

from parking.events.fact import Fact


class PlaceChanged(Fact, frozen=True, kw_only=True):
    """A zone, or anything standing in it, was added, altered or taken out of use."""

    TYPE: ClassVar[str] = "parking.place.changed"

    zone_id: str
    district_id: str
    revision: int
    """Grows with every change of the zone; a reader ignores what is older than what it has."""
    capacity: int

    @property
    def subject(self) -> str:
        return self.zone_id
