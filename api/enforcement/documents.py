"""The answer to a check as plain data, in the shape of `schemas.CheckAnswer`."""

from datetime import datetime
from typing import Any

from api.enforcement.model import ListingFact, PermitFact, ReservationFact, StayFact
from api.enforcement.service import Checked
from parking.domain.clock import format_instant, to_micros

Json = dict[str, Any]


def check_document(found: Checked) -> Json:
    facts, said = found.facts, found.verdict
    return {
        "id": found.check_id,
        "at": _text(found.question.at),
        "plate": found.masked,
        "space": found.question.space_id,
        "zone": None if facts.place is None else facts.place.zone_id,
        "covered": said.covered,
        "basis": said.basis,
        "until": _text(said.until),
        "sessions": [_stay(item, found.question.at) for item in facts.stays],
        "permits": [_permit(item) for item in facts.permits],
        "reservations": [_reservation(item) for item in facts.reservations],
        "listings": [_listing(item) for item in facts.listings],
        "shared": None if facts.shared is None else {"open_until": _text(facts.shared.until)},
    }


def _stay(item: StayFact, at: datetime) -> Json:
    return {
        "id": item.session_id,
        "space": item.space_id,
        "facility": item.facility_id,
        "zone": item.zone_id,
        "started_at": _text(item.started_at),
        "ended_at": _text(item.over_at),
        "whose": item.whose,
        "paid_at": _text(item.paid_at),
        "longest_until": _text(item.longest_until),
        "overstays": item.overstays(at),
    }


def _permit(item: PermitFact) -> Json:
    return {
        "kind": item.kind,
        "exempt_class": item.exempt_class,
        "zones": item.zone_ids,
        "facilities": item.facility_ids,
        "until": _text(item.until),
        "here": item.here,
    }


def _reservation(item: ReservationFact) -> Json:
    return {"space": item.space_id, "start": _text(item.start), "until": _text(item.end), "whose": item.whose}


def _listing(item: ListingFact) -> Json:
    return {"authority": item.authority, "legal_basis": item.legal_basis, "until": _text(item.until)}


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(to_micros(instant))
