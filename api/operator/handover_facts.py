"""What is known of the stays and checks that handed-over evidence shows: facts of place, time and vehicle, never a debt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import format_instant, to_micros
from parking.domain.errors import NotFoundError
from parking.evidence.model import EvidenceItem
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions
from parking.sessions.model import ParkingSession

Json = dict[str, Any]
_PLACES: Final = text(
    """
    SELECT p.space_id, p.kind, p.geometry, p.approval_document, p.approval_authority, p.approval_from, p.approval_to,
        z.zone_id, z.name AS zone_name, d.district_id, d.name AS district_name, coalesce(g.name, f.name) AS street
    FROM space p JOIN zone z ON z.zone_id = p.zone_id JOIN district d ON d.district_id = z.district_id
    LEFT JOIN segment g ON g.segment_id = p.segment_id LEFT JOIN facility f ON f.facility_id = p.facility_id
    WHERE p.space_id = ANY (CAST(:space_ids AS text[])) ORDER BY p.space_id
    """
)
_CHECKS: Final = text(
    """
    SELECT check_id, checked_at, asked_at, actor, space_id, outcome, basis FROM enforcement_check
    WHERE check_id = ANY (CAST(:check_ids AS bigint[])) ORDER BY check_id
    """
)
"""The log of checks belongs to another audience of this interface, which this one may not import; it is only read."""


async def facts_of(
    session: AsyncSession, vault: PlateVault, items: Sequence[EvidenceItem], *, actor: str, purpose: str, at: datetime
) -> Json:
    """Plates stand in clear, and each is written down as revealed to `actor` for `purpose`."""
    stays = []
    for session_id in sorted({item.session_id for item in items if item.session_id is not None}):
        stay = await sessions.get(session, session_id)
        stays.append(_stay(stay, await _plate(session, vault, stay, actor=actor, purpose=purpose, at=at)))
    check_ids = sorted({item.check_id for item in items if item.check_id is not None})
    space_ids = sorted({item.space_id for item in items if item.space_id is not None})
    return {
        "stays": stays,
        "checks": [_check(row) for row in await session.execute(_CHECKS, {"check_ids": check_ids})],
        "places": [_place(row) for row in await session.execute(_PLACES, {"space_ids": space_ids})],
    }


async def _plate(
    session: AsyncSession, vault: PlateVault, stay: ParkingSession, *, actor: str, purpose: str, at: datetime
) -> str | None:
    """None for a stay without a plate, and for a plate that was erased."""
    if stay.plate_token is None:
        return None
    try:
        return await vault.reveal(session, stay.plate_token, actor=actor, purpose=purpose, now=at)
    except NotFoundError:
        return None


def _stay(stay: ParkingSession, plate: str | None) -> Json:
    return {
        "id": stay.session_id,
        "space": stay.space_id,
        "facility": stay.facility_id,
        "zone": stay.zone_id,
        "state": stay.state,
        "plate": plate,
        "vehicle_class": stay.vehicle_class,
        "started": {"earliest": _text(stay.started_earliest), "latest": _text(stay.started_at)},
        "ended": None
        if stay.ended_earliest is None or stay.ended_latest is None
        else {"earliest": _text(stay.ended_earliest), "latest": _text(stay.ended_latest)},
        "evidence": [
            {
                "at": _text(proof.at),
                "what": proof.what,
                "source": proof.source,
                "device": proof.device_id,
                "by": proof.by,
                "evidence": proof.evidence_id,
            }
            for proof in stay.evidence
        ],
    }


def _check(row: Any) -> Json:  # noqa: ANN401 - a row of the query
    return {
        "id": row.check_id,
        "at": _text(row.asked_at),
        "made_at": _text(row.checked_at),
        "by": row.actor,
        "space": row.space_id,
        "outcome": row.outcome,
        "basis": row.basis,
    }


def _place(row: Any) -> Json:  # noqa: ANN401 - a row of the query
    return {
        "space": row.space_id,
        "kind": row.kind,
        "geometry": row.geometry,
        "street": row.street,
        "zone": {"id": row.zone_id, "name": row.zone_name},
        "district": {"id": row.district_id, "name": row.district_name},
        "approval": None
        if row.approval_document is None
        else {
            "document": row.approval_document,
            "authority": row.approval_authority,
            "from": _text(row.approval_from),
            "to": _text(row.approval_to),
        },
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(to_micros(instant))
