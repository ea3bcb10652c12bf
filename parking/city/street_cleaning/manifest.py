"""What the street cleaning module says of itself."""

from typing import Annotated, Literal

import msgspec

from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned, CleaningWindowRefused
from parking.events.restriction import RestrictionRequested, RestrictionRevoked
from parking.plugins.sdk import Manifest, Settings


class CleaningSettings(Settings, frozen=True, kw_only=True):
    """What a city may decide about its cleaning windows."""

    notice_minutes: Annotated[int, msgspec.Meta(ge=0, le=10_080)] = 30
    """Drivers get this much notice: a space is not closed earlier after the announcement."""
    longest_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 240
    """A plan beyond this is a mistake and closes nothing."""
    severity: Literal["no_new_entry", "clear_out", "tow"] = "clear_out"


MANIFEST = Manifest(
    name="street_cleaning",
    version="1.0.0",
    title="Street cleaning windows",
    clause="C4",
    documentation="docs/modules.md",
    reads=(CleaningWindowPlanned, CleaningWindowEnded),
    writes=(RestrictionRequested, RestrictionRevoked, CleaningWindowRefused),
    settings=CleaningSettings,
)
