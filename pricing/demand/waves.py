"""The record of staggered changes: which moves were in a lottery, with what chance, and which of them took effect at once.

A CSV file that grows by a wave with each proposal: `after,zone_id,day_type,band,block,chance,takes_effect,price,wanted`. `after` is the start
of the last period before the change, `takes_effect` is `now` or `later`, `wanted` the price that the cell would have had without the lottery. A
zone is the unit: stays reach from one band into the next, so all its moves take effect together.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from pricing.history.csv_rows import PricingFileError, typed_rows
from pricing.history.periods import CellKey

COLUMNS = ("after", "zone_id", "day_type", "band", "block", "chance", "takes_effect", "price", "wanted")


@dataclass(frozen=True, kw_only=True)
class Lot:
    """One move in one lottery; prices in minor units an hour."""

    after: date
    key: CellKey
    block: str
    chance: float
    is_now: bool
    price: int
    wanted: int


class _Row(msgspec.Struct):
    after: date
    zone_id: str
    day_type: str
    band: str
    block: str
    chance: float
    takes_effect: Literal["now", "later"]
    price: int
    wanted: int


def read_waves(path: Path) -> tuple[Lot, ...]:
    """Raises `PricingFileError` at the first row that cannot be: a record of a lottery is written by a machine, and whole or worthless."""
    lots: list[Lot] = []
    drawn: dict[tuple[date, str], tuple[str, bool]] = {}
    chances: dict[tuple[date, str], float] = {}
    seen: set[tuple[date, CellKey]] = set()
    for line, row in typed_rows(path, _Row):
        if isinstance(row, str):
            raise PricingFileError(f"{path}:{line}: {row}", code="experiment_invalid")
        key, is_now = CellKey(row.zone_id, row.day_type, row.band), row.takes_effect == "now"
        rules = (
            (0.0 < row.chance < 1.0, "a chance lies between 0 and 1"),
            (row.price > 0 and row.wanted > 0, "prices in a lottery are above 0"),
            ((row.after, key) not in seen, "a cell is once in a wave"),
            (
                drawn.setdefault((row.after, row.zone_id), (row.block, is_now)) == (row.block, is_now),
                "a zone moves whole",
            ),
            (chances.setdefault((row.after, row.block), row.chance) == row.chance, "a block has one chance"),
        )
        for holds, rule in rules:
            if not holds:
                raise PricingFileError(f"{path}:{line}: {rule}", code="experiment_invalid")
        seen.add((row.after, key))
        lots.append(
            Lot(
                after=row.after,
                key=key,
                block=row.block,
                chance=row.chance,
                is_now=is_now,
                price=row.price,
                wanted=row.wanted,
            )
        )
    return tuple(lots)


def write_waves(path: Path, lots: Iterable[Lot]) -> None:
    """The whole record, beside the old one until it is complete."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for lot in lots:
            takes_effect = "now" if lot.is_now else "later"
            writer.writerow([
                lot.after.isoformat(), *lot.key, lot.block, repr(lot.chance), takes_effect, lot.price, lot.wanted
            ])  # fmt: skip
    draft.replace(path)
