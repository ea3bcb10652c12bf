"""Random columns of stays around the instants at which a generated table changes, and their fees one by one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from parking.domain.time_span import TimeSpan
from pricing.fees.arrays.columns import ENERGIES, KINDS, USES, VEHICLE_CLASSES, Codes, Ints, StayColumns
from pricing.fees.arrays.one_by_one import stay_of
from pricing.fees.calculator import price
from pricing.fees.model import FeeRefusedError, Stay, Uncharged, Usage
from pricing.rates.model import RateTable
from tests.pricing.fees.generated_stays import ANCHORS
from tests.pricing.fees.generated_tables import Draw, table_at

LENGTHS_S = (0, 1, 299, 300, 600, 900, 1799, 1800, 1801, 3600, 5400, 7200, 14_400, 50_000, 86_400, 90_000, 300_000)


def drawn_table(seed: int) -> tuple[RateTable, int]:
    """A table, and the second around which it changes most often."""
    draw = Draw(f"array table {seed}")
    (zone, country), anchors = draw.pick((*ANCHORS.items(), *list(ANCHORS.items())[:1]))
    anchor = datetime.fromisoformat(draw.pick(anchors))
    return table_at(draw, zone, country, anchor), int(anchor.replace(tzinfo=ZoneInfo(zone)).timestamp())


def drawn_columns(seed: int, near: int, count: int, *, vehicles: int | None, whole: bool = False) -> StayColumns:
    """Stays of `vehicles` vehicles, or of nobody known; with `whole`, some have time that is not charged."""
    random = Random(f"array stays {seed}")  # noqa: S311 - the same cases in every run

    def codes(words: tuple[str, ...], weights: tuple[int, ...]) -> Codes:
        return np.array(random.choices(range(len(words)), weights, k=count), dtype=np.int8)

    start = _ints(
        near + 300 * random.randrange(-400, 600) + random.choice((0, 0, random.randrange(300))) for _ in range(count)
    )
    length = _ints(random.choice((random.choice(LENGTHS_S), random.randrange(20_000))) for _ in range(count))
    if random.random() < 0.2:
        length[random.randrange(count)] = -5
    stays = StayColumns(
        start=start,
        end=start + length,
        area_class=np.array(random.choices((0, 1, 2), (10, 10, 1), k=count), dtype=np.int8),
        kind=codes(KINDS, (6, 3, 0)),
        use=codes(USES, (6, 1, 2, 1)),
        vehicle_class=codes(VEHICLE_CLASSES, (1, 5, 1, 2)),
        energy=codes(ENERGIES, (1, 1)),
        payment=np.array(random.choices((-1, 0, 1), k=count), dtype=np.int8),
        payment_methods=("cash", "app"),
        vehicle=None if vehicles is None else _ints(random.randrange(-1, vehicles) for _ in range(count)),
        place=_ints(random.randrange(2) for _ in range(count)),
    )
    if not whole:
        return stays
    gaps = {row: _with_gap(stay_of(stays, row)) for row in range(0, count, 7) if length[row] > 2}
    return replace(stays, whole=gaps)


def one_vehicle_after_another(seed: int, near: int, count: int) -> StayColumns:
    """As `drawn_columns`, with vehicles that are never in two places at once."""
    stays = drawn_columns(seed, near, count, vehicles=None)
    vehicle = np.arange(count, dtype=np.int64) % 9
    gap = np.random.default_rng(seed).integers(0, 4, count) * 1_800
    start, end = stays.start.copy(), stays.end.copy()
    free_at = dict.fromkeys(range(9), near - 30_000)
    for row in range(count):
        length = min(abs(int(end[row] - start[row])), 100_000)
        start[row] = free_at[int(vehicle[row])] + gap[row]
        end[row] = free_at[int(vehicle[row])] = start[row] + length
    return replace(stays, start=start, end=end, vehicle=vehicle)


def one_by_one(table: RateTable, stays: StayColumns) -> list[int | str]:
    """The fee of each row by the calculator, or the code of its refusal, each vehicle with the usage of its stays before."""
    fees: list[int | str] = [""] * len(stays)
    usage: dict[int, Usage] = {}
    for row in np.lexsort((stays.end, stays.start)).tolist():
        vehicle = -1 if stays.vehicle is None else int(stays.vehicle[row])
        before = usage.get(vehicle, Usage()) if vehicle >= 0 else Usage()
        try:
            fee = price(table, stay_of(stays, row), before)
        except FeeRefusedError as refusal:
            fees[row] = refusal.code
            continue
        fees[row] = fee.amount.amount
        usage[vehicle] = fee.usage_after
    return fees


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _with_gap(stay: Stay) -> Stay:
    middle = stay.start + (stay.end - stay.start) / 2
    return replace(stay, uncharged=(Uncharged(span=TimeSpan(middle, middle + timedelta(minutes=5)), why="x"),))
