"""A facility as the place of a stay: what its gate saw is charged by its kind, its zone and the sign at its entrance.

The spaces of a facility stand for it: one of them that is approved makes it approved.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from pricing.quotes.repository import ChargedPlace, charged_place
from pricing.rates.in_force import EFFECTS

_EFFECTS: Final = EFFECTS.format(zone_id="z.zone_id", kind="f.kind", place_id="f.facility_id", until="$3")
_BY_FACILITY: Final = Prepared(
    f"""
    SELECT NULL, z.zone_id, NULL, f.facility_id, f.kind, 'ordinary', z.area_class,
           sp.approval_from, sp.approval_to, d.valid_from, d.valid_to, c.valid_from, c.valid_to,
           f.bills_itself_from, f.bills_itself_to, NULL, NULL, true, false,
           EXISTS (SELECT FROM permit WHERE plate_token = ANY($4)), ({_EFFECTS})
    FROM facility f
    JOIN zone z ON z.zone_id = f.zone_id
    LEFT JOIN LATERAL (
        SELECT approval_from, approval_to FROM space
        WHERE facility_id = f.facility_id AND approval_from <= $2 AND (approval_to IS NULL OR approval_to > $2)
            AND (removed_at IS NULL OR removed_at > $2)
        ORDER BY approval_to DESC NULLS FIRST LIMIT 1
    ) sp ON true
    LEFT JOIN price_document d ON d.price_document_id = z.price_document_id
    LEFT JOIN LATERAL (
        SELECT valid_from, valid_to FROM concession JOIN concession_zone USING (concession_id)
        WHERE concession_zone.zone_id = z.zone_id AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)
        ORDER BY valid_to DESC NULLS FIRST LIMIT 1
    ) c ON true
    WHERE f.facility_id = $1
    """  # noqa: S608 - both parts are our own
)


async def place_of_facility(
    session: AsyncSession, facility_id: str, at: datetime, until: datetime, plate_tokens: Sequence[str] = ()
) -> ChargedPlace | None:
    """The facility as it is at `at`, with its prices up to `until`; the columns are those of `repository`'s places."""
    return charged_place(await _BY_FACILITY.row(session, facility_id, at, until, list(plate_tokens)))
