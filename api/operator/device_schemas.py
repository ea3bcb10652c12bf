"""Devices as operators see and order them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from devices.inventory.life import Deed, Stage
from devices.inventory.listing import PlacedDevice
from devices.inventory.tables import DeviceStepRow
from devices.inventory.wishes import NewDevice, RowError
from parking.domain.ids import ID_PATTERN
from parking.places.model import Binding
from parking.raw.unknown import UnknownDevice

Identifier = Annotated[str, Field(pattern=ID_PATTERN)]
Words = Annotated[str, Field(min_length=3, max_length=500)]
Short = Annotated[str, Field(min_length=1, max_length=100)]


class DeviceOut(BaseModel):
    """A device and the space that it watches, or watched last."""

    id: str
    vendor: str
    model: str
    version: str
    heartbeat_s: int
    stage: Stage
    counts: bool = Field(description="Whether its word tells what the state of its space is")
    supplier: str | None
    batch: str | None
    serial: str | None
    installed_at: datetime | None
    space: str | None
    zone: str | None
    district: str | None
    since: datetime | None
    until: datetime | None = Field(description="When that watch ended; null while it goes on")

    @classmethod
    def of(cls, placed: PlacedDevice) -> "DeviceOut":
        device = placed.device
        return cls(
            id=device.device_id,
            vendor=device.vendor,
            model=device.model,
            version=device.version,
            heartbeat_s=device.heartbeat_s,
            stage=device.stage,
            counts=device.is_counted,
            supplier=device.supplier,
            batch=device.batch,
            serial=device.serial,
            installed_at=device.installed_at,
            space=placed.space_id,
            zone=placed.zone_id,
            district=placed.district_id,
            since=placed.since,
            until=placed.until,
        )


class DeviceList(BaseModel):
    """By id; `next` is null at the end."""

    devices: list[DeviceOut]
    next: str | None


class ProfileOut(BaseModel):
    """A vendor and model that can be decoded, with the codec generations of its firmware, the newest last."""

    vendor: str
    model: str
    versions: list[str]


class ProfileList(BaseModel):
    """By vendor and model."""

    profiles: list[ProfileOut]


class StepOut(BaseModel):
    """One thing that was done with a device."""

    at: datetime
    actor: str
    deed: Deed
    stage: Stage
    reason: str | None
    details: dict[str, Any]

    @classmethod
    def of(cls, row: DeviceStepRow) -> "StepOut":
        return cls.model_validate(row, from_attributes=True)


class WatchOut(BaseModel):
    """A space that a device watches or has watched."""

    space: str
    zone: str
    district: str
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, binding: Binding) -> "WatchOut":
        return cls(
            space=binding.space_id,
            zone=binding.zone_id,
            district=binding.district_id,
            since=binding.valid.start,
            until=binding.valid.end,
        )


class WholeDevice(BaseModel):
    """A device with its life."""

    device: DeviceOut
    wire_id: str | None = Field(description="Under what it speaks, where that is not its id")
    keys: list[str] = Field(description="Which keys of its radio are kept; what they are takes a look of its own")
    watches: list[WatchOut]
    steps: list[StepOut]


class DeviceIn(BaseModel):
    """A device to register. It is to be tested: its word counts once it is accepted."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"id": "ZD-001-G7", "vendor": "PNI", "model": "PlacePod", "space": "ZD-001-007"}]
        },
    )

    id: Identifier
    vendor: Short
    model: Short
    version: Short | None = None
    heartbeat_s: Annotated[int, Field(strict=True, ge=1)] | None = None
    space: Identifier | None = None
    wire_id: Identifier | None = None
    keys: dict[str, str] = Field(default_factory=dict, description="`join_eui`, `app_key`, `nwk_key` in hexadecimal")
    supplier: Short | None = None
    batch: Short | None = None
    serial: Short | None = None
    installed_at: AwareDatetime | None = None

    def wish(self) -> NewDevice:
        return NewDevice(
            device_id=self.id,
            vendor=self.vendor,
            model=self.model,
            version=self.version,
            heartbeat_s=self.heartbeat_s,
            space_id=self.space,
            wire_id=self.wire_id,
            secrets=self.keys,
            supplier=self.supplier,
            batch=self.batch,
            serial=self.serial,
            installed_at=self.installed_at,
        )


class RefusedRow(BaseModel):
    """Why one of many was refused; the others are in. `index` counts from 0."""

    index: int
    code: str
    detail: str

    @classmethod
    def of(cls, error: RowError) -> "RefusedRow":
        return cls(index=error.index, code=error.code, detail=error.detail)


class ImportOut(BaseModel):
    """What an import did."""

    registered: int
    bound: int
    refused: list[RefusedRow]


class BindIn(BaseModel):
    """The space that a device watches from now on, or from an instant of the last day."""

    model_config = ConfigDict(extra="forbid")

    space: Identifier
    since: AwareDatetime | None = None


class DeviceReasonIn(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Words


class ReplaceIn(BaseModel):
    """What takes the place of a device. `accept` lets its word count at once, which is an approver's to say."""

    model_config = ConfigDict(extra="forbid")

    by: Identifier
    reason: Words
    accept: bool = False


class KeysIn(BaseModel):
    """What the keys are needed for; the look is written down with it."""

    model_config = ConfigDict(extra="forbid")

    purpose: Words


class KeysOut(BaseModel):
    """The keys of a device's radio in clear."""

    device: str
    keys: dict[str, str]


class UnknownOut(BaseModel):
    """A device that speaks and that nobody has registered."""

    source: str
    wire_id: str
    first_seen: datetime
    last_seen: datetime
    frames: int

    @classmethod
    def of(cls, held: UnknownDevice) -> "UnknownOut":
        return cls.model_validate(held, from_attributes=True)


class UnknownList(BaseModel):
    """Those that wait for a person; `next` is null at the end."""

    devices: list[UnknownOut]
    next: str | None


class ConfirmIn(BaseModel):
    """What an unknown device is. Without an `id` it is known by the one under which it speaks."""

    model_config = ConfigDict(extra="forbid")

    vendor: Short
    model: Short
    version: Short | None = None
    id: Identifier | None = None
    space: Identifier | None = None


Sight = Literal["occupied", "free"]
