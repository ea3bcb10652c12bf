"""How long the public knows of a tariff before it begins. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parking.calendar.official import OFFICIAL, Calendars
from parking.domain.errors import InvalidInputError
from pricing.rates.model import RateTable


def earliest_beginning(
    table: RateTable, noticed_on: date, calendars: Calendars = OFFICIAL, *, at_least: int = 0
) -> datetime:
    """The first local midnight after the whole working days that the legal basis asks for.

    The day of the notice is not counted: seven working days after 2026-02-11 end with 2026-02-27 in China, and the
    tariff begins on 2026-02-28 at the earliest. With no notice period it is the day of the notice itself. `at_least` so many
    days are kept where the legal basis asks for fewer. Raises `InvalidInputError` (`calendar_unannounced`, `calendar_unknown`).
    """
    days = max(table.legal.notice_working_days, at_least)
    first = noticed_on
    if days > 0:
        first = calendars(table.calendar).add_working_days(noticed_on, days) + timedelta(days=1)
    return datetime.combine(first, time(), tzinfo=ZoneInfo(table.timezone))


def refuse_too_early(
    table: RateTable,
    noticed_on: date,
    effective_from: datetime,
    calendars: Calendars = OFFICIAL,
    *,
    at_least: int = 0,
) -> None:
    """Raise `InvalidInputError` (`notice_too_short`), with the earliest beginning in its fields."""
    earliest = earliest_beginning(table, noticed_on, calendars, at_least=at_least)
    if effective_from < earliest:
        raise InvalidInputError(
            f"{max(table.legal.notice_working_days, at_least)} working days after {noticed_on} the tariff begins"
            f" on {earliest.date()} at the earliest",
            code="notice_too_short",
            fields={"noticed_on": noticed_on.isoformat(), "earliest": earliest.isoformat()},
        )
