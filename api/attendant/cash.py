"""Cash in an attendant's hand: the stay ends, its fee is fixed, the money is in the shift's drawer; all or nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.attendant import late
from api.attendant.schemas import Amount, CashTaken
from api.attendant.tables import ShiftRow
from api.auth.accounts import audit
from api.auth.accounts.model import Caller
from parking.domain.errors import ConflictError
from parking.domain.money import Money
from parking.sessions import service as sessions
from parking.sessions.model import ParkingSession
from pricing.settlement import drawers, rules
from pricing.settlement import service as settlement
from pricing.settlement.model import Bill, Payment, PaymentWish


@dataclass(frozen=True, kw_only=True)
class Taking:
    """Who books cash for which stay, in whose district, taken when; `now` is when it reached us."""

    caller: Caller
    stay_id: str
    district_id: str
    at: datetime
    now: datetime


async def take(session: AsyncSession, taking: Taking, wish: CashTaken) -> tuple[ParkingSession, Bill, Payment]:
    """The stay, its bill as the payment left it, and the payment.

    Raises ConflictError (`amount_changed`, `bill_already_paid`) unless the money is already collected, and what
    `late.drawer_of`, `sessions.stop` and `settlement.pay` raise.
    """
    caller, given = taking.caller, wish.amount.money()
    shift = await late.drawer_of(session, caller, wish.shift, is_collected=wish.collected)
    stay = await sessions.get(session, taking.stay_id)
    end = max(taking.at, stay.started_earliest)
    stay = await sessions.stop(
        session, taking.stay_id, ended_at=end, source="attendant", now=taking.now, by=caller.actor
    )
    bill = await settlement.settle(session, taking.stay_id, at=taking.now)
    if not wish.collected:
        _check_exact(bill, given)
    payment = await settlement.pay(
        session,
        PaymentWish(
            session_id=taking.stay_id,
            amount=given,
            method="cash",
            paid_at=taking.at,
            taken_by=caller.actor,
            drawer_id=shift.shift_id,
            receipt_id=wish.receipt,
            is_collected=wish.collected,
        ),
        bill=bill,
    )
    await _written_down(session, taking, shift, payment)
    return stay, rules.paid_by(bill, payment), payment


def _check_exact(bill: Bill, given: Money) -> None:
    owed = Money(bill.left, bill.currency)
    if bill.left == 0 or owed != given:
        code = "bill_already_paid" if bill.left == 0 else "amount_changed"
        raise ConflictError(f"{owed} is owed", code=code, fields={"owed": Amount.of(owed).model_dump()})


async def _written_down(session: AsyncSession, taking: Taking, shift: ShiftRow, payment: Payment) -> None:
    details: dict[str, object] = {
        "amount": payment.amount.amount,
        "currency": payment.amount.currency,
        "receipt": payment.receipt_id,
    }
    if shift.closed_at is not None:
        # The drawer was counted with this money in it and closed with that much too much. Closing it once more with
        # nothing in it sets the shift right, and leaves no cash in a drawer that nobody will count again.
        close = await drawers.close_drawer(
            session,
            drawer_id=shift.shift_id,
            counted=Money(0, payment.amount.currency),
            closed_by=taking.caller.actor,
            closed_at=taking.now,
        )
        details["close"] = close.close_id
    await audit.record(
        session,
        taking.caller,
        "cash.taken",
        taking.stay_id,
        at=taking.now,
        district_id=taking.district_id,
        details=details,
    )
