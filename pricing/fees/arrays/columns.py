"""Stays as columns: what the evaluator takes and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from parking.domain.errors import InvalidInputError
from parking.places.model import AreaClass, PlaceKind, SpaceUse
from pricing.fees.model import Stay
from pricing.rates.model import Energy, VehicleClass

Ints = NDArray[np.int64]
Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]

AREA_CLASSES: Final[tuple[AreaClass, ...]] = get_args(AreaClass)
KINDS: Final[tuple[PlaceKind, ...]] = get_args(PlaceKind)
USES: Final[tuple[SpaceUse, ...]] = get_args(SpaceUse)
VEHICLE_CLASSES: Final[tuple[VehicleClass, ...]] = get_args(VehicleClass)
ENERGIES: Final[tuple[Energy, ...]] = get_args(Energy)
"""A code is the place of a word in its tuple."""


@dataclass(frozen=True, kw_only=True)
class StayColumns:
    """n stays. Instants are whole seconds since 1970 UTC, `[start, end)`; every column has length n.

    Raises `InvalidInputError` (`columns_uneven`) for columns of different length.
    """

    start: Ints
    end: Ints
    area_class: Codes
    kind: Codes
    use: Codes
    vehicle_class: Codes
    energy: Codes
    payment: Codes | None = None
    """Place in `payment_methods`, -1 where nobody knows; None is that for all."""
    payment_methods: tuple[str, ...] = ()
    vehicle: Ints | None = None
    """Number of the vehicle, which carries what it has used of quotas from stay to stay; -1 is a vehicle of its own."""
    place: Ints | None = None
    """Number of the facility or kerb zone, for what is counted by place."""
    used_s: Ints | None = None
    """Seconds of a daily quota that the vehicle had used, on the first local day, before the first of its stays here."""
    whole: Mapping[int, Stay] = field(default_factory=dict)
    """Stays that columns cannot say (moves, charging, rights, uncharged time), by row."""

    def __post_init__(self) -> None:
        columns = (getattr(self, name) for name in _COLUMNS)
        if {len(column) for column in columns if column is not None} != {len(self.start)}:
            raise InvalidInputError("the columns of stays are not of one length", code="columns_uneven")

    def __len__(self) -> int:
        return len(self.start)


_COLUMNS: Final = (
    *("start", "end", "area_class", "kind", "use", "vehicle_class", "energy"),
    *("payment", "vehicle", "place", "used_s"),
)


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """The fee of every row in minor units; a refused row has no fee, and its amount means nothing."""

    amount: Ints
    refused: Mask
    codes: Mapping[int, str]
    """Why, by refused row: the code of the calculator's refusal."""
    by_calculator: int
    """Rows that were priced one by one, since columns or the fast path cannot say what they need."""
