"""The human-writable form of what a price document allows: a TOML file, read strictly."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from parking.places.model import AreaClass, PlaceKind
from pricing.rates.model import PeriodUnit, VehicleClass
from pricing.rates.policy_file import PolicyFileError
from pricing.rates.price_limits import PriceLimit

_Amount = Annotated[int, msgspec.Meta(ge=0)]
_Percent = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class _Limit(msgspec.Struct, forbid_unknown_fields=True):
    area_class: AreaClass
    kind: PlaceKind
    vehicle: VehicleClass
    mode: Literal["per_unit", "per_use", "steps", "tiers", "entry"]
    tick: Annotated[int, msgspec.Meta(gt=0)]
    lowest: _Amount | None = None
    highest: _Amount | None = None
    price: _Amount | None = None
    down_percent: _Percent = 0
    up_percent: _Percent = 0
    unit_minutes: Annotated[int, msgspec.Meta(gt=0)] | None = None
    period: PeriodUnit | None = None
    step: Annotated[int, msgspec.Meta(gt=0)] | None = None
    idle: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    limit: list[_Limit]


def read_limits(path: Path) -> tuple[PriceLimit, ...]:
    """Read a file of `[[limit]]`s; raises `PolicyFileError` naming the first thing wrong in it.

    The bounds are `lowest` and `highest`, or a `price` that floats by `down_percent` and `up_percent`.
    """
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise PolicyFileError(f"{path}: {error.strerror}", code="policy_unreadable") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PolicyFileError(f"{path}: {error}") from error
    if not file.limit:
        raise PolicyFileError(f"{path}: no [[limit]]")
    return tuple(_limit(f"{path}: limit[{index}]", limit) for index, limit in enumerate(file.limit))


def _limit(where: str, limit: _Limit) -> PriceLimit:
    unit_given = limit.unit_minutes is not None
    period_given = limit.period is not None
    if limit.mode == "per_unit" and unit_given == period_given:
        raise PolicyFileError(f"{where}: a price per unit has unit_minutes or a period")
    if limit.mode == "steps" and (not unit_given or period_given):
        raise PolicyFileError(f"{where}: a step has unit_minutes")
    if limit.mode in {"per_use", "entry"} and unit_given:
        raise PolicyFileError(f"{where}: unit_minutes belongs to a price per unit, a step or a tier")
    if limit.mode != "per_unit" and period_given:
        raise PolicyFileError(f"{where}: a period belongs to a price per unit")
    if (limit.mode in {"steps", "tiers"}) != (limit.step is not None):
        raise PolicyFileError(f"{where}: step, counted from 1, belongs to steps and tiers")
    lowest, highest = _bounds(where, limit)
    return PriceLimit(
        area_class=limit.area_class,
        kind=limit.kind,
        vehicle_class=limit.vehicle,
        mode=limit.mode,
        unit_s=None if limit.unit_minutes is None else limit.unit_minutes * 60,
        lowest=lowest,
        highest=highest,
        tick=limit.tick,
        period=limit.period,
        step=limit.step,
        idle=limit.idle,
    )


def _bounds(where: str, limit: _Limit) -> tuple[int, int]:
    if limit.price is not None:
        if limit.lowest is not None or limit.highest is not None or limit.down_percent > 100:  # noqa: PLR2004
            raise PolicyFileError(f"{where}: a price with its float has no lowest and highest beside it")
        # The float is used up to the last minor unit inside it, never one further.
        return -(-limit.price * (100 - limit.down_percent) // 100), limit.price * (100 + limit.up_percent) // 100
    if limit.lowest is None or limit.highest is None or limit.up_percent or limit.down_percent:
        raise PolicyFileError(f"{where}: lowest and highest, or price with down_percent and up_percent")
    if limit.lowest > limit.highest:
        raise PolicyFileError(f"{where}: lowest is not above highest")
    return limit.lowest, limit.highest
