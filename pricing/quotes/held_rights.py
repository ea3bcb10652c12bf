"""What a vehicle's permits mean for its fee.

An exempt class is the rate table's to honour, so it becomes a right of the stay. A permit of a resident, of the staff
or of the month was granted or sold for standing there: its time is not charged, and the line says by which permit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
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
    if not place.may_hold_permits:
        return HeldRights()
    found = await permits_at(
        session, plate_tokens, zone_id=place.zone_id, facility_id=place.facility_id, start=start, end=end
    )
    return meaning_of((item.kind, item.exempt_class, span) for item, span in found)


def meaning_of(permits: Iterable[tuple[PermitKind, str | None, TimeSpan]]) -> HeldRights:
    """Of the permits of one vehicle at one place: kind, exempt class, and the span in which it is in force. Pure."""
    rights: list[Right] = []
    covered: list[Uncharged] = []
    for kind, exempt_class, span in permits:
        if exempt_class is None:
            covered.append(Uncharged(span=span, why=_WHY[kind]))
        else:
            rights.append(Right(exempt_class=exempt_class, span=span))
    return HeldRights(tuple(rights), tuple(covered))
