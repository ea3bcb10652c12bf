"""Who may do what with devices: the staff of the city or a district, each within the district of the space.

A device that was never bound has no district, so that only those who answer for the whole city see it.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Path, Request
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.deps import clock_of, provided
from api.errors import problem_answers
from api.operator.authority_access import authority_person, authority_role
from devices.commissioning.service import CommissioningService
from devices.inventory.listing import PlacedDevice, placed
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService, canonical_id
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import ID_PATTERN
from parking.places.tables import SpaceRow, ZoneRow

DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Safe = Annotated[DeviceSafe, Depends(provided(DeviceSafe))]
Reader = Annotated[Caller, Depends(authority_role("operator", "approver", "admin"))]
Keeper = Annotated[Caller, Depends(authority_role("operator", "admin"))]
Witness = Annotated[Caller, Depends(authority_role("operator", "approver", "attendant", "admin"))]
"""Whoever stands on the street may say what is on a space."""
Judge = Annotated[Caller, Depends(authority_person("approver"))]
"""What a device's word is worth a person answers for, and not the one who put it up."""
Holder = Annotated[Caller, Depends(authority_person("admin"))]
"""Who may see the keys of devices' radios."""
DeviceId = Annotated[str, Path(pattern=ID_PATTERN)]
REFUSALS: Final = problem_answers(400, 401, 403, 404, 409, 413, 415, 503)
_CSV: Final = "text/csv"
CSV_BODY: Final = {"requestBody": {"required": True, "content": {_CSV: {"schema": {"type": "string"}}}}}

_BEYOND: Final = text(
    """
    SELECT w.place, w.space_id
    FROM unnest(CAST(:devices AS text[]), CAST(:spaces AS text[])) WITH ORDINALITY AS w (device_id, space_id, place)
    LEFT JOIN LATERAL (
        SELECT z.district_id FROM device_binding b
        JOIN space s ON s.space_id = b.space_id JOIN zone z ON z.zone_id = s.zone_id
        WHERE b.device_id = w.device_id ORDER BY lower(b.valid) DESC LIMIT 1
    ) last ON true
    LEFT JOIN (space s JOIN zone z ON z.zone_id = s.zone_id) ON s.space_id = w.space_id
    WHERE w.space_id IS NULL
       OR z.district_id <> CAST(:district AS text) OR last.district_id <> CAST(:district AS text)
    """
)


class Desk:
    """The use cases of devices in the hands of one caller; every write of it is in the audit."""

    def __init__(self, session: AsyncSession, caller: Caller, clock: Clock, safe: DeviceSafe) -> None:
        self.session = session
        self.caller = caller
        self.now = clock()
        self.devices = DeviceService(installed(), clock, by=caller.actor, safe=safe)
        self.commissioning = CommissioningService(self.devices, clock, by=caller.actor)

    async def device(self, device_id: str) -> PlacedDevice:
        """Raises NotFoundError `unknown_device`, ForbiddenError `district_forbidden`."""
        found = await placed(self.session, canonical_id(device_id))
        if found is None:
            raise NotFoundError(f"no device {device_id[:64]!r}", code="unknown_device")
        self._check(found.district_id)
        return found

    async def space(self, space_id: str | None) -> str | None:
        """The district of a space; raises NotFoundError `space_unknown`, ForbiddenError `district_forbidden`."""
        district_id = None
        if space_id is not None:
            query = select(ZoneRow.district_id).join(SpaceRow, SpaceRow.zone_id == ZoneRow.zone_id)
            district_id = await self.session.scalar(query.where(SpaceRow.space_id == space_id))
            if district_id is None:
                raise NotFoundError(f"there is no space {space_id[:64]!r}", code="space_unknown")
        self._check(district_id)
        return district_id

    async def beyond(self, wishes: Sequence[NewDevice]) -> dict[int, str]:
        """Codes of the wishes, by place, that are not of the caller's district; of a device without a space none is."""
        if self.caller.district_id is None or not wishes:
            return {}
        values = {
            "district": self.caller.district_id,
            "devices": [canonical_id(wish.device_id) for wish in wishes],
            "spaces": [wish.space_id for wish in wishes],
        }
        rows = await self.session.execute(_BEYOND, values)
        return {row.place - 1: "city_only" if row.space_id is None else "district_forbidden" for row in rows}

    async def record(self, action: str, subject: str, district_id: str | None, **details: object) -> None:
        told = {name: value for name, value in details.items() if value is not None}
        await audit.record(
            self.session, self.caller, action, subject, at=self.now, district_id=district_id, details=told
        )

    def _check(self, district_id: str | None) -> None:
        if self.caller.district_id is None:
            return
        if district_id is None:
            raise ForbiddenError("only staff of the whole city handle a device without a space", code="city_only")
        self.caller.check_district(district_id)


async def csv_lines(request: Request) -> list[str]:
    """The lines of a CSV body in UTF-8. Raises InvalidInputError (`media_type_unsupported`, `file_not_utf8`)."""
    media_type = request.headers.get("content-type", _CSV).partition(";")[0].strip().lower()
    if media_type not in {_CSV, "application/vnd.ms-excel"}:
        raise InvalidInputError("send a CSV file, as text/csv", code="media_type_unsupported")
    try:
        return (await request.body()).decode("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise InvalidInputError("the file is not in UTF-8", code="file_not_utf8") from error


CsvLines = Annotated[list[str], Depends(csv_lines)]
