"""The human-writable form of what a price document allows: a TOML file, read strictly."""

from pathlib import Path
from typing import Literal

import msgspec

from parking.places.model import AreaClass, PlaceKind
from pricing.rates.model import VehicleClass
from pricing.rates.policy_file import PolicyFileError
from pricing.rates.price_limits import PriceLimit


class _Limit(msgspec.Struct, forbid_unknown_fields=True):
    area_class: AreaClass
    kind: PlaceKind
    vehicle: VehicleClass
    mode: Literal["per_unit", "per_use"]
    lowest: int
    highest: int
    tick: int
    unit_minutes: int | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    limit: list[_Limit]


def read_limits(path: Path) -> tuple[PriceLimit, ...]:
    """Read a file of `[[limit]]`s; raises `PolicyFileError` naming the first thing wrong in it."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise PolicyFileError(f"{path}: {error.strerror}", code="policy_unreadable") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PolicyFileError(f"{path}: {error}") from error
    if not file.limit:
        raise PolicyFileError(f"{path}: no [[limit]]")
    return tuple(_limit(path, index, limit) for index, limit in enumerate(file.limit))


def _limit(path: Path, index: int, limit: _Limit) -> PriceLimit:
    where = f"{path}: limit[{index}]"
    if (limit.mode == "per_unit") != (limit.unit_minutes is not None and limit.unit_minutes > 0):
        raise PolicyFileError(f"{where}: unit_minutes belongs to a price per unit, and is above 0")
    if not 0 <= limit.lowest <= limit.highest or limit.tick <= 0:
        raise PolicyFileError(f"{where}: lowest is not above highest, and the tick is above 0")
    return PriceLimit(
        area_class=limit.area_class,
        kind=limit.kind,
        vehicle_class=limit.vehicle,
        mode=limit.mode,
        unit_s=None if limit.unit_minutes is None else limit.unit_minutes * 60,
        lowest=limit.lowest,
        highest=limit.highest,
        tick=limit.tick,
    )
