"""A registered camera, which bay of it is which device, and when a plate that it read may count. Pure."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devices.ports import Sighting
from parking.domain.errors import InvalidInputError
from parking.domain.plates import is_civil

Mode = Literal["push", "pull", "mqtt", "frames"]
"""How its messages come: it posts them, we fetch its stream, a broker brings them; or we look at its frames ourselves."""
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
Passing = Literal["entry", "exit", "both"]
"""Which way the vehicles go whose plates it reads at a gate; `both` is told by the direction that it names."""
PASSINGS: Final[tuple[Passing, ...]] = get_args(Passing)

TOPIC: Final = "parking/v1/cameras"
"""Where cameras publish, each below its own id: the broker's rights keep one from speaking for another."""
_NO_ID = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera in use. Its id is a device's, as are those of its bays."""

    camera_id: str
    adapter: str
    mode: Mode
    address: str | None = None
    """Where it is reached: `http://192.0.2.7` for one that is pulled."""
    zone: str | None = None
    """What its clock keeps, as an IANA name, where it says none; None takes what its maker uses."""
    channel: str = "1"
    username: str | None = None
    secret: tuple[str, bytes] | None = field(default=None, repr=False)
    """Id of the sealing key and the sealed password: ours at the camera, or the camera's here (digest)."""
    facility_id: str | None = None
    """The facility whose gate it watches."""
    passing: Passing | None = None
    interval_s: int | None = None
    """Of one whose frames we look at: the seconds between two looks."""

    @property
    def time_zone(self) -> ZoneInfo | None:
        return None if self.zone is None else ZoneInfo(self.zone)


def bay_device(camera_id: str, bay: str) -> str:
    """The device that a bay of a camera is; what an id may not hold becomes a hyphen."""
    return f"{camera_id}:{_NO_ID.sub('-', bay.strip())}"


def camera_of(device_id: str) -> str | None:
    """The camera whose bay a device is; None for a device that is none."""
    camera_id, colon, _ = device_id.rpartition(":")
    return camera_id if colon else None


def is_event(sighting: Sighting) -> bool:
    """Something that happened, or back-dated evidence, and no poll."""
    return sighting.look_back or sighting.kind in {"change", "plate"}


def checked_zone(name: str) -> str:
    """Raises InvalidInputError `zone_invalid`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInputError(f"{name[:64]!r} is no time zone", code="zone_invalid") from error
    return name


@dataclass(frozen=True, kw_only=True)
class PlatePolicy:
    """When a plate that was read is certain enough to make a stay somebody's.

    A deployed gate system asks for 90 of 100 for the whole plate; the weakest character is the useful figure, as one weak
    character stands under a good whole (`../shared/vectors/cameras.json`, `hik-anpr-deepinview-v58`: 61 under 92).
    """

    least: float = 0.9
    least_character: float = 0.8

    def is_certain(self, sighting: Sighting) -> bool:
        """Where a camera says no figure at all, only a plate of an exact civil form counts."""
        if sighting.plate is None:
            return False
        if sighting.char_confidences and min(sighting.char_confidences) < self.least_character:
            return False
        if sighting.plate_confidence is None and not sighting.char_confidences:
            return is_civil(sighting.plate)
        return sighting.plate_confidence is None or sighting.plate_confidence >= self.least


def is_misread_of(read: str, known: str) -> bool:
    """Whether one may be the other with one character wrong, too many or missing: one car, not two. Both normalised."""
    if abs(len(read) - len(known)) > 1:
        return False
    if len(read) == len(known):
        return sum(a != b for a, b in zip(read, known, strict=True)) <= 1
    short, long = sorted((read, known), key=len)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


STAY_FOUND_WITHIN: Final = timedelta(seconds=120)
"""How far a sighting and the edge of its stay may lie apart: a change frame's accuracy on each side (street.md)."""


def direction_of(passing: Passing | None, said: str | None) -> Literal["entry", "exit"] | None:
    """Which way a vehicle went at a gate; None where nobody can say."""
    if passing is None or passing != "both":
        return passing
    word = (said or "").strip().lower()
    if word in {"forward", "in", "enter", "entry", "approach", "come", "0"}:
        return "entry"
    return "exit" if word in {"reverse", "out", "leave", "exit", "away", "go", "1"} else None


def later(tries: int, now: datetime) -> datetime:
    """When a message is worked off again whose stay is not there yet, or whose work failed."""
    return now + timedelta(seconds=min(2 * 2**tries, 600))
