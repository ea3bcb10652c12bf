"""The questions put to a whole rate table before review: docs/tariffs.md, "What the validator asks and finds".

Most are put to the calculator: probe stays on each side of every edge that the table declares are priced, so that what
is found is what would be charged. Pure and deterministic: a table has the same findings on every day.
"""

from collections.abc import Iterator
from typing import Final

from parking.calendar.official import OFFICIAL, Calendars
from parking.domain.errors import InvalidInputError
from pricing.fees.local_time import zone_of
from pricing.fees.model import FeeRefusedError
from pricing.fees.soundness import require_sound
from pricing.rates.model import RateTable
from pricing.validation.classes import classes
from pricing.validation.coverage import coverage
from pricing.validation.days import SampleDays
from pricing.validation.grants import grants
from pricing.validation.legal import legal
from pricing.validation.longer import longer
from pricing.validation.model import Finding, error
from pricing.validation.references import references

_ORDER: Final = {"error": 0, "warning": 1}


class RateTableUnsoundError(InvalidInputError):
    """The table has errors; it is neither reviewed nor published."""

    code = "rate_table_unsound"

    def __init__(self, table: RateTable, errors: tuple[Finding, ...]) -> None:
        said = "; ".join(
            f"{finding.collection or '.'.join(map(str, finding.path))}: {finding.says.en}" for finding in errors
        )
        super().__init__(
            f"{table.rate_table_id} is not sound: {said}",
            fields={
                "rate_table": table.rate_table_id,
                "errors": [
                    {"code": finding.code, "collection": finding.collection, "rule": finding.rule} for finding in errors
                ],
            },
        )


def validate(table: RateTable, calendars: Calendars = OFFICIAL) -> tuple[Finding, ...]:
    """Everything that is wrong with a table or deserves a second look, errors first; raises nothing for a bad table."""
    found = [*legal(table), *references(table), *classes(table), *_probing(table, calendars)]
    return tuple(sorted(dict.fromkeys(found), key=lambda finding: _ORDER[finding.severity]))


def refuse_unsound(table: RateTable, calendars: Calendars = OFFICIAL) -> None:
    """Raise `RateTableUnsoundError` (`rate_table_unsound`) with the errors of a table that has any."""
    errors = tuple(finding for finding in validate(table, calendars) if finding.severity == "error")
    if errors:
        raise RateTableUnsoundError(table, errors)


def _probing(table: RateTable, calendars: Calendars) -> Iterator[Finding]:
    zone = zone_of(table.timezone)
    try:
        require_sound(table)
        days = SampleDays(table, calendars, zone)
    except FeeRefusedError as refusal:
        says = f"{refusal.detail} ({_place(refusal)})"
        yield error("table_invalid", (), f"无法计费:{says}", says)
        return
    except InvalidInputError as refusal:
        yield error(refusal.code, ("calendar",), f"没有“{table.calendar}”的官方日历", refusal.detail)
        return
    yield from coverage(table, days, calendars, zone)
    yield from grants(table, days, calendars, zone)
    yield from longer(table, days, calendars, zone)


def _place(refusal: FeeRefusedError) -> str:
    fields = refusal.fields or {}
    return ", ".join(f"{key} {fields[key]}" for key in ("collection", "rule", "cap", "quota") if key in fields)
