"""What a sighting is about: its device and space, when, and the stay that it shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from devices.cameras.model import is_event
from devices.cameras.plates import stay_of
from devices.ports import Sighting
from parking.domain.clock import from_micros
from parking.occupancy.evidence import Observation
from parking.sessions.model import ParkingSession


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A sighting at its place."""

    sighting: Sighting
    place: Observation
    at: datetime
    stay: ParkingSession | None

    @property
    def expects_stay(self) -> bool:
        """A car that has come has a stay in a moment; what merely says what is may be of none."""
        said = self.sighting
        return is_event(said) and not said.look_back and said.status != "free"


async def subject_of(session: AsyncSession, sighting: Sighting, place: Observation) -> Subject:
    at = from_micros(place.observed_at)
    left = sighting.kind == "change" and sighting.status == "free"
    return Subject(sighting=sighting, place=place, at=at, stay=await stay_of(session, place.space_id, at, left=left))
