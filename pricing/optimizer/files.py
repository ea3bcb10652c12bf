"""The files of `parking price propose`: history and zones as CSV, policy as TOML, proposals as CSV."""

import csv
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import msgspec

from pricing.history.csv_rows import PricingFileError, typed_rows
from pricing.history.periods import Period, PricingHistory
from pricing.optimizer.model import Cell, Earlier, PricingPolicy, PricingZone, Proposal, RuleKind, Staggering
from pricing.optimizer.soundness import unsound

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


class _ZoneRow(msgspec.Struct):
    zone_id: str
    kind: str
    area_class: str
    spaces: int
    lat: float | None = None
    lon: float | None = None


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
    affordability_caps: dict[str, int] = {}
    order: list[str] = []
    bands: list[tuple[float, int]] = []
    rule: RuleKind = "bands"
    proportional_full: float = PricingPolicy.proportional_full
    reversal_margin: float = PricingPolicy.reversal_margin
    stagger: Staggering = "none"
    stagger_seed: int = 0


def cells_of(history: PricingHistory) -> tuple[Cell, ...]:
    """The latest review period of every zone × day type × band, in the order of first appearance."""
    return tuple(cell_of(periods) for periods in history.by_cell().values())


def cell_of(periods: Sequence[Period]) -> Cell:
    """Of its periods, oldest first: how it stands after the last."""
    latest, last_move = periods[-1], 0
    for before, after in pairwise(periods):
        last_move = (after.price > before.price) - (after.price < before.price) or last_move
    return Cell(
        zone_id=latest.key.zone_id,
        day_type=latest.key.day_type,
        band=latest.key.band,
        price=latest.price,
        occupancy=latest.occupancy,
        spaces=latest.spaces,
        hours=latest.hours,
        full_share=latest.full_share,
        last_move=last_move,
        earlier=tuple(Earlier(period.price, period.occupancy) for period in periods[:-1]),
    )


def read_zones(path: Path, cells: Sequence[Cell]) -> dict[str, PricingZone]:
    zones = {}
    for line, row in typed_rows(path, _ZoneRow):
        if isinstance(row, str):
            raise PricingFileError(f"{path}:{line}: {row}")
        zones[row.zone_id] = PricingZone(**msgspec.structs.asdict(row))
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
    policy = PricingPolicy(**facts)
    broken = unsound(policy)
    if broken is not None:
        raise PricingFileError(f"{path}: {broken}", code="policy_invalid")
    return policy


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
