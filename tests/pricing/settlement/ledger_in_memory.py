"""The rules of settlement without a database: what the service stores in tables is kept in dictionaries here."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from parking.domain.errors import ParkingError
from parking.domain.money import Money
from pricing.settlement import rules
from pricing.settlement.model import (
    Bill,
    BillUnknownError,
    DrawerClose,
    Entry,
    Payment,
    PaymentUnknownError,
    PaymentWish,
    RefundWish,
)
from tests.pricing.settlement.sequences import Step

AT = datetime(2026, 7, 1, 8, tzinfo=UTC)


@dataclass
class LedgerInMemory:
    """Does the steps by `pricing.settlement.rules`."""

    bills: dict[int, Bill] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    given_back: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Step] = field(default_factory=dict)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    balances: Counter[str] = field(default_factory=Counter)

    def do(self, step: Step) -> str:
        if step.key and step.key in self.answers:
            return "same" if self.answers[step.key] == step else "idempotency_key_reused"
        try:
            getattr(self, step.what)(step)
        except ParkingError as refused:
            return refused.code
        if step.key:
            self.answers[step.key] = step
        return "ok"

    def issue(self, step: Step) -> None:
        if step.stay not in self.bills:
            bill = Bill(
                session_id=f"s{step.stay}",
                zone_id="Z",
                district_id="D",
                payee="D",
                amount=step.amount,
                currency="CNY",
                is_attributed=step.attributed,
                issued_at=AT,
            )
            self.bills[step.stay] = self._booked(bill)

    def claim(self, step: Step) -> None:
        self.bills[step.stay] = self._booked(replace(self._bill(step.stay), is_attributed=True))

    def pay(self, step: Step) -> None:
        bill = self._bill(step.stay)
        wish = PaymentWish(
            session_id=bill.session_id,
            amount=Money(step.amount, step.currency),
            method=step.method,
            paid_at=AT,
            taken_by="test",
            drawer_id=step.drawer,
            is_collected=step.what == "collect",
        )
        applied = rules.applied_of(bill, wish)
        payment = Payment(
            payment_id=step.key,
            receipt_id=step.key,
            session_id=bill.session_id,
            amount=wish.amount,
            applied=applied,
            method=wish.method,
            drawer_id=wish.drawer_id,
            provider_reference=None,
            taken_by="test",
            paid_at=AT,
        )
        bill = self._booked(replace(bill, is_attributed=True))
        self._book(rules.payment_entry(bill, payment))
        self.payments[step.key] = payment
        excess = wish.amount.amount - applied
        self.bills[step.stay] = replace(bill, applied=bill.applied + applied, in_suspense=bill.in_suspense + excess)

    collect = pay

    def refund(self, step: Step) -> None:
        payment = self.payments.get(step.payment)
        if payment is None:
            raise PaymentUnknownError("no such payment")
        stay = int(payment.session_id.removeprefix("s"))
        bill = self.bills[stay]
        wish = RefundWish(
            payment_id=step.payment,
            amount=Money(step.amount),
            reason="test",
            refunded_at=AT,
            given_by="test",
        )
        part = rules.suspense_part(bill, payment, self.given_back[step.payment], wish)
        entry = rules.refund_entry(
            bill, payment, refund_id=step.key, wish=wish, from_suspense=part, drawer_id=payment.drawer_id
        )
        self._book(entry)
        self.given_back[step.payment] += step.amount
        refunded = bill.refunded + step.amount - part
        self.bills[stay] = replace(bill, in_suspense=bill.in_suspense - part, refunded=refunded)

    def close(self, step: Step) -> None:
        drawer = step.drawer or ""
        close = DrawerClose(
            close_id=f"c{len(self.entries)}",
            drawer_id=drawer,
            closed_by="test",
            closed_at=AT,
            expected=Money(self.balances[f"cash/{drawer}"]),
            counted=Money(step.amount),
            totals=(),
        )
        self._book(rules.close_entry(close))

    def _bill(self, stay: int) -> Bill:
        if stay not in self.bills:
            raise BillUnknownError("no fee")
        return self.bills[stay]

    def _booked(self, bill: Bill) -> Bill:
        if bill.is_booked:
            return bill
        entry = rules.issue_entry(bill, AT)
        self._book(entry)
        return replace(bill, is_booked=entry is not None)

    def _book(self, entry: Entry | None) -> None:
        if entry is None:
            return
        assert (entry.kind, entry.reference) not in self.entries
        assert len(entry.postings) > 1
        assert sum(posting.amount for posting in entry.postings) == 0
        self.entries[entry.kind, entry.reference] = entry
        for posting in entry.postings:
            assert posting.amount != 0
            self.balances[posting.account_id] += posting.amount
