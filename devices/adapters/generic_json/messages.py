"""One reading in our own JSON, in the spelling of `POST /v1/readings`."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from parking.occupancy.evidence import EvidenceKind

LARGEST_SEQUENCE: Final = 2**63 - 1
"""What the history's column holds."""
FOREIGN_ID: Final = r"^[!-~]{1,128}\Z"
"""Foreign ids: printable ASCII, so that they survive every store and log."""

ForeignId = Annotated[str, msgspec.Meta(pattern=FOREIGN_ID)]


class Statement(msgspec.Struct, forbid_unknown_fields=True):
    """What a device says, without saying who it is: the MQTT form, whose topic names the device."""

    observed_at: Annotated[datetime, msgspec.Meta(tz=True)]
    status: Literal["occupied", "free"] | msgspec.UnsetType | None = msgspec.UNSET
    """None is the device saying that it does not know; a kind that speaks of the state must say one of the three."""
    kind: EvidenceKind = "change"
    sequence: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_SEQUENCE)] | None = None
    session: ForeignId | None = None
    """Names the counting session of `sequence`, where the device has one."""
    id: ForeignId | None = None
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    battery_v: float | None = None
    battery_pct: float | None = None
    temperature_c: float | None = None


class Reading(Statement, forbid_unknown_fields=True, kw_only=True):
    """One item of `POST /v1/readings`."""

    device: str
