"""Use cases of attendants, each in the caller's transaction: the shift, the list, a plate, cash, the count."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from api.attendant import late, repository
from api.attendant.cash import Taking, take
from api.attendant.prices import price_ahead
from api.attendant.schemas import (
    Amount,
    CashTaken,
    Closing,
    KerbList,
    KerbStay,
    Line,
    PlateGiven,
    PriceList,
    Shift,
    ShiftClosing,
    ShiftOpening,
    Slip,
    StayBill,
)
from api.attendant.tables import ShiftRow
from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from parking.db.idempotency import Answer, once
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.domain.money import Money
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions
from pricing.fees.model import FeeLine
from pricing.quotes.fee_lines import lines_json
from pricing.quotes.service import issued_fee, running_fee
from pricing.settlement import drawers
from pricing.settlement import service as settlement
from pricing.settlement.prepayments import paid_ahead

LIST_LIMIT = 200


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Who does something, when, and under which key a repetition is recognised."""

    caller: Caller
    at: datetime
    key: str


class Kerb:
    """What an attendant does; every method checks the district."""

    def __init__(self, plates: PlateVault) -> None:
        self._plates = plates

    async def open_shift(self, session: AsyncSession, deed: Deed, wish: ShiftOpening) -> Shift:
        """Raises InvalidInputError (`district_missing`, `float_negative`) and ConflictError (`shift_open`)."""
        caller = deed.caller
        district = wish.district or caller.district_id
        if district is None:
            raise InvalidInputError("say in which district the shift is", code="district_missing")
        caller.check_district(district)
        if wish.float_.amount < 0:
            raise InvalidInputError("a drawer holds no less than nothing", code="float_negative")
        shift_id = settlement.new_id()
        opened = await repository.insert_shift(
            session,
            shift_id=shift_id,
            account_name=caller.name,
            district_id=district,
            opened_at=deed.at,
            float_amount=wish.float_.amount,
            currency=wish.float_.currency,
        )
        if not opened:
            raise ConflictError("your last shift is still open; close it first", code="shift_open")
        await audit.record(session, caller, "shift.opened", shift_id, at=deed.at, district_id=district)
        return await self._shift(session, await late.own_shift(session, caller))

    async def current_shift(self, session: AsyncSession, caller: Caller) -> Shift | None:
        row = await repository.open_shift(session, caller.name)
        return None if row is None else await self._shift(session, row)

    async def close_shift(self, session: AsyncSession, deed: Deed, shift_id: str, wish: ShiftClosing) -> Answer:
        """Raises NotFoundError (`shift_unknown`), ConflictError (`shift_closed`), InvalidInputError
        (`currency_mismatch`), and what `drawers.close_drawer` raises.
        """

        async def work() -> Answer:
            row = await repository.shift_by_id(session, shift_id)
            if row is None or row.account_name != deed.caller.name:
                raise NotFoundError("you have no such shift", code="shift_unknown")
            if row.closed_at is not None:
                raise ConflictError("this shift is closed already", code="shift_closed")
            return _answer(200, await self._counted(session, deed, row, wish.counted.money()))

        return await self._once(session, deed, ["close", shift_id, wish.model_dump()], work)

    async def spaces(
        self, session: AsyncSession, caller: Caller, *, at: datetime, zone_id: str | None, words: str
    ) -> KerbList:
        """Raises ConflictError (`shift_missing`): the list is of the shift's district."""
        shift = await late.own_shift(session, caller)
        rows, without = await repository.kerb_list(
            session, district_id=shift.district_id, zone_id=zone_id, words=words, limit=LIST_LIMIT + 1
        )
        tokens = {row.plate_token for row in rows if row.plate_token is not None}
        masked = await self._plates.masked(session, tokens) if tokens else {}
        shown = [_kerb_stay(row, masked) for row in rows[:LIST_LIMIT]]
        return KerbList(at=at, spaces=shown, without_plate=without, more=len(rows) > LIST_LIMIT)

    async def bill(self, session: AsyncSession, caller: Caller, session_id: str, *, at: datetime) -> StayBill:
        """What a stay costs by now. Raises NotFoundError (`session_unknown`) and ForbiddenError."""
        row = await _reached(session, caller, session_id)
        fee = await issued_fee(session, session_id)
        if fee is None:
            charge = await running_fee(session, session_id, at=at)
            amount, lines, reason, state = charge.fee.amount, charge.fee.lines, charge.reason, None
            ahead = await paid_ahead(session, session_id)
            owed = Money(max(amount.amount - ahead, 0), amount.currency)
        else:
            bill = await settlement.bill_of(session, session_id)
            amount, lines, reason, state = fee.amount, fee.lines, fee.reason, bill.state
            owed = Money(bill.left, bill.currency)
        masked = await self._plates.masked(session, [row.plate_token]) if row.plate_token else {}
        return StayBill(
            stay=_kerb_stay(row, masked),
            bill=state,
            fee=Amount.of(amount),
            owed=Amount.of(owed),
            lines=_lines(lines),
            reason=reason,
        )

    async def prices(
        self, session: AsyncSession, caller: Caller, stay_ids: Collection[str], *, at: datetime
    ) -> PriceList:
        """What stays will cost ahead; those that the caller may not see, or nobody knows, are left out."""
        known = await repository.stays_in(session, stay_ids, caller.district_id)
        return PriceList(at=at, stays=[await price_ahead(session, stay_id, at=at) for stay_id in known])

    async def give_plate(self, session: AsyncSession, deed: Deed, session_id: str, wish: PlateGiven) -> StayBill:
        """The stay of the car that was seen gets the plate.

        Raises ConflictError (`seen_after_end`) when no car stood there any more, and what `sessions.claim` and the vault
        raise.
        """
        row = await _reached(session, deed.caller, session_id)
        seen_at = late.done_at(wish.seen_at, deed.at)
        stay_id = session_id if wish.seen_at is None else await late.stay_seen(session, row, seen_at)
        if stay_id is None:
            raise ConflictError("the stay was over before the plate was read", code="seen_after_end")
        sealed = await self._plates.seal(session, wish.plate, deed.at)
        await sessions.claim(session, stay_id, plate=sealed, source="attendant", now=deed.at, by=deed.caller.actor)
        details = {"seen_at": seen_at.isoformat()}
        await audit.record(
            session, deed.caller, "session.claimed", stay_id, at=deed.at, district_id=row.district_id, details=details
        )
        return await self.bill(session, deed.caller, stay_id, at=deed.at)

    async def take_cash(self, session: AsyncSession, deed: Deed, session_id: str, wish: CashTaken) -> Answer:
        """End the stay, fix its fee and book the cash in the shift's drawer, all at once or not at all.

        Raises what `cash.take` raises.
        """

        async def work() -> Answer:
            return _answer(201, await self._paid(session, deed, session_id, wish))

        # Whether the phone still waits for our word is no part of what was done.
        body = wish.model_dump(mode="json", exclude={"collected"}, exclude_none=True)
        return await self._once(session, deed, ["cash", session_id, body], work)

    async def _paid(self, session: AsyncSession, deed: Deed, session_id: str, wish: CashTaken) -> Slip:
        row = await _reached(session, deed.caller, session_id)
        at, stay_id = deed.at, session_id
        if wish.collected:
            at = late.done_at(wish.taken_at, deed.at)
            stay_id = await late.stay_seen(session, row, at) or session_id
        taking = Taking(caller=deed.caller, stay_id=stay_id, district_id=row.district_id, at=at, now=deed.at)
        stay, bill, payment = await take(session, taking, wish)
        masked = await self._plates.masked(session, [stay.plate_token]) if stay.plate_token else {}
        fee = await issued_fee(session, stay_id)
        currency = payment.amount.currency
        return Slip(
            session=stay_id,
            receipt=payment.receipt_id,
            payee=await settlement.payee_name(session, bill),
            space=stay.place_id,
            plate=masked.get(stay.plate_token or ""),
            started_at=stay.started_at,
            ended_at=stay.ended_at or at,
            amount=Amount.of(payment.amount),
            left=Amount(amount=bill.left, currency=currency),
            over=Amount(amount=payment.amount.amount - payment.applied, currency=currency),
            paid_at=payment.paid_at,
            lines=[] if fee is None else _lines(fee.lines),
        )

    async def _counted(self, session: AsyncSession, deed: Deed, row: ShiftRow, counted: Money) -> Shift:
        if counted.currency != row.currency:
            raise InvalidInputError(f"the drawer holds {row.currency}", code="currency_mismatch")
        float_ = Money(row.float_amount, row.currency)
        # The ledger knows what was taken, not the change of the beginning, which may be missing as well.
        taken = Money(max(0, counted.amount - float_.amount), row.currency)
        before = await self._shift(session, row)
        close = await drawers.close_drawer(
            session, drawer_id=row.shift_id, counted=taken, closed_by=deed.caller.actor, closed_at=deed.at
        )
        expected = close.expected + float_
        await repository.close_shift(session, row.shift_id, closed_at=deed.at, close_id=close.close_id)
        details = {"counted": counted.amount, "difference": (counted - expected).amount, "currency": counted.currency}
        await audit.record(
            session,
            deed.caller,
            "shift.closed",
            row.shift_id,
            at=deed.at,
            district_id=row.district_id,
            details=details,
        )
        closing = Closing(
            closed_at=deed.at,
            expected=Amount.of(expected),
            counted=Amount.of(counted),
            difference=Amount.of(counted - expected),
        )
        return before.model_copy(update={"closing": closing})

    async def _shift(self, session: AsyncSession, row: ShiftRow) -> Shift:
        totals = await drawers.drawer_totals(session, row.shift_id, row.currency)
        cash = sum(total.paid - total.refunded for total in totals if total.method == "cash")
        return Shift(
            id=row.shift_id,
            attendant=row.account_name,
            district=row.district_id,
            opened_at=row.opened_at,
            float_=Amount(amount=row.float_amount, currency=row.currency),
            payments=sum(total.payments for total in totals),
            cash=Amount(amount=cash, currency=row.currency),
            closing=None,
        )

    async def _once(
        self, session: AsyncSession, deed: Deed, body: object, work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        return await once(session, scope=f"attendant:{deed.caller.actor}", key=deed.key, body=body, work=work)


async def _reached(session: AsyncSession, caller: Caller, session_id: str) -> Row[Any]:
    row = await repository.kerb_stay(session, session_id)
    if row is None:
        raise NotFoundError(f"there is no stay {session_id!r}", code="session_unknown")
    caller.check_district(row.district_id)
    return row


def _kerb_stay(row: Row[Any], masked: dict[str, str]) -> KerbStay:
    return KerbStay(
        session=row.session_id,
        space=row.space_id,
        zone=row.zone_id,
        zone_name=row.zone_name,
        zone_name_en=row.zone_name_en,
        street=row.street,
        street_en=row.street_en,
        state=row.state,
        started_at=row.started_at,
        ended_at=row.ended_at,
        plate=None if row.plate_token is None else masked.get(row.plate_token, "•••"),
    )


def _lines(lines: tuple[FeeLine, ...]) -> list[Line]:
    return [Line(**line) for line in lines_json(lines)]


def _answer(status: int, document: Shift | Slip) -> Answer:
    return Answer(status, document.model_dump_json(by_alias=True).encode())
