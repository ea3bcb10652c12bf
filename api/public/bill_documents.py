"""Writes what is owed at a space, and no more of it than the visitor may see."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from api.public.bill_schemas import Amount, BillLine, Details, Named, OwedStay, SpaceBill, SpaceNames, WayToPay
from api.public.proofs import StayProofs
from parking.domain.errors import NotFoundError
from parking.domain.ids import SpaceId
from parking.domain.money import Money
from parking.places.catalogue import Catalogue
from parking.places.model import District, Facility, Segment, Zone
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions
from parking.sessions.model import ParkingSession
from pricing.fees.model import FeeLine
from pricing.providers.service import ProviderDesk
from pricing.quotes.fee_lines import lines_json
from pricing.quotes.service import issued_fee, running_fee
from pricing.settlement.prepayments import paid_ahead
from pricing.settlement.service import bill_of, payee_of_zone

SHOWN_FOR: Final = timedelta(hours=24)
"""How long the page shows an unpaid stay after its end; the next stay on the space hides it at once."""


def amount_json(money: Money) -> Amount:
    return Amount(amount=money.amount, currency=money.currency)


def bill_lines(lines: tuple[FeeLine, ...]) -> list[BillLine]:
    return [BillLine(**line) for line in lines_json(lines)]


def space_names(catalogue: Catalogue, space_id: str) -> SpaceNames:
    """Raise NotFoundError (`space_unknown`) for a space that is not in use."""
    space = catalogue.spaces.get(SpaceId(space_id))
    if space is None:
        raise NotFoundError(f"there is no space {space_id!r}", code="space_unknown")
    zone = catalogue.zones[space.zone_id].zone
    street: Segment | Facility | None = None
    if space.segment_id is not None:
        street = catalogue.segments[space.segment_id]
    elif space.facility_id is not None:
        street = catalogue.facilities[space.facility_id]
    return SpaceNames(
        id=space_id,
        kind=space.kind,
        use=space.use,
        zone=_named(zone.zone_id, zone),
        district=_named(zone.district_id, catalogue.districts[zone.district_id]),
        street=None if street is None else _named(street_id(street), street),
    )


def check_place(names: SpaceNames, stay: ParkingSession) -> None:
    """Raise NotFoundError (`session_unknown`) for a stay somewhere else."""
    if stay.space_id != names.id:
        raise NotFoundError("there is no such stay on this space", code="session_unknown")


def street_id(street: Segment | Facility) -> str:
    return street.segment_id if isinstance(street, Segment) else street.facility_id


class SpaceBills:
    """What is owed, in the caller's transaction."""

    def __init__(self, plates: PlateVault, proofs: StayProofs, desk: ProviderDesk, *, test_provider: bool) -> None:
        self._plates = plates
        self._proofs = proofs
        self._desk = desk
        self._test_provider = test_provider

    @property
    def has_test_provider(self) -> bool:
        return self._test_provider

    def ways(self, payee: str) -> list[WayToPay]:
        """How the page may collect for a payee; the test provider, where there is one, comes last."""
        offered = [
            WayToPay(
                provider=way.provider,
                channels=sorted(way.channels),
                app_id=way.sign_in.app_id if way.sign_in else None,
                sign_in_url=way.sign_in.url if way.sign_in else None,
            )
            for way in self._desk.ways(payee)
        ]
        if self._test_provider:
            offered.append(WayToPay(provider="test", channels=[], app_id=None, sign_in_url=None))
        return offered

    async def at_space(
        self, session: AsyncSession, names: SpaceNames, *, now: datetime, proof: str | None
    ) -> SpaceBill:
        """The open stay on the space, else the last one while it is unpaid or its payer looks at it."""
        stay = await sessions.open_on(session, names.id) or await sessions.latest_on(session, names.id)
        if stay is None or (stay.ended_at is not None and stay.ended_at < now - SHOWN_FOR):
            return SpaceBill(at=now, space=names, stay=None)
        owed = await self._owed(session, stay, now=now, is_own=self._proofs.holds(stay.session_id, proof))
        return SpaceBill(at=now, space=names, stay=owed)

    async def _owed(
        self, session: AsyncSession, stay: ParkingSession, *, now: datetime, is_own: bool
    ) -> OwedStay | None:
        fee = await issued_fee(session, stay.session_id)
        if fee is None:
            charge = await running_fee(session, stay.session_id, at=now)
            amount, lines, reason = charge.fee.amount, charge.fee.lines, charge.reason
            ahead = await paid_ahead(session, stay.session_id)
            left, state = Money(max(amount.amount - ahead, 0), amount.currency), None
            payee = await payee_of_zone(session, stay.zone_id, at=now)
        else:
            bill = await bill_of(session, stay.session_id)
            amount, lines, reason = fee.amount, fee.lines, fee.reason
            left, state, payee = Money(bill.left, bill.currency), bill.state, bill.payee
            if bill.left == 0 and not is_own:
                return None
        details = None
        if is_own or not stay.is_attributed:
            masked = await self._plates.masked(session, [stay.plate_token]) if stay.plate_token else {}
            details = Details(
                started_at=stay.started_at,
                ended_at=stay.ended_at,
                plate=masked.get(stay.plate_token or ""),
                lines=bill_lines(lines),
                reason=reason,
            )
        return OwedStay(
            session=stay.session_id,
            state=stay.state,
            attributed=stay.is_attributed,
            bill=state,
            fee=amount_json(amount),
            owed=amount_json(left),
            ways=self.ways(payee) if left.amount > 0 else [],
            details=details,
        )


def _named(place_id: str, place: Zone | District | Segment | Facility) -> Named:
    return Named(id=place_id, name=place.name, name_en=place.name_en)
