"""One use case of devices from the command line, in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from api.settings import find_settings
from devices.commissioning.service import CommissioningService
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.registry import installed
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES
from parking.domain.clock import utc_now
from parking.domain.errors import UnavailableError

T = TypeVar("T")
ACTOR: Final = "command-line"
"""Who stands in the life of a device for what is typed here."""


class DeviceDesk:
    """What a command needs."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.safe = DeviceSafe(find_settings().secret_key)
        self.devices = DeviceService(installed(), utc_now, by=ACTOR, safe=self.safe)
        self.commissioning = CommissioningService(self.devices, utc_now, by=ACTOR)


def at_desk(work: Callable[[DeviceDesk], Awaitable[T]]) -> T:
    """Do it; raises what it raises, and UnavailableError `database_unavailable`."""

    async def whole() -> T:
        database = Database(open_engine(find_settings().required_database_url, pool_size=1))
        try:
            async with database.transaction() as session:
                return await work(DeviceDesk(session))
        finally:
            await database.close()

    try:
        return asyncio.run(whole())
    except OUTAGES as error:
        raise UnavailableError(
            f"the database does not answer, see 'parking doctor': {error}".splitlines()[0], code="database_unavailable"
        ) from error
