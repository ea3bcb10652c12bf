"""Every event the platform knows: wire type to class and back. A class that is not listed here cannot be published."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned, CleaningWindowRefused
from parking.events.fact import Fact
from parking.events.fee import FeeIssued, FeePaid, FeeRefunded
from parking.events.place import PlaceChanged
from parking.events.restriction import (
    RestrictionApplied,
    RestrictionRejected,
    RestrictionReleased,
    RestrictionRequested,
    RestrictionRevoked,
)
from parking.events.session import SessionClaimed, SessionContradicted, SessionEnded, SessionStarted
from parking.events.sign import SignConfirmed, SignRequested
from parking.events.space import SpaceStateChanged, ZoneCountsChanged
from parking.events.tariff import (
    TariffFrozen,
    TariffNoticed,
    TariffProposed,
    TariffPublished,
    TariffReverted,
    TariffUnfrozen,
    TariffWithdrawn,
)

EVENT_CLASSES: Final[tuple[type[Fact], ...]] = (
    CleaningWindowEnded,
    CleaningWindowPlanned,
    CleaningWindowRefused,
    FeeIssued,
    FeePaid,
    FeeRefunded,
    PlaceChanged,
    RestrictionApplied,
    RestrictionRejected,
    RestrictionReleased,
    RestrictionRequested,
    RestrictionRevoked,
    SessionClaimed,
    SessionContradicted,
    SessionEnded,
    SessionStarted,
    SignConfirmed,
    SignRequested,
    SpaceStateChanged,
    TariffFrozen,
    TariffNoticed,
    TariffProposed,
    TariffPublished,
    TariffReverted,
    TariffUnfrozen,
    TariffWithdrawn,
    ZoneCountsChanged,
)

BY_TYPE: Final[Mapping[str, type[Fact]]] = MappingProxyType({cls.TYPE: cls for cls in EVENT_CLASSES})
