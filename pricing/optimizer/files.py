"""The files of `parking price propose`: history and zones as CSV, policy as TOML, proposals as CSV."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeVar

import msgspec

from parking.domain.errors import InvalidInputError
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone, Proposal

OUT_COLUMNS = (
    "zone_id",
    "day_type",
    "band",
    "price_now",
    "price_proposed",
    "rule_price",
    "expected_occupancy",
    "expected_low",
    "expected_high",
    "binding",
    "reason",
)


class PricingFileError(InvalidInputError):
    """A file cannot be read as what it should be; the detail names the file, the line and the column."""

    code = "pricing_file_invalid"


class _HistoryRow(msgspec.Struct):
    zone_id: str
    day_type: str
    band: str
    period_start: str
    hours: float
    spaces: int
    price: int
    occupancy: float
    full_share: float


class _ZoneRow(msgspec.Struct):
    zone_id: str
    kind: str
    area_class: str
    spaces: int
    lat: float
    lon: float


class _Policy(msgspec.Struct, forbid_unknown_fields=True):
    target_low: float
    target_high: float
    floor: int
    cap: int
    tick: int
    step_up: int
    step_down: int
    revenue_floor: int | None = None
    neighbour_m: float | None = None
    neighbour_max_difference: int | None = None
    max_distinct_prices: int | None = None
    frozen: list[str] = []
    order: list[str] = []
    bands: list[tuple[float, int]] = []


def read_cells(path: Path) -> tuple[Cell, ...]:
    """The latest review period of every zone × day type × band, in the order of first appearance."""
    latest: dict[tuple[str, str, str], tuple[str, Cell]] = {}
    for line, row in _rows(path, _HistoryRow):
        if not 0 <= row.occupancy <= 1 or row.spaces < 0 or row.price < 0 or not 0 <= row.hours < float("inf"):
            raise PricingFileError(
                f"{path}:{line}: occupancy is a share 0..1; spaces, price and hours are not negative"
            )
        key = (row.zone_id, row.day_type, row.band)
        if key in latest and row.period_start <= latest[key][0]:
            continue
        cell = Cell(
            zone_id=row.zone_id,
            day_type=row.day_type,
            band=row.band,
            price=row.price,
            occupancy=row.occupancy,
            spaces=row.spaces,
            hours=row.hours,
        )
        latest[key] = (row.period_start, cell)
    if not latest:
        raise PricingFileError(f"{path}: no history")
    return tuple(cell for _, cell in latest.values())


def read_zones(path: Path, cells: Sequence[Cell]) -> dict[str, PricingZone]:
    zones = {row.zone_id: PricingZone(**msgspec.structs.asdict(row)) for _, row in _rows(path, _ZoneRow)}
    missing = sorted({cell.zone_id for cell in cells} - zones.keys())
    if missing:
        raise PricingFileError(f"{path}: no row for {', '.join(missing[:5])}", code="zone_missing")
    return zones


def read_pricing_policy(path: Path) -> PricingPolicy:
    try:
        raw = msgspec.toml.decode(path.read_bytes(), type=_Policy)
    except OSError as error:
        raise PricingFileError(f"{path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PricingFileError(f"{path}: {error}") from error
    facts: dict[str, Any] = msgspec.structs.asdict(raw)
    facts |= {"frozen": frozenset(raw.frozen), "order": tuple(raw.order), "bands": tuple(raw.bands)}
    _check(path, raw)
    return PricingPolicy(**facts)


def _check(path: Path, raw: _Policy) -> None:
    rules = (
        (0 <= raw.target_low <= raw.target_high <= 1, "target_low and target_high are shares in order"),
        (0 <= raw.floor <= raw.cap, "floor is not above cap"),
        (raw.tick > 0, "tick is above 0"),
        (raw.step_up >= 0 and raw.step_down >= 0, "steps are not negative"),
        (-(-raw.floor // raw.tick) * raw.tick <= raw.cap, "a multiple of tick lies between floor and cap"),
        ((raw.neighbour_m is None) == (raw.neighbour_max_difference is None), "the two neighbour limits go together"),
        (raw.max_distinct_prices is None or raw.max_distinct_prices > 0, "max_distinct_prices is above 0"),
        ([below for below, _ in raw.bands] == sorted({below for below, _ in raw.bands}), "bands rise"),
        (len(set(raw.order)) == len(raw.order), "order names a class once"),
    )
    for holds, rule in rules:
        if not holds:
            raise PricingFileError(f"{path}: {rule}", code="policy_invalid")


def write_proposals(out: TextIO, proposals: Iterable[Proposal]) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(OUT_COLUMNS)
    for proposal in proposals:
        cell = proposal.cell
        shares = (proposal.expected_occupancy, proposal.expected_low, proposal.expected_high)
        writer.writerow([
            cell.zone_id, cell.day_type, cell.band, cell.price, proposal.price_proposed, proposal.rule_price,
            *(f"{share:.4f}" for share in shares), "+".join(proposal.binding), proposal.reason,
        ])  # fmt: skip


Row = TypeVar("Row", bound=msgspec.Struct)


def _rows(path: Path, kind: type[Row]) -> Iterable[tuple[int, Row]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                try:
                    yield number, msgspec.convert(row, kind, strict=False)
                except msgspec.ValidationError as error:
                    raise PricingFileError(f"{path}:{number}: {error}") from error
    except OSError as error:
        raise PricingFileError(f"{path}: {error.strerror}") from error
