"""What the drivers of the demonstration's past had seen of prices: how those in force stood beside the first ones."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.installation.demonstration_tariffs import first_prices, prices_by_hour
from devices.simulation.turnout import DayTurnout, turnout_by_hour
from parking.domain.ids import ZoneId
from parking.places.catalogue import Catalogue
from pricing.rates.repository import postings_after


async def turnout_then(session: AsyncSession, catalogue: Catalogue, at: datetime) -> DayTurnout:
    """At an instant of the past that is being made."""
    then = {
        (one.zone_id, one.kind): prices_by_hour(
            one.table, catalogue.zones[ZoneId(one.zone_id)].zone.area_class, one.kind
        )
        for one in await postings_after(session, at)
        if one.start <= at
    }
    return turnout_by_hour(first_prices(), then)
