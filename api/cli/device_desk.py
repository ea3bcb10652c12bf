"""One use case of devices from the command line, in one transaction."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from api.cli.database import in_transaction
from api.settings import find_settings
from devices.commissioning.service import CommissioningService
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.registry import installed
from parking.domain.clock import utc_now

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
    """Do it; raises as `in_transaction` does."""
    return in_transaction(lambda session: work(DeviceDesk(session)))
