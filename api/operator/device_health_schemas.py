"""How devices are and what is wrong with them, as operators see it."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from devices.health import baseline, battery, counter
from devices.health.clock_offset import learnt
from devices.health.device import DeviceHealth
from devices.health.listing import Listed
from devices.health.policy import SECOND, USUAL
from devices.health.tables import DeviceFaultRow
from devices.inventory.model import silence_after
from parking.domain.clock import from_micros, to_micros
from parking.events.device import DeviceFault
from parking.occupancy.evidence import EvidenceSource
from parking.occupancy.fusion.learnt import LearntErrors, LearntRate

ErrorKind = Literal["missed_changes", "false_changes_a_day", "wrong_looks", "wrong_stays"]
_EPOCH = date(1970, 1, 1)


class TwoTongues(BaseModel):
    """A sentence in both languages of the pages."""

    zh: str
    en: str


class FaultOut(BaseModel):
    """One fault from its opening to its end."""

    id: str
    device: str
    space: str | None
    zone: str | None
    district: str | None
    fault: DeviceFault
    since: datetime = Field(description="From when it is believed to have lasted")
    opened_at: datetime = Field(description="When it was found")
    closed_at: datetime | None
    distrusted: bool = Field(description="While it is open, the device's word tells nothing of its space")
    detail: TwoTongues
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    dismissed_at: datetime | None
    dismissed_by: str | None

    @classmethod
    def of(cls, row: DeviceFaultRow) -> "FaultOut":
        return cls.model_validate(
            {
                "id": row.fault_id,
                "device": row.device_id,
                "space": row.space_id,
                "zone": row.zone_id,
                "district": row.district_id,
                "detail": TwoTongues(zh=row.detail_zh, en=row.detail_en),
            }
            | {
                name: getattr(row, name)
                for name in (
                    "fault",
                    "since",
                    "opened_at",
                    "closed_at",
                    "distrusted",
                    "acknowledged_at",
                    "acknowledged_by",
                    "dismissed_at",
                    "dismissed_by",
                )
            }
        )


class FaultList(BaseModel):
    """A page of faults, newest first, and how many of each kind are open in all that the caller may see."""

    faults: list[FaultOut]
    open: dict[DeviceFault, int]
    next: str | None


class DismissalIn(BaseModel):
    """Why the device is in order after all."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class BatteryOut(BaseModel):
    """The newest daily mean, and the day on which the line through the last weeks reaches empty."""

    value: float
    unit: Literal["pct", "V"]
    a_day: float | None = Field(description="Slope of that line, where it falls beyond doubt")
    empty_on: date | None
    days: list[tuple[date, float]] = Field(default_factory=list, description="Daily means; only of one device")


class DeviceHealthOut(BaseModel):
    """A device and how it is."""

    device: str
    profile: str
    version: str
    space: str | None
    zone: str | None
    district: str | None
    heard_at: datetime | None
    silence_s: int = Field(description="How long it may be silent")
    trusted: bool = Field(description="Whether no open fault voids its word")
    faults: list[DeviceFault] = Field(description="Those that are open, oldest first")
    battery: BatteryOut | None
    messages_day: int = Field(description="Messages expected within a day by its counter")
    lost_day: int
    clock_offset_s: float | None = Field(description="How far its clock is ahead; null while not known or not steady")
    rssi_dbm: float | None


class HealthList(BaseModel):
    """A page of devices by id."""

    devices: list[DeviceHealthOut]
    next: str | None


class ErrorRateOut(BaseModel):
    """How often a device errs in one way, as another kind of evidence has shown at its space."""

    what: ErrorKind
    learnt: float
    published: float = Field(description="The figure from which the learning began")


class WholeDeviceHealth(DeviceHealthOut):
    """With what lies behind it."""

    changed_at: datetime | None = Field(description="When its word about the space changed last")
    restarts: list[datetime] = Field(description="The last ones")
    baseline_drift: float | None = Field(description="In units of what a vehicle does to the field")
    differs: dict[str, float] = Field(description="Share of the time in which it differs from others of its space")
    history: list[FaultOut] = Field(description="Its last faults, newest first")
    errors: list[ErrorRateOut] | None = Field(
        description="Empty while no other kind of evidence tells of its space; null while the live store does not answer"
    )


def health_out(one: Listed, now: datetime, *, empty_v: float | None, days: bool = False) -> DeviceHealthOut:
    state = one.state or DeviceHealth()
    expected, lost = counter.loss(state.counter, to_micros(now))
    offset = learnt(state.clock, USUAL)
    return DeviceHealthOut(
        device=one.device_id,
        profile=f"{one.vendor}/{one.model}",
        version=one.version,
        space=one.space_id,
        zone=one.zone_id,
        district=one.district_id,
        heard_at=from_micros(state.heard_at) if state.heard_at else None,
        silence_s=silence_after(one.heartbeat_s),
        trusted=not one.distrusted,
        faults=list(one.faults),
        battery=_battery(state.battery, empty_v, days=days),
        messages_day=expected,
        lost_day=lost,
        clock_offset_s=None if offset is None else offset / SECOND,
        rssi_dbm=state.rssi_dbm,
    )


def whole_out(
    one: Listed, history: list[FaultOut], errors: list[ErrorRateOut] | None, now: datetime, *, empty_v: float | None
) -> WholeDeviceHealth:
    state = one.state or DeviceHealth()
    known = health_out(one, now, empty_v=empty_v, days=True)
    moved = state.motion.changed_at
    return WholeDeviceHealth(
        **known.model_dump(),
        changed_at=from_micros(moved) if moved else None,
        restarts=[from_micros(at) for at in (state.restarts.at if state.restarts else ())],
        baseline_drift=baseline.drift(state.baseline),
        differs={other: round(peer.share, 3) for other, peer in state.peers.items()},
        history=history,
        errors=errors,
    )


def errors_out(learnt: LearntErrors | None, source: EvidenceSource) -> list[ErrorRateOut]:
    """Those that a device of this kind can make."""
    if learnt is None:
        return []
    if source == "geomagnetic":
        return [_error("missed_changes", learnt.missed), _error("false_changes_a_day", learnt.flips_a_day)]
    if source == "camera":
        return [_error("wrong_looks", learnt.misread), _error("wrong_stays", learnt.bad)]
    return []


def _error(what: ErrorKind, rate: LearntRate) -> ErrorRateOut:
    return ErrorRateOut(what=what, learnt=round(rate.learnt, 4), published=round(rate.published, 4))


def _battery(known: battery.Battery | None, empty_v: float | None, *, days: bool) -> BatteryOut | None:
    if known is None or not known.days:
        return None
    end = battery.ends_on(known, empty_v, USUAL)
    return BatteryOut(
        value=known.means[-1],
        unit=known.unit,
        a_day=known.trend.slope if known.trend is not None and known.trend.falls else None,
        empty_on=None if end is None else _day(end),
        days=[(_day(day), mean) for day, mean in zip(known.days, known.means, strict=True)] if days else [],
    )


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def cursor_of(row: DeviceFaultRow) -> str:
    """Where the next page begins."""
    return f"{to_micros(row.opened_at.astimezone(UTC))}.{row.fault_id}"
