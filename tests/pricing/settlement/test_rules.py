"""Properties of money over ten thousand generated lives of stays, each step held against an independent reference."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.domain.errors import ParkingError
from parking.domain.money import Money
from pricing.settlement import rules
from pricing.settlement.model import Bill, PaymentWish
from tests.pricing.settlement.ledger_in_memory import AT, LedgerInMemory
from tests.pricing.settlement.reference import Reference
from tests.pricing.settlement.sequences import Step, sequence

SEQUENCES = 10_000
OWN_OF_A_DRAWER = ("safe/", "over_short/")


def live(steps: list[Step]) -> set[str]:
    """Do the steps in both worlds, compare after each, and return the outcomes that occurred."""
    ledger, reference = LedgerInMemory(), Reference()
    outcomes = set()
    fees: dict[int, int] = {}
    for step in steps:
        outcome = ledger.do(step)
        assert outcome == reference.do(step), step
        outcomes.add(outcome)
        for stay, bill in ledger.bills.items():
            assert fees.setdefault(stay, bill.amount) == bill.amount, "a fee has changed"
            assert 0 <= bill.applied <= bill.amount
            assert 0 <= bill.refunded <= bill.applied
            assert bill.in_suspense >= 0
            assert bill.state == reference.state(stay)
    compare(ledger, reference)
    return outcomes


def compare(ledger: LedgerInMemory, reference: Reference) -> None:
    """Debits equal credits, and every account holds what the reference says."""
    assert sum(ledger.balances.values()) == 0
    shared = {
        account: amount
        for account, amount in ledger.balances.items()
        if amount and not account.startswith(OWN_OF_A_DRAWER)
    }
    assert shared == reference.accounts()
    over_short = sum(amount for account, amount in ledger.balances.items() if account.startswith("over_short/"))
    assert over_short == -reference.differences
    assert len([key for key in ledger.entries if key[0] == "fee_issued"]) <= len(ledger.bills)


def test_money_adds_up_when_ten_thousand_lives_are_lived() -> None:
    random = Random(20260701)  # noqa: S311 - repeatable on purpose
    outcomes: set[str] = set()
    for _ in range(SEQUENCES):
        outcomes |= live(sequence(random, random.randint(4, 20)))
    assert outcomes >= {
        "ok",
        "same",
        "idempotency_key_reused",
        "bill_already_paid",
        "amount_above_owed",
        "refund_above_paid",
        "currency_mismatch",
    }


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), length=st.integers(1, 60))
def test_money_adds_up_when_a_life_is_long(seed: int, length: int) -> None:
    live(sequence(Random(seed), length))  # noqa: S311 - as above


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (Money(301), "amount_above_owed"),
        (Money(0), "amount_not_positive"),
        (Money(-300), "amount_not_positive"),
        (Money(300, "EUR"), "currency_mismatch"),
        (Money(10**13), "amount_too_large"),
    ],
)
def test_payment_is_refused_by_name_when_its_amount_is_wrong(amount: Money, code: str) -> None:
    bill = Bill(
        session_id="s1",
        zone_id="Z",
        district_id="D",
        payee="D",
        amount=300,
        currency="CNY",
        is_attributed=True,
        issued_at=AT,
    )
    wish = PaymentWish(session_id="s1", amount=amount, method="cash", paid_at=AT, taken_by="T1", drawer_id="T1")
    with pytest.raises(ParkingError) as refused:
        rules.applied_of(bill, wish)
    assert refused.value.code == code
