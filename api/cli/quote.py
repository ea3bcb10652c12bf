"""`parking quote`: the fee of a stay under a policy file, line by line, with no services running."""

from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from parking.domain.clock import parse_instant
from parking.domain.errors import InvalidInputError
from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass, PlaceKind, SpaceUse
from pricing.fees.calculator import price
from pricing.fees.local_time import zone_of
from pricing.fees.model import Fee, Right, Stay, Usage
from pricing.quotes.fee_lines import lines_json
from pricing.quotes.usage_json import read_usage, usage_json
from pricing.rates.model import Energy, RateTable, VehicleClass
from pricing.rates.policy_file import read_policy


@click.command()
@click.option("--policy", type=click.Path(path_type=Path), required=True, help="Rate table as TOML.")
@click.option("--zone-class", "area_class", type=click.Choice(get_args(AreaClass)), required=True)
@click.option("--vehicle", "vehicle_class", type=click.Choice(get_args(VehicleClass)), required=True)
@click.option("--start", required=True, help="RFC 3339; without a zone it is the policy's local time.")
@click.option("--end", required=True, help="As --start.")
@click.option("--energy", type=click.Choice(get_args(Energy)), default="fuel", show_default=True)
@click.option("--kind", type=click.Choice(get_args(PlaceKind)), default="kerb", show_default=True)
@click.option("--use", type=click.Choice(get_args(SpaceUse)), default="ordinary", show_default=True)
@click.option("--place", "place_id", help="Id of the place, for free time that counts by place.")
@click.option("--right", "rights", multiple=True, help="An exempt class of the policy that is proven; repeatable.")
@click.option("--charging", multiple=True, help="START/END of charging the battery; repeatable.")
@click.option("--pay", "payment_method", help="Way of paying, for the policy's discounts.")
@click.option("--usage-before", type=click.Path(path_type=Path), help="JSON: an earlier quote, or its usage_after.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    policy: Path,
    start: str,
    end: str,
    rights: tuple[str, ...],
    charging: tuple[str, ...],
    usage_before: Path | None,
    as_json: bool,
    **stay_of: Any,  # noqa: ANN401 - click has checked each against the type of its field in Stay
) -> None:
    """Price a stay under a policy file and explain every line.

    Example: parking quote --policy linzi.toml --zone-class I --vehicle small --start 2026-03-02T08:00 --end 2026-03-02T10:00
    """
    table = read_policy(policy)
    stay = Stay(
        start=_instant(start, table, "--start"),
        end=_instant(end, table, "--end"),
        rights=tuple(Right(exempt_class=exempt_class) for exempt_class in rights),
        charging=tuple(_span(text, table) for text in charging),
        **stay_of,
    )
    fee = price(table, stay, _usage(usage_before))
    click.echo(msgspec.json.encode(as_data(fee)).decode() if as_json else as_text(fee, table))


def as_data(fee: Fee) -> dict[str, Any]:
    """The fee as `POST /v1/quotes` gives it; `tax` is null where the policy names none."""
    return {
        "fee": msgspec.to_builtins(fee.amount),
        "tax": None if fee.tax is None else msgspec.to_builtins(fee.tax),
        "lines": lines_json(fee.lines),
        "usage_after": usage_json(fee.usage_after),
    }


def as_text(fee: Fee, table: RateTable) -> str:
    zone = zone_of(table.timezone)
    rows = [
        f"{line.start.astimezone(zone):%Y-%m-%d %H:%M:%S} .. {line.end.astimezone(zone):%Y-%m-%d %H:%M:%S}  "
        f"{line.rule:<16} {line.quantity:>6} x {line.unit_price:>5} = {line.amount:>6}  {line.why}"
        for line in fee.lines
    ]
    tax = [] if fee.tax is None else [f"tax {fee.tax}"]
    return "\n".join([*rows, *tax, f"fee {fee.amount}"])


def _instant(text: str, table: RateTable, option: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=zone_of(table.timezone)) if instant.tzinfo is None else parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"{option}: {text!r} is no instant", code="instant_invalid") from error


def _span(text: str, table: RateTable) -> TimeSpan:
    start, slash, end = text.partition("/")
    if not slash:
        raise InvalidInputError(f"--charging: {text!r} is no START/END", code="instant_invalid")
    try:
        return TimeSpan(_instant(start, table, "--charging"), _instant(end, table, "--charging"))
    except ValueError as error:
        raise InvalidInputError(f"--charging: {text!r} ends before it begins", code="instant_invalid") from error


def _usage(path: Path | None) -> Usage:
    """From the whole answer of an earlier quote, or from its usage_after alone."""
    if path is None:
        return Usage()
    try:
        document = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path}: {error}", code="usage_invalid") from error
    found = document.get("usage_after", document) if isinstance(document, dict) else document
    # An object with neither would read as no use at all, and grant the same free time again.
    if not isinstance(found, dict) or not found.keys() <= {"granted", "entries"}:
        raise InvalidInputError(f"{path}: this has no usage: write granted and entries", code="usage_invalid")
    try:
        return read_usage(found)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error.detail}", code=error.code) from error
