"""The calendar of the city comes with every unit of work, as the clock would: whoever prices a day asks its session.

Fees, notices and the price board are computed in many places and must never go by two calendars in one installation.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.calendar.official import OFFICIAL, Calendars

INFO_KEY: Final = "calendars"


def calendars_of(session: AsyncSession) -> Calendars:
    """The calendars that the process was started with; the library's where it named none."""
    found = session.info.get(INFO_KEY)
    return found if isinstance(found, Calendars) else OFFICIAL
