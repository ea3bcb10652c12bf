"""Every event the platform knows: wire type to class and back. A class that is not listed here cannot be published."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from parking.events.arrears import AppealDecided, AppealFiled, ArrearsMoved, DebtReminded
from parking.events.case import CaseAssigned, CaseClosed, CaseOpened
from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned, CleaningWindowRefused
from parking.events.device import DeviceFaulted, DeviceRestored, RetrofitProgressed
from parking.events.evidence import EvidenceErased, EvidenceHandedOver, EvidenceSealed
from parking.events.fact import Fact
from parking.events.fee import FeeIssued, FeePaid, FeeRefunded, FeeReopened, FeeWrittenOff
from parking.events.place import PlaceChanged
from parking.events.policy import PolicyApproved, PolicyProposed, PolicyRejected
from parking.events.restriction import (
    RestrictionApplied,
    RestrictionRejected,
    RestrictionReleased,
    RestrictionRequested,
    RestrictionRevoked,
)
from parking.events.right import ReservationBooked, ReservationCancelled, RightGranted, RightRevoked
from parking.events.session import (
    SessionClaimed,
    SessionContradicted,
    SessionEnded,
    SessionReassigned,
    SessionRevised,
    SessionStarted,
)
from parking.events.sign import SignConfirmed, SignRequested
from parking.events.space import SpaceEvidenceReordered, SpaceStateChanged, ZoneCountsChanged
from parking.events.tariff import (
    TariffEffectJudged,
    TariffFrozen,
    TariffNoticed,
    TariffProposed,
    TariffPublished,
    TariffReverted,
    TariffUnfrozen,
    TariffWithdrawn,
)
from parking.events.terminal import TerminalFaultCleared, TerminalFaultReported, TerminalStockReported
from parking.events.vehicle import VehicleOverstaySuspected

EVENT_CLASSES: Final[tuple[type[Fact], ...]] = (
    AppealDecided,
    AppealFiled,
    ArrearsMoved,
    CaseAssigned,
    CaseClosed,
    CaseOpened,
    CleaningWindowEnded,
    CleaningWindowPlanned,
    CleaningWindowRefused,
    DebtReminded,
    DeviceFaulted,
    DeviceRestored,
    EvidenceErased,
    EvidenceHandedOver,
    EvidenceSealed,
    FeeIssued,
    FeePaid,
    FeeRefunded,
    FeeReopened,
    FeeWrittenOff,
    PlaceChanged,
    PolicyApproved,
    PolicyProposed,
    PolicyRejected,
    ReservationBooked,
    ReservationCancelled,
    RestrictionApplied,
    RestrictionRejected,
    RestrictionReleased,
    RestrictionRequested,
    RestrictionRevoked,
    RetrofitProgressed,
    RightGranted,
    RightRevoked,
    SessionClaimed,
    SessionContradicted,
    SessionEnded,
    SessionReassigned,
    SessionRevised,
    SessionStarted,
    SignConfirmed,
    SignRequested,
    SpaceEvidenceReordered,
    SpaceStateChanged,
    TariffEffectJudged,
    TariffFrozen,
    TariffNoticed,
    TariffProposed,
    TariffPublished,
    TariffReverted,
    TariffUnfrozen,
    TariffWithdrawn,
    TerminalFaultReported,
    TerminalFaultCleared,
    TerminalStockReported,
    VehicleOverstaySuspected,
    ZoneCountsChanged,
)

BY_TYPE: Final[Mapping[str, type[Fact]]] = MappingProxyType({cls.TYPE: cls for cls in EVENT_CLASSES})
