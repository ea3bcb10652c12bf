"""Plates that a camera reads at the gate of a facility are transactions of that facility, as if its own system had reported them."""

from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from api.gates.desk import GateDesk
from api.gates.schemas import EntryItem, ExitItem
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.privacy.vault import PlateVault

_ITEM: Final[TypeAdapter[EntryItem | ExitItem]] = TypeAdapter(EntryItem | ExitItem)


class FacilityGate:
    """What `devices.cameras` knows as its gate."""

    def __init__(self, database: Database, plates: PlateVault, clock: Clock) -> None:
        self._desk = GateDesk(database, plates, clock)

    async def passed(
        self,
        session: AsyncSession,
        *,
        facility_id: str,
        item_id: str,
        direction: str,
        at: datetime,
        plate: str,
        lane: str | None,
        by: str,
    ) -> None:
        """Once per `item_id`. Raises what `GateDesk.read` raises."""
        item: dict[str, Any] = {"id": item_id, "kind": direction, "at": at, "plate": plate}
        if lane is not None:
            item["lane"] = lane
        await self._desk.read(session, facility_id, _ITEM.validate_python(item), by=by)
