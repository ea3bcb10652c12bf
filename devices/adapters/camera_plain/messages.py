"""The wire of one look through a plain camera. It is our own: `docs/vision.md` describes it."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from parking.occupancy.evidence import SensedStatus

BAYS_LIMIT = 1_000

ViewFault = Literal["view_moved", "view_dirty", "view_dark", "sensor_failed"]
"""The last one: the same picture again and again, which no living sensor delivers."""


class BayLook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One bay in one frame; `status` null is "the picture does not tell"."""

    bay: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    status: SensedStatus | None = None
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    """How likely the stated status is."""


class Look(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything said of one frame. With a fault, the bays are those of which nothing can be said."""

    observed_at: Annotated[datetime, msgspec.Meta(tz=True)]
    bays: Annotated[list[BayLook], msgspec.Meta(min_length=1, max_length=BAYS_LIMIT)]
    fault: ViewFault | None = None
