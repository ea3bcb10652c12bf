"""Facts about vehicles that a person must look at. Neither a plate nor its token ever travels."""

from datetime import datetime
from typing import ClassVar

from parking.events.fact import Fact


class VehicleOverstaySuspected(Fact, frozen=True, kw_only=True):
    """A stay is longer than its place allows; told once for each stay, and nothing follows from it by itself."""

    TYPE: ClassVar[str] = "parking.vehicle.overstay_suspected"

    session_id: str
    space_id: str
    zone_id: str
    started_at: datetime
    longest_minutes: int
    """The longest stay there, as of the suspicion."""
    suspected_at: datetime

    @property
    def subject(self) -> str:
        return self.space_id
