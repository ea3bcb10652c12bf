"""Paying ahead at a machine: a running stay, and a balance that only its token knows."""

from datetime import datetime

import pytest
from sqlalchemy import text

from pricing.settlement import journal
from tests.api.terminals.terminal import City, Json, Terminal, fen
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service


async def balances(city: City) -> dict[str, int]:
    async with city.database.transaction() as session:
        trial = await journal.trial_balance(session)
    assert sum(trial.values()) == 0
    return {account: amount for (account, _), amount in trial.items() if amount}


async def started(city: City, terminal: Terminal, start: str = "11:00") -> str:
    city.now = at(start)
    vehicle = {"class": "small", "energy": "fuel"}
    body = {"space": "S1", "plate": "鲁C12345", "started_at": at(start).isoformat(), "vehicle": vehicle}
    return str((await terminal.post("/v1/sessions", body)).json()["id"])


def ahead(session: str, until: datetime, amount: int, now: datetime, method: str = "cash") -> Json:
    return {
        "session": session,
        "until": until.isoformat(),
        "amount": fen(amount),
        "method": method,
        "paid_at": now.isoformat(),
    }


async def test_driver_who_leaves_early_is_to_get_the_rest_back_when_the_stay_was_paid_ahead(
    city: City, terminal: Terminal
) -> None:
    stay = await started(city, terminal)
    wrong = await terminal.post("/v1/prepayments", ahead(stay, at("13:00"), 300, city.now))
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["owed"]) == (409, "amount_changed", fen(450))
    wish = ahead(stay, at("13:00"), 450, city.now)
    paid = await terminal.post("/v1/prepayments", wish, key="p1")
    assert (paid.status_code, paid.json()["paid_ahead"]) == (201, fen(450))
    assert (await terminal.post("/v1/prepayments", wish, key="p1")).json() == paid.json()
    assert await balances(city) == {"cash/test": 450, f"prepaid/{stay}": -450}
    closed = (await terminal.post("/v1/terminals/test/close", {"counted": fen(450)})).json()
    assert (closed["expected"], closed["difference"]) == (fen(450), fen(0))
    city.now = at("12:10")
    ended = await terminal.stopped(stay, at("12:10"))
    assert (ended["fee"]["amount"], ended["bill"]["state"], ended["bill"]["left"]) == (fen(300), "paid", fen(0))
    assert await balances(city) == {"safe/test": 450, "revenue/LZ": -300, "suspense": -150}
    receipt = (await terminal.get(f"/v1/receipts/{paid.json()['receipt']}")).json()
    assert (receipt["amount"], receipt["payment"]) == (fen(450), paid.json()["id"])
    async with city.database.transaction() as session:
        proposed = await session.execute(text("SELECT amount, state FROM refund_proposal"))
        assert [tuple(row) for row in proposed] == [(150, "proposed")]
    again = (await terminal.post("/v1/terminals/test/close", {"counted": fen(0)})).json()
    assert (again["expected"], again["totals"]) == (fen(0), [])
    late = await terminal.post("/v1/prepayments", ahead(stay, at("14:00"), 450, city.now))
    assert (late.status_code, late.json()["code"]) == (409, "session_ended")


async def test_driver_who_stays_longer_owes_the_rest_when_the_stay_was_paid_ahead(
    city: City, terminal: Terminal
) -> None:
    stay = await started(city, terminal)
    for until, amount in ((at("12:00"), 150), (at("12:30"), 150)):
        paid = await terminal.post("/v1/prepayments", ahead(stay, until, amount, city.now, "test"))
        assert paid.status_code == 201, paid.text
    assert paid.json()["paid_ahead"] == fen(300)
    city.now = at("13:10")
    ended = await terminal.stopped(stay, at("13:10"))
    assert (ended["bill"]["state"], ended["bill"]["left"]) == ("part_paid", fen(300))
    assert (await terminal.paid(stay, 300)).json()["state"] == "paid"
    assert await balances(city) == {"cash/test": 300, "provider/test": 300, "revenue/LZ": -600}


async def test_balance_pays_until_it_is_empty_when_only_its_token_is_shown(city: City, terminal: Terminal) -> None:
    token = (await city.client.post("/v1/balances")).json()["balance"]
    other = (await city.client.post("/v1/balances")).json()["balance"]
    wish = {"balance": token, "amount": fen(1000), "method": "cash", "paid_at": city.now.isoformat()}
    topped = await terminal.post("/v1/balances/top-ups", wish, key="t1")
    assert (topped.status_code, topped.json()["left"]) == (201, fen(1000))
    assert (await terminal.post("/v1/balances/top-ups", wish, key="t1")).json() == topped.json()
    stay = (await terminal.parked("11:00", "12:10", energy="fuel"))["id"]
    order = {"session": stay, "amount": fen(300), "method": "balance", "paid_at": city.now.isoformat()}
    nameless = await terminal.post("/v1/payments", order)
    assert (nameless.status_code, nameless.json()["code"]) == (400, "request_invalid")
    empty = await terminal.post("/v1/payments", order | {"balance": other})
    assert (empty.status_code, empty.json()["code"], empty.json()["left"]) == (409, "balance_too_small", fen(0))
    paid = await terminal.post("/v1/payments", order | {"balance": token}, key="p1")
    assert (paid.status_code, paid.json()["state"]) == (201, "paid")
    assert (await terminal.post("/v1/payments", order | {"balance": token}, key="p1")).json() == paid.json()
    back = {"payment": paid.json()["id"], "amount": fen(100), "reason": "r", "refunded_at": city.now.isoformat()}
    assert (await terminal.post("/v1/refunds", back)).status_code == 201
    rest = {"balance": token, "paid_out_at": city.now.isoformat()}
    given = await terminal.post("/v1/balances/payouts", rest, key="o1")
    assert (given.json()["amount"], given.json()["left"]) == (fen(800), fen(0))
    assert (await terminal.post("/v1/balances/payouts", rest)).json()["code"] == "balance_empty"
    told = (await city.client.post("/v1/balances/statements", json={"balance": token})).json()
    assert told["left"] == fen(0)
    lines = [(line["kind"], line["amount"]["amount"], line["left"]["amount"]) for line in told["lines"]]
    assert lines == [("paid_out", -800, 0), ("refund", 100, 800), ("payment", -300, 700), ("prepaid", 1000, 1000)]
    nobodys = (await city.client.post("/v1/balances/statements", json={"balance": other})).json()
    assert nobodys == {"left": fen(0), "lines": []}
    assert await balances(city) == {"cash/test": 200, "refunds/LZ": 100, "revenue/LZ": -300}
    closed = (await terminal.post("/v1/terminals/test/close", {"counted": fen(200)})).json()
    assert closed["difference"] == fen(0)


async def test_prepayment_comes_out_of_a_balance_and_goes_back_to_it(city: City, terminal: Terminal) -> None:
    token = (await city.client.post("/v1/balances")).json()["balance"]
    wish = {"balance": token, "amount": fen(500), "method": "cash", "paid_at": city.now.isoformat()}
    await terminal.post("/v1/balances/top-ups", wish)
    stay = await started(city, terminal)
    money = ahead(stay, at("13:00"), 450, city.now, "balance") | {"balance": token}
    assert (await terminal.post("/v1/prepayments", money)).status_code == 201
    more = ahead(stay, at("13:30"), 150, city.now, "balance") | {"balance": token}
    assert (await terminal.post("/v1/prepayments", more)).json()["code"] == "balance_too_small"
    city.now = at("12:10")
    await terminal.stopped(stay, at("12:10"))
    told = (await city.client.post("/v1/balances/statements", json={"balance": token})).json()
    assert told["left"] == fen(50)
    assert (await balances(city))["suspense"] == -150
