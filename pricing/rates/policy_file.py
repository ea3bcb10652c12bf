"""The human-writable form of a rate table: a TOML file, read strictly, refused with the place of the mistake."""

from datetime import time
from pathlib import Path
from typing import Literal

import msgspec

from parking.domain.errors import InvalidInputError
from parking.places.model import AreaClass, PlaceKind, PriceForm
from pricing.rates.model import (
    EnergyQuota,
    FreeAllowance,
    LegalBasis,
    LineMode,
    RateLine,
    RateTable,
    VehicleClass,
)


class PolicyFileError(InvalidInputError):
    """The file is no rate table; the detail names the key."""

    code = "policy_invalid"


class _Legal(msgspec.Struct, forbid_unknown_fields=True):
    document: str
    authority: str
    form: PriceForm
    source: str


class _Free(msgspec.Struct, forbid_unknown_fields=True):
    minutes: int
    when_exceeded: Literal["deducted", "lost"]


class _Quota(msgspec.Struct, forbid_unknown_fields=True):
    minutes_a_day: int
    stacks_on_free: bool


class _Line(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    rule: str
    area_class: AreaClass
    kinds: list[PlaceKind]
    vehicle: VehicleClass
    from_: str
    to: str
    mode: LineMode
    price: int = 0
    unit_minutes: int | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rate_table: str
    version: int
    title: str
    title_en: str
    currency: str
    timezone: str
    legal: _Legal
    line: list[_Line]
    free: _Free | None = None
    energy_quota: _Quota | None = None


def read_policy(path: Path) -> RateTable:
    """Read a policy file; raises `PolicyFileError` naming the first thing wrong in it."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PolicyFileError(f"{path}: {error.strerror}", code="policy_unreadable") from error
    return parse_policy(text, name=str(path))


def parse_policy(text: bytes, *, name: str = "policy") -> RateTable:
    try:
        file = msgspec.toml.decode(text, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PolicyFileError(f"{name}: {error}") from error
    return RateTable(
        rate_table_id=file.rate_table,
        version=file.version,
        title=file.title,
        title_en=file.title_en,
        currency=file.currency,
        timezone=file.timezone,
        legal=LegalBasis(**msgspec.structs.asdict(file.legal)),
        lines=tuple(_line(name, index, line) for index, line in enumerate(file.line)),
        free=None
        if file.free is None
        else FreeAllowance(seconds=file.free.minutes * 60, when_exceeded=file.free.when_exceeded),
        energy_quota=None
        if file.energy_quota is None
        else EnergyQuota(
            seconds_a_day=file.energy_quota.minutes_a_day * 60, stacks_on_free=file.energy_quota.stacks_on_free
        ),
    )


def _line(name: str, index: int, line: _Line) -> RateLine:
    where = f"{name}: line[{index}] ({line.rule})"
    if line.mode == "per_unit" and (line.unit_minutes is None or line.unit_minutes <= 0):
        raise PolicyFileError(f"{where}: a price per unit needs unit_minutes above 0")
    if line.mode != "per_unit" and line.unit_minutes is not None:
        raise PolicyFileError(f"{where}: unit_minutes belongs to a price per unit only")
    if line.price < 0 or (line.mode == "free" and line.price != 0):
        raise PolicyFileError(f"{where}: the price of this mode cannot be {line.price}")
    return RateLine(
        rule_id=line.rule,
        area_class=line.area_class,
        kinds=frozenset(line.kinds),
        vehicle_class=line.vehicle,
        start=_time(where, "from", line.from_),
        end=_time(where, "to", line.to),
        mode=line.mode,
        unit_price=line.price,
        unit_s=None if line.unit_minutes is None else line.unit_minutes * 60,
    )


def _time(where: str, key: str, text: str) -> time:
    try:
        return time() if text == "24:00" else time.fromisoformat(text)
    except ValueError as error:
        raise PolicyFileError(f"{where}: {key} is no time of day: {text!r}") from error
