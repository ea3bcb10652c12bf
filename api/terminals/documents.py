"""Writes the answers that terminals get, out of stays, fees and bills."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import format_instant, to_micros
from parking.domain.money import Money
from parking.privacy.vault import PlateVault
from parking.sessions.model import ParkingSession
from pricing.quotes.fee_lines import lines_json
from pricing.quotes.service import IssuedFee, issued_fee
from pricing.settlement import service
from pricing.settlement.model import Bill, DrawerClose, Payment, Refund

Document = dict[str, Any]


def money_json(money: Money) -> Document:
    return {"amount": money.amount, "currency": money.currency}


def bill_json(bill: Bill) -> Document:
    sums = {"amount": bill.amount, "paid": bill.applied, "left": bill.left, "refunded": bill.refunded}
    return {"state": bill.state} | {name: money_json(Money(sum_, bill.currency)) for name, sum_ in sums.items()}


def fee_json(fee: IssuedFee) -> Document:
    return {"amount": money_json(fee.amount), "lines": lines_json(fee.lines), "reason": fee.reason}


async def session_document(session: AsyncSession, plates: PlateVault, stay: ParkingSession) -> Document:
    """A stay with what it costs, if it has ended."""
    masked = {} if stay.plate_token is None else await plates.masked(session, [stay.plate_token])
    fee = await issued_fee(session, stay.session_id)
    bill = None if fee is None else await service.bill_of(session, stay.session_id)
    return {
        "id": stay.session_id,
        "space": stay.space_id,
        "facility": stay.facility_id,
        "zone": stay.zone_id,
        "state": stay.state,
        "started_at": format_instant(to_micros(stay.started_at)),
        "ended_at": None if stay.ended_at is None else format_instant(to_micros(stay.ended_at)),
        "plate": masked.get(stay.plate_token or ""),
        "attributed": stay.is_attributed,
        "vehicle": {"class": stay.vehicle_class, "energy": stay.energy},
        "fee": None if fee is None else fee_json(fee),
        "bill": None if bill is None else bill_json(bill),
    }


def payment_document(payment: Payment, bill: Bill) -> Document:
    currency = payment.amount.currency
    return {
        "id": payment.payment_id,
        "session": payment.session_id,
        "state": bill.state,
        "amount": money_json(payment.amount),
        "applied": money_json(Money(payment.applied, currency)),
        "left": money_json(Money(bill.left, currency)),
        "receipt": payment.receipt_id,
    }


def refund_document(refund: Refund, bill: Bill) -> Document:
    return {
        "id": refund.refund_id,
        "payment": refund.payment_id,
        "session": refund.session_id,
        "state": bill.state,
        "amount": money_json(refund.amount),
    }


def receipt_document(payment: Payment, bill: Bill, given_back: int, payee: str) -> Document:
    """`payee` is its name; the bill knows only its id."""
    return {
        "id": payment.receipt_id,
        "payment": payment.payment_id,
        "session": payment.session_id,
        "payee": payee,
        "amount": money_json(payment.amount),
        "method": payment.method,
        "paid_at": format_instant(to_micros(payment.paid_at)),
        "fee": money_json(Money(bill.amount, bill.currency)),
        "left": money_json(Money(bill.left, bill.currency)),
        "refunded": money_json(Money(given_back, bill.currency)),
    }


def close_document(close: DrawerClose) -> Document:
    currency = close.counted.currency
    return {
        "id": close.close_id,
        "terminal": close.drawer_id,
        "closed_at": format_instant(to_micros(close.closed_at)),
        "expected": money_json(close.expected),
        "counted": money_json(close.counted),
        "difference": money_json(close.difference),
        "totals": [
            {
                "method": total.method,
                "payments": total.payments,
                "paid": money_json(Money(total.paid, currency)),
                "refunds": total.refunds,
                "refunded": money_json(Money(total.refunded, currency)),
            }
            for total in close.totals
        ],
    }
