"""Facts about the signs on the street: a tariff charges at a place only when its sign stands there."""

from datetime import datetime
from typing import ClassVar

from parking.events.fact import Fact


class SignRequested(Fact, frozen=True, kw_only=True):
    """The signs of these places have to be replaced before a version of a rate table charges there."""

    TYPE: ClassVar[str] = "parking.sign.requested"

    rate_table_id: str
    version: int
    zone_id: str
    kind: str
    place_ids: tuple[str, ...]
    """Segments at the kerb, facilities off the street; empty where the zone's spaces stand in neither."""
    effective_from: datetime

    @property
    def subject(self) -> str:
        return self.zone_id


class SignConfirmed(Fact, frozen=True, kw_only=True):
    """A person saw the new sign in its place."""

    TYPE: ClassVar[str] = "parking.sign.confirmed"

    task_id: int
    rate_table_id: str
    version: int
    zone_id: str
    kind: str
    place_id: str | None
    confirmed_at: datetime

    @property
    def subject(self) -> str:
        return self.zone_id
