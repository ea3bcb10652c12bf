"""Differences are found once, go when they no longer hold, and are closed by a person with a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from parking.domain.money import Money
from pricing.reconciliation import differences
from pricing.reconciliation.comparing import (
    Day,
    TerminalTotal,
    check_day,
    compare_provider,
    compare_terminals,
    keep_rows,
)
from pricing.reconciliation.differences import Outcome, Scope
from pricing.reconciliation.provider_rows import ProviderRow, read_rows
from pricing.reconciliation.takings import takings
from pricing.settlement import prepayments
from pricing.settlement.drawers import close_drawer
from pricing.settlement.model import Method, Prepaid
from pricing.settlement.prepaid_tables import BalancePayoutRow
from tests.pricing.reconciliation.month import END, JUNE, START, ZIBO, add_bill, add_stay, give_back, make_places, pay

pytestmark = pytest.mark.service
FIRST = Day(day=JUNE, zone=ZIBO)
SECOND = Day(day=JUNE + timedelta(days=1), zone=ZIBO)
NOON = START + timedelta(hours=12)
CITY = Scope()
T1 = TerminalTotal(terminal_id="T1", method="cash", payments=2, paid=600, refunds=0, refunded=0)


@pytest.fixture
async def city(database: Database) -> Database:
    await make_places(database)
    return database


def row(row_id: str, amount: int = 300, **changed: object) -> ProviderRow:
    values: dict[str, object] = {"row_id": row_id, "at": NOON, "amount": amount, "kind": "payment"}
    return ProviderRow(**(values | changed))  # type: ignore[arg-type] # a test names what it changes


async def found(city: Database, scope: Scope = CITY) -> dict[str, tuple[str, int | None, int | None, str]]:
    async with city.transaction() as session:
        rows = await differences.listed(session, scope)
    return {one.reference: (one.kind, one.expected, one.found, one.state) for one in rows}


async def take(city: Database, day: Day, *rows: ProviderRow) -> Outcome:
    async with city.transaction() as session:
        await keep_rows(session, "test", day, rows)
        return await compare_provider(session, "test", day, at=END)


async def test_nothing_differs_when_statement_and_ledger_say_the_same(city: Database) -> None:
    async with city.transaction() as session:
        payment = await pay(session, "s1", 300, NOON, provider=True)
        refund_id = await give_back(session, payment, 100, NOON)
    assert await take(city, FIRST, row("P-s1"), row(refund_id, 100, kind="refund")) == Outcome(differing=0, gone=0)
    assert await found(city) == {}


async def test_every_kind_of_difference_is_listed_once_when_a_statement_comes_twice(city: Database) -> None:
    async with city.transaction() as session:
        for name in ("s1", "s2", "s3"):
            await pay(session, name, 300, NOON, provider=True)
    for _ in range(2):
        assert (await take(city, FIRST, row("P-s1"), row("P-s2", 299), row("P-lost", 500))).differing == 3
    assert await found(city) == {
        "test/payment/P-s2": ("provider_amount_differs", 300, 299, "open"),
        "test/payment/P-s3": ("missing_at_provider", 300, None, "open"),
        "test/payment/P-lost": ("missing_in_ledger", None, 500, "open"),
    }


async def test_difference_is_gone_when_the_next_day_or_a_late_notice_explains_it(city: Database) -> None:
    async with city.transaction() as session:
        await pay(session, "s1", 300, NOON, provider=True)
    await take(city, FIRST, row("P-late"))
    async with city.transaction() as session:
        await pay(session, "late", 300, NOON, provider=True)
    assert await take(city, SECOND, row("P-s1")) == Outcome(differing=0, gone=2)
    assert {state for *_, state in (await found(city)).values()} == {"closed"}


async def test_statement_is_refused_when_a_row_was_another_before(city: Database) -> None:
    await take(city, FIRST, row("P-1"))
    with pytest.raises(ParkingError) as refused:
        await take(city, FIRST, row("P-1", 301))
    assert refused.value.code == "statement_contradicts"


async def test_terminal_is_listed_until_its_total_is_the_ledgers(city: Database) -> None:
    async with city.transaction() as session:
        await pay(session, "s1", 300, NOON)
        assert (await compare_terminals(session, FIRST, [T1], at=END)).differing == 1
        await pay(session, "s2", 300, NOON)
        assert await compare_terminals(session, FIRST, [T1], at=END) == Outcome(differing=0, gone=1)
        fewer = replace(T1, payments=1)
        assert (await compare_terminals(session, FIRST, [fewer], at=END)).differing == 1
    (one,) = (await found(city)).values()
    assert one == ("terminal_total_differs", 600, 600, "open")


async def test_money_paid_ahead_is_in_the_books_when_it_has_no_bill_yet(city: Database) -> None:
    """A balance filled through a provider and one filled at a machine, a part of which is paid out again."""
    async with city.transaction() as session:
        await prepayments.keep(session, _filled(1, "test", 500))
        await prepayments.keep(session, _filled(2, "cash", 700))
        payout = {"payout_id": "o1", "balance_id": "b2", "amount": 100, "currency": "CNY", "drawer_id": "T1"}
        await session.execute(insert(BalancePayoutRow).values(payout | {"given_by": "T1", "paid_out_at": NOON}))
    assert await take(city, FIRST, row("P-1", 500)) == Outcome(differing=0, gone=0)
    total = replace(T1, payments=1, paid=700, refunds=1, refunded=100)
    async with city.transaction() as session:
        assert (await compare_terminals(session, FIRST, [total], at=END)).differing == 0
        seen = {(one.payee, one.method): (one.paid, one.refunded) for one in await takings(session, FIRST, CITY)}
        assert seen == {(None, "test"): (500, 0), (None, "cash"): (700, 100)}
        assert await takings(session, FIRST, Scope(operator_id="OURS")) == []


def _filled(number: int, method: Method, amount: int) -> Prepaid:
    return Prepaid(
        prepaid_id=f"p{number}",
        receipt_id=f"r{number}",
        session_id=None,
        balance_id=f"b{number}",
        amount=Money(amount),
        method=method,
        account=None,
        drawer_id="T1" if method == "cash" else None,
        provider_reference="P-1" if method == "test" else None,
        taken_by="T1",
        paid_at=NOON,
    )


async def test_short_drawer_and_unbilled_stay_are_listed_when_the_day_is_checked(city: Database) -> None:
    async with city.transaction() as session:
        await pay(session, "s1", 300, NOON)
        await close_drawer(session, drawer_id="T1", counted=Money(250), closed_by="T1", closed_at=NOON)
        await add_stay(session, "forgotten", NOON)
        assert await check_day(session, FIRST, at=END) == Outcome(differing=2, gone=0)
    listed = await found(city, Scope(district_id="D", operator_id="OURS"))
    assert sorted(listed.values(), key=str) == [
        ("drawer_differs", 300, 250, "open"),
        ("stay_unbilled", None, None, "open"),
    ]
    assert await found(city, Scope(operator_id="RIVAL")) == {}
    assert await found(city, Scope(district_id="other")) == {}


async def test_stay_is_no_difference_any_more_when_it_has_its_bill(city: Database) -> None:
    async with city.transaction() as session:
        await add_bill(session, "billed", 300, NOON)
        await add_stay(session, "forgotten", NOON, plate=None)
        assert (await check_day(session, FIRST, at=END)).differing == 1
    async with city.transaction() as session:
        for day in (FIRST, SECOND):
            assert (await check_day(session, day, at=END)).gone == 0
    assert list(await found(city)) == ["forgotten"]


async def test_closed_stays_closed_when_it_is_found_again_and_opens_for_another_amount(city: Database) -> None:
    async with city.transaction() as session:
        await pay(session, "s1", 300, NOON)
        await compare_terminals(session, FIRST, [T1], at=END)
        (one,) = await differences.listed(session, CITY)
        await differences.assign(session, CITY, one.difference_id, "account:li")
        await differences.close(session, CITY, one.difference_id, reason="printed twice", by="account:li", at=END)
        await compare_terminals(session, FIRST, [T1], at=END)
        with pytest.raises(ParkingError) as refused:
            await differences.assign(session, CITY, one.difference_id, "account:wu")
        assert refused.value.code == "difference_closed"
        await compare_terminals(session, FIRST, [replace(T1, paid=900)], at=END)
        (again,) = await differences.listed(session, CITY, state="open")
        await session.refresh(again)
        assert (again.found, again.assigned_to, again.reason) == (900, "account:li", None)
        with pytest.raises(ParkingError) as refused:
            await differences.assign(session, Scope(operator_id="RIVAL"), one.difference_id, "account:wu")
        assert refused.value.code == "difference_unknown"


HEAD = "id,time,amount,kind\n"
LINE = "P1,2026-06-01T12:00:00+08:00,300,payment\n"


def test_statement_is_read_when_it_has_the_documented_form() -> None:
    assert read_rows("\ufeff" + HEAD + LINE) == [row("P1")]
    assert read_rows(HEAD) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        LINE,
        HEAD + LINE.replace("300", "3.00"),
        HEAD + LINE.replace("300", "0"),
        HEAD + LINE.replace("300", "9" * 5000),
        HEAD + LINE.replace("payment", "gift"),
        HEAD + LINE.replace("+08:00", ""),
        HEAD + LINE.replace("P1", ""),
        HEAD + "P1,2\n",
        HEAD + LINE + LINE.replace("300", "301"),
        HEAD + '"P1\n',
    ],
)
def test_statement_is_refused_whole_when_a_line_cannot_be_read(text: str) -> None:
    with pytest.raises(ParkingError) as refused:
        read_rows(text)
    assert refused.value.code == "statement_unreadable"
