"""The ledger on a real PostgreSQL: what may not happen does not, also when two try it at once."""

import asyncio
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.codec import decode
from parking.bus.tables import OutboxRow
from parking.db.idempotency import Answer, once
from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from parking.domain.money import Money
from pricing.settlement import drawers, journal, rules, service
from pricing.settlement.leakage import Leakage, leakage
from pricing.settlement.model import PaymentWish, RefundWish
from pricing.settlement.tables import BillRow, JournalEntryRow, PaymentRow
from tests.pricing.settlement.ledger_in_memory import AT
from tests.pricing.settlement.reference import Reference
from tests.pricing.settlement.sequences import Step, sequence
from tests.pricing.settlement.stays import add_fee, claim, make_places

pytestmark = pytest.mark.service
LIVES = 30
CASH = PaymentWish(
    session_id="s1", amount=Money(300), method="cash", paid_at=AT, taken_by="terminal:T1", drawer_id="T1"
)


@pytest.fixture
async def city(database: Database) -> Database:
    await make_places(database)
    async with database.transaction() as session:
        await add_fee(session, "s1", 300)
    return database


async def balances(database: Database) -> dict[str, int]:
    async with database.transaction() as session:
        trial = await journal.trial_balance(session)
    assert sum(trial.values()) == 0
    return {account: amount for (account, _), amount in trial.items() if amount}


async def test_fee_is_booked_once_when_it_is_opened_again(city: Database) -> None:
    for _ in range(3):
        async with city.transaction() as session:
            bill = await service.open_bill(session, "s1")
    assert (bill.state, bill.left, bill.payee) == ("open", 300, "D")
    assert await balances(city) == {"receivable/D": 300, "revenue/D": -300}


async def test_nobody_owes_when_a_stay_has_no_plate_until_it_is_claimed(city: Database) -> None:
    async with city.transaction() as session:
        await add_fee(session, "s2", 450, has_plate=False)
        assert (await service.open_bill(session, "s2")).state == "unattributed"
    assert await balances(city) == {}
    async with city.transaction() as session:
        lost = await leakage(session, start=AT, end=AT.replace(hour=9), district_id="D")
        assert lost == Leakage(stays=1, amount=Money(450))
        await claim(session, "s2")
        assert (await service.bill_of(session, "s2")).state == "open"
        assert (await service.open_bill(session, "s2")).state == "open"
        assert (await leakage(session, start=AT, end=AT.replace(hour=9))).stays == 0
    assert await balances(city) == {"receivable/D": 450, "revenue/D": -450}


async def test_payment_has_one_effect_when_two_connections_pay_at_once(city: Database) -> None:
    async def attempt() -> str:
        try:
            async with city.transaction() as session:
                return (await service.pay(session, CASH)).payment_id
        except ParkingError as refused:
            return refused.code

    outcomes = await asyncio.gather(*(attempt() for _ in range(4)))
    assert Counter(outcomes)["bill_already_paid"] == 3
    assert await balances(city) == {"cash/T1": 300, "revenue/D": -300}
    async with city.transaction() as session:
        types = [decode(row).type for row in await session.scalars(select(OutboxRow.event))]
    assert types.count("parking.fee.paid") == 1


async def test_first_answer_comes_back_when_one_key_comes_at_once_from_two_connections(city: Database) -> None:
    async def attempt(body: object) -> Answer:
        async with city.transaction() as session:

            async def work() -> Answer:
                return Answer(201, (await service.pay(session, CASH)).payment_id.encode())

            return await once(session, scope="payments", key="k1", body=body, work=work)

    answers = await asyncio.gather(*(attempt({"amount": 300, "session": "s1"}) for _ in range(4)))
    assert len({answer.body for answer in answers}) == 1
    assert sorted(answer.is_repeated for answer in answers) == [False, True, True, True]
    assert (await attempt({"session": "s1", "amount": 300})).is_repeated
    with pytest.raises(ParkingError) as refused:
        await attempt({"amount": 200, "session": "s1"})
    assert refused.value.code == "idempotency_key_reused"
    assert await balances(city) == {"cash/T1": 300, "revenue/D": -300}


async def test_key_is_free_again_when_its_first_call_was_refused(city: Database) -> None:
    async def attempt(wish: PaymentWish) -> Answer:
        async with city.transaction() as session:

            async def work() -> Answer:
                return Answer(201, (await service.pay(session, wish)).payment_id.encode())

            return await once(session, scope="payments", key="k1", body={"amount": wish.amount.amount}, work=work)

    with pytest.raises(ParkingError, match="more than"):
        await attempt(replace(CASH, amount=Money(900)))
    assert not (await attempt(CASH)).is_repeated


async def test_second_way_of_paying_is_owed_back_when_cash_and_provider_both_collected(city: Database) -> None:
    async with city.transaction() as session:
        order = await service.order_payment(session, "s1")
        assert await service.order_payment(session, "s1") == order
        await service.pay(session, replace(CASH, is_collected=True))
    notice = {"order_id": order.order_id, "reference": "P-1", "amount": Money(300), "paid_at": AT}
    async with city.transaction() as session:
        first = await service.provider_paid(session, **notice)  # type: ignore[arg-type] # one notice, sent twice
    async with city.transaction() as session:
        assert await service.provider_paid(session, **notice) == first  # type: ignore[arg-type] # as above
        with pytest.raises(ParkingError) as refused:
            await service.provider_paid(session, **(notice | {"amount": Money(200)}))  # type: ignore[arg-type] # as above
        assert refused.value.code == "notice_contradicts"
        bill = await service.bill_of(session, "s1")
    assert (bill.state, bill.in_suspense, first.applied) == ("paid", 300, 0)
    async with city.transaction() as session:
        wish = RefundWish(
            payment_id=first.payment_id, amount=Money(300), reason="double", refunded_at=AT, given_by="operator:1"
        )
        given = await service.refund(session, wish)
        assert given.from_suspense == 300
        with pytest.raises(ParkingError) as refused:
            await service.refund(session, wish)
        assert refused.value.code == "refund_above_paid"
        assert (await service.bill_of(session, "s1")).state == "paid"
    assert await balances(city) == {"cash/T1": 300, "revenue/D": -300}


async def test_receipt_says_what_went_back_when_a_payment_was_refunded(city: Database) -> None:
    async with city.transaction() as session:
        payment = await service.pay(session, CASH)
        wish = RefundWish(
            payment_id=payment.payment_id, amount=Money(100), reason="wrong", refunded_at=AT, given_by="operator:1"
        )
        await service.refund(session, wish)
        shown, bill, back = await service.receipt(session, payment.receipt_id)
    assert (shown, bill.state, back) == (payment, "paid", 100)
    assert await balances(city) == {"cash/T1": 200, "refunds/D": 100, "revenue/D": -300}


async def test_shortage_stays_with_the_shift_when_the_drawer_is_counted(city: Database) -> None:
    async with city.transaction() as session:
        for number in range(2, 10):
            await add_fee(session, f"s{number}", 300)
        for number in range(1, 10):
            await service.pay(session, replace(CASH, session_id=f"s{number}", drawer_id="shift-1"))
    async with city.transaction() as session:
        close = await drawers.close_drawer(
            session, drawer_id="shift-1", counted=Money(2650), closed_by="attendant:1", closed_at=AT
        )
    assert (close.expected, close.difference) == (Money(2700), Money(-50))
    assert [(total.method, total.payments, total.paid) for total in close.totals] == [("cash", 9, 2700)]
    assert await balances(city) == {"over_short/shift-1": 50, "safe/shift-1": 2650, "revenue/D": -2700}
    async with city.transaction() as session:
        again = await drawers.close_drawer(
            session, drawer_id="shift-1", counted=Money(0), closed_by="attendant:1", closed_at=AT
        )
    assert (again.expected, again.totals) == (Money(0), ())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posting SET amount = amount",
        "DELETE FROM journal_entry",
        "TRUNCATE payment CASCADE",
        "UPDATE payment SET amount = 1",
        "UPDATE bill SET amount = 1",
        "UPDATE bill SET is_attributed = false",
        "DELETE FROM bill",
        "INSERT INTO posting VALUES (1, 9, 'cash/T1', 5, 'CNY')",
        "INSERT INTO journal_entry (kind, reference, at) VALUES ('payment', 'alone', now())",
    ],
)
async def test_database_itself_refuses_when_the_ledger_is_tampered_with(city: Database, statement: str) -> None:
    async with city.transaction() as session:
        await service.pay(session, CASH)
    with pytest.raises(DBAPIError):
        async with city.transaction() as session:
            await session.execute(text(statement))
    assert await balances(city) == {"cash/T1": 300, "revenue/D": -300}


class Lived:
    """Does the steps of a generated life with the service, each in a transaction of its own."""

    def __init__(self, database: Database, life: int) -> None:
        self._database = database
        self._life = life
        self._payments: dict[str, str] = {}

    def stay(self, step: Step) -> str:
        return f"life{self._life}-s{step.stay}"

    async def do(self, step: Step) -> str:
        try:
            async with self._database.transaction() as session:
                if not step.key:
                    await self._unkeyed(session, step)
                    return "ok"
                body = repr(step)
                key = f"{self._life}.{step.key}"
                answer = await once(session, scope="life", key=key, body=body, work=lambda: self._keyed(session, step))
                if not answer.is_repeated and step.what != "refund":
                    self._payments[step.key] = answer.body.decode()
                return "same" if answer.is_repeated else "ok"
        except ParkingError as refused:
            return refused.code

    async def _unkeyed(self, session: AsyncSession, step: Step) -> None:
        if step.what == "issue":
            if await session.get(BillRow, self.stay(step)) is None:
                await add_fee(session, self.stay(step), step.amount, has_plate=step.attributed)
            await service.open_bill(session, self.stay(step))
        elif step.what == "claim":
            await claim(session, self.stay(step))
            await service.open_bill(session, self.stay(step))
        else:
            await drawers.close_drawer(
                session, drawer_id=self.drawer(step), counted=Money(step.amount), closed_by="test", closed_at=AT
            )

    def drawer(self, step: Step) -> str:
        return f"life{self._life}-{step.drawer}"

    async def _keyed(self, session: AsyncSession, step: Step) -> Answer:
        amount = Money(step.amount, step.currency)
        if step.what == "refund":
            wish = RefundWish(
                payment_id=self._payments.get(step.payment, "never"),
                amount=amount,
                reason="test",
                refunded_at=AT,
                given_by="test",
            )
            return Answer(201, (await service.refund(session, wish)).refund_id.encode())
        payment = PaymentWish(
            session_id=self.stay(step),
            amount=amount,
            method=step.method,
            paid_at=AT,
            taken_by="test",
            drawer_id=None if step.drawer is None else self.drawer(step),
            is_collected=step.what == "collect",
        )
        bill = await service.open_bill(session, payment.session_id)
        paid = await service.pay(session, payment, bill=bill)
        reckoned, read = rules.paid_by(bill, paid), await service.bill_of(session, payment.session_id)
        assert replace(reckoned, is_booked=read.is_booked) == read
        return Answer(201, paid.payment_id.encode())


async def test_database_agrees_with_the_reference_when_lives_are_lived_side_by_side(city: Database) -> None:
    random = Random(7)  # noqa: S311 - repeatable on purpose
    lives = [(sequence(random, random.randint(4, 20)), Reference(), Lived(city, number)) for number in range(LIVES)]

    async def live(steps: list[Step], reference: Reference, lived: Lived) -> None:
        for step in steps:
            assert await lived.do(step) == reference.do(step), step
        for stay in reference.fees:
            async with city.transaction() as session:
                bill = await service.bill_of(session, lived.stay(Step("issue", stay=stay)))
            assert (bill.amount, bill.state) == (reference.fees[stay], reference.state(stay))

    async with asyncio.TaskGroup() as group:
        for one in lives:
            group.create_task(live(*one))
    found = await balances(city)
    expected: Counter[str] = Counter()
    for _, reference, lived in lives:
        for account, amount in reference.accounts().items():
            name = account.replace("cash/", f"cash/life{lived._life}-")
            expected[name] += amount
        expected["over_short"] -= reference.differences
    over_short = sum(amount for account, amount in found.items() if account.startswith("over_short/"))
    assert over_short == expected.pop("over_short")
    shared = {account: amount for account, amount in found.items() if not account.startswith(("over_short/", "safe/"))}
    assert shared == {account: amount for account, amount in expected.items() if amount}
    async with city.transaction() as session:
        payments = await session.scalar(select(func.count()).select_from(PaymentRow))
        entries = await session.scalar(select(func.count()).where(JournalEntryRow.kind == "payment"))
    assert payments == entries == sum(len(reference.taken) for _, reference, _ in lives)
