"""What a vehicle's permits mean for its fee.

An exempt class is the rate table's to honour, so it becomes a right of the stay. A permit of a resident, of the staff
or of the month was granted or sold for standing there: its time is not charged, and the line says by which permit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.rights.model import PermitKind
from parking.rights.service import permits_at
from pricing.fees.model import Right, Uncharged
from pricing.quotes.repository import ChargedPlace

_WHY: Final[Mapping[PermitKind, str]] = MappingProxyType(
    {
        "resident": "居民停车证有效 / covered by a resident's permit",
        "monthly": "包月有效 / covered by a monthly permit",
        "staff": "职工停车证有效 / covered by a staff permit",
    }
)


@dataclass(frozen=True)
class HeldRights:
    """Of one vehicle at one place."""

    rights: tuple[Right, ...] = ()
    uncharged: tuple[Uncharged, ...] = ()


async def held_rights(
    session: AsyncSession, place: ChargedPlace, plate_tokens: Sequence[str], start: datetime, end: datetime
) -> HeldRights:
    """Nothing is held by a vehicle that nobody knows."""
    found = await permits_at(
        session, plate_tokens, zone_id=place.zone_id, facility_id=place.facility_id, start=start, end=end
    )
    rights = [Right(exempt_class=item.exempt_class, span=span) for item, span in found if item.exempt_class is not None]
    covered = [Uncharged(span=span, why=_WHY[item.kind]) for item, span in found if item.exempt_class is None]
    return HeldRights(tuple(rights), tuple(covered))
