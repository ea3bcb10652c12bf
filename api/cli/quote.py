"""`parking quote`: the fee of a stay under a policy file, line by line, with no services running."""

from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from parking.domain.clock import parse_instant
from parking.domain.errors import InvalidInputError
from parking.places.model import AreaClass, PlaceKind
from pricing.fees.calculator import price
from pricing.fees.local_time import zone_of
from pricing.fees.model import Fee, Stay, Usage
from pricing.rates.model import Energy, RateTable, VehicleClass
from pricing.rates.policy_file import read_policy


@click.command()
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="Rate table as TOML.")
@click.option("--zone-class", type=click.Choice(get_args(AreaClass)), required=True)
@click.option("--vehicle", type=click.Choice(get_args(VehicleClass)), required=True)
@click.option("--start", required=True, help="RFC 3339; without a zone it is the policy's local time.")
@click.option("--end", required=True, help="As --start.")
@click.option("--energy", type=click.Choice(get_args(Energy)), default="fuel", show_default=True)
@click.option("--kind", type=click.Choice(get_args(PlaceKind)), default="kerb", show_default=True)
@click.option("--usage-before", type=click.Path(path_type=Path), help='JSON: {"quota_s": {"2026-03-02": 5400}}.')
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    policy: Path,
    zone_class: AreaClass,
    vehicle: VehicleClass,
    start: str,
    end: str,
    energy: Energy,
    kind: PlaceKind,
    usage_before: Path | None,
    as_json: bool,
) -> None:
    """Price a stay under a policy file and explain every line.

    Example: parking quote --policy linzi.toml --zone-class I --vehicle small --start 2026-03-02T08:00 --end 2026-03-02T10:00
    """
    table = read_policy(policy)
    stay = Stay(
        start=_instant(start, table, "--start"),
        end=_instant(end, table, "--end"),
        area_class=zone_class,
        kind=kind,
        vehicle_class=vehicle,
        energy=energy,
    )
    fee = price(table, stay, _usage(usage_before))
    click.echo(msgspec.json.encode(as_data(fee)).decode() if as_json else as_text(fee, table))


def as_data(fee: Fee) -> dict[str, Any]:
    """The fee as `POST /v1/quotes` gives it; see interfaces: fee, lines, usage_after."""
    return {
        "fee": {"amount": fee.amount.amount, "currency": fee.amount.currency},
        "lines": [
            {
                "start": line.start,
                "end": line.end,
                "rule": line.rule,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "amount": line.amount,
                "why": line.why,
            }
            for line in fee.lines
        ],
        "usage_after": {"quota_s": {day.isoformat(): used for day, used in fee.usage_after.quota_s.items()}},
    }


def as_text(fee: Fee, table: RateTable) -> str:
    zone = zone_of(table.timezone)
    rows = [
        f"{line.start.astimezone(zone):%Y-%m-%d %H:%M:%S} .. {line.end.astimezone(zone):%Y-%m-%d %H:%M:%S}  "
        f"{line.rule:<16} {line.quantity:>6} x {line.unit_price:>5} = {line.amount:>6}  {line.why}"
        for line in fee.lines
    ]
    return "\n".join([*rows, f"fee {fee.amount}"])


def _instant(text: str, table: RateTable, option: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=zone_of(table.timezone)) if instant.tzinfo is None else parse_instant(text)
    except ValueError as error:
        raise InvalidInputError(f"{option}: {text!r} is no instant", code="instant_invalid") from error


def _usage(path: Path | None) -> Usage:
    if path is None:
        return Usage()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Usage)
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidInputError(f"{path}: {error}", code="usage_invalid") from error
