"""Balances against plain counters: never below zero, never anybody's loss, and the ledger's sums beside them."""

import asyncio
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from parking.domain.money import Money
from pricing.settlement import balances, drawers, journal, prepayments, service
from pricing.settlement.model import PaymentWish, Prepaid, RefundWish
from tests.pricing.settlement.ledger_in_memory import AT
from tests.pricing.settlement.stays import add_fee, make_places

pytestmark = pytest.mark.service
HOLDERS = ("a", "b")
AMOUNTS = (1, 150, 300, 900)


def top_up(holder: str, amount: int, key: str, method: str = "cash") -> Prepaid:
    return Prepaid(
        prepaid_id=key,
        receipt_id=f"receipt {key}",
        session_id=None,
        balance_id=holder,
        amount=Money(amount),
        method="cash" if method == "cash" else "test",
        account=None,
        drawer_id="T1",
        provider_reference=None,
        taken_by="terminal:T1",
        paid_at=AT,
    )


def payment(stay: str, holder: str, amount: int) -> PaymentWish:
    return PaymentWish(
        session_id=stay,
        amount=Money(amount),
        method="balance",
        account=holder,
        paid_at=AT,
        taken_by="t",
        drawer_id="T1",
    )


@dataclass
class Reference:
    """What must be: plain counters, none of the product's code."""

    left: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HOLDERS, 0))
    cash: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HOLDERS, 0))
    drawer: int = 0
    test: int = 0
    revenue: int = 0
    given_back: int = 0
    paid: list[tuple[str, str, int]] = field(default_factory=list)

    def accounts(self) -> dict[str, int]:
        told = {f"balance/{holder}": -left for holder, left in self.left.items()}
        told |= {"cash/T1": self.drawer, "provider/test": self.test}
        told |= {"revenue/D": -self.revenue, "refunds/D": self.given_back}
        return {account: amount for account, amount in told.items() if amount}


class Street:
    """Does random things to two balances, and says each time what came out."""

    def __init__(self, database: Database, random: Random) -> None:
        self.database = database
        self.random = random
        self.must = Reference()
        self.numbers = count()
        self.done: set[str] = set()

    async def step(self) -> None:
        what = self.random.choice(["top_up", "top_up", "pay", "pay", "pay", "refund", "pay_out"])
        self.done.add(f"{what} {await getattr(self, what)(self.random.choice(HOLDERS), f'k{next(self.numbers)}')}")

    async def top_up(self, holder: str, key: str) -> str:
        amount, method = self.random.choice(AMOUNTS), self.random.choice(["cash", "test"])
        for expected in ("ok", "prepaid_already"):
            money = top_up(holder, amount, key, method)
            assert await self._outcome(lambda session, money=money: prepayments.keep(session, money)) == expected
        self.must.left[holder] += amount
        if method == "cash":
            self.must.cash[holder] += amount
            self.must.drawer += amount
        else:
            self.must.test += amount
        return "ok"

    async def pay(self, holder: str, key: str) -> str:
        amount = self.random.choice(AMOUNTS)
        async with self.database.transaction() as session:
            await add_fee(session, key, amount)
        outcome = await self._outcome(
            lambda session: service.pay(session, payment(key, holder, amount), new_id=iter((key, f"r{key}")).__next__)
        )
        assert outcome == ("ok" if amount <= self.must.left[holder] else "balance_too_small")
        if outcome == "ok":
            self.must.left[holder] -= amount
            self.must.revenue += amount
            self.must.paid.append((key, holder, amount))
        return outcome

    async def refund(self, _holder: str, _key: str) -> str:
        if not self.must.paid:
            return "nothing"
        paid, holder, amount = self.must.paid.pop(self.random.randrange(len(self.must.paid)))
        wish = RefundWish(payment_id=paid, amount=Money(amount), reason="r", refunded_at=AT, given_by="o")
        assert await self._outcome(lambda session: service.refund(session, wish)) == "ok"
        more = replace(wish, amount=Money(1))
        assert await self._outcome(lambda session: service.refund(session, more)) == "refund_above_paid"
        self.must.left[holder] += amount
        self.must.given_back += amount
        return "ok"

    async def pay_out(self, holder: str, key: str) -> str:
        amount = min(self.must.left[holder], self.must.cash[holder])
        outcome = await self._outcome(
            lambda session: balances.pay_out(
                session, balance_id=holder, payout_id=key, drawer_id="T1", given_by="t", at=AT
            )
        )
        assert outcome == ("ok" if amount else "balance_empty")
        self.must.left[holder] -= amount
        self.must.cash[holder] -= amount
        self.must.drawer -= amount
        return outcome

    async def _outcome(self, work) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001 - any use case
        try:
            async with self.database.transaction() as session:
                await work(session)
        except ParkingError as refused:
            return refused.code
        return "ok"


async def test_ledger_agrees_with_plain_counters_when_two_balances_live_at_random(database: Database) -> None:
    await make_places(database)
    street = Street(database, Random(20260701))  # noqa: S311 - a repeatable choice, no secret
    for _ in range(70):
        await street.step()
        async with database.transaction() as session:
            trial = await journal.trial_balance(session)
            statements = {holder: await balances.statement(session, holder) for holder in HOLDERS}
        owed = {account: amount for (account, _), amount in trial.items() if amount and "receivable" not in account}
        unpaid = trial.get(("receivable/D", "CNY"), 0)
        owed["revenue/D"] = owed.get("revenue/D", 0) + unpaid
        assert {account: amount for account, amount in owed.items() if amount} == street.must.accounts()
        for holder, lines in statements.items():
            assert (lines[0].left if lines else 0) == street.must.left[holder] >= 0
            assert sum(line.amount for line in lines) == street.must.left[holder]
    assert {"pay ok", "pay balance_too_small", "refund ok", "pay_out ok", "pay_out balance_empty"} <= street.done
    async with database.transaction() as session:
        close = await drawers.close_drawer(
            session, drawer_id="T1", counted=Money(street.must.drawer), closed_by="t", closed_at=AT
        )
    assert (close.expected.amount, close.difference.amount) == (street.must.drawer, 0)


async def test_balance_pays_what_it_covers_when_eight_terminals_charge_it_at_once(database: Database) -> None:
    await make_places(database)
    async with database.transaction() as session:
        await prepayments.keep(session, top_up("a", 1000, "k"))
        for number in range(8):
            await add_fee(session, f"s{number}", 300)

    async def charge(number: int) -> str:
        try:
            async with database.transaction() as session:
                await service.pay(session, payment(f"s{number}", "a", 300))
        except ParkingError as refused:
            return refused.code
        return "ok"

    outcomes = await asyncio.gather(*(charge(number) for number in range(8)))
    assert sorted(outcomes) == ["balance_too_small"] * 5 + ["ok"] * 3
    async with database.transaction() as session:
        assert await balances.held(session, "a") == 100


async def test_database_refuses_a_balance_below_zero_when_a_service_forgets_to_look(database: Database) -> None:
    await make_places(database)
    async with database.transaction() as session:
        await add_fee(session, "s1", 300)
    with pytest.raises(DBAPIError, match="would be below zero"):
        async with database.transaction() as session:
            await service.pay(session, replace(payment("s1", "a", 300), is_collected=True))
    for table in ("prepaid", "balance_payout"):
        with pytest.raises(DBAPIError, match="append only"):
            async with database.transaction() as session:
                await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the test's own names
