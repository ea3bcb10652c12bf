"""A stay at a terminal from its start to receipt and refund, over HTTP and a real database."""

import asyncio
import json

import pytest
from sqlalchemy import text

from api.terminals.schemas import PaymentAnswer, Receipt, RefundAnswer, Session, StartedSession
from pricing.settlement import journal, service
from pricing.settlement.notices import provider_key, sign
from tests.api.terminals.terminal import SECRET, City, Terminal, fen, kerb
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
_OTHER_DISTRICT = text("INSERT INTO district (district_id, name, name_en) VALUES ('other', '别区', 'Other')")


async def balances(city: City) -> dict[str, int]:
    async with city.database.transaction() as session:
        trial = await journal.trial_balance(session)
    assert sum(trial.values()) == 0
    return {account: amount for (account, _), amount in trial.items() if amount}


async def test_kerb_day_costs_what_the_street_says_when_driven_over_http(terminal: Terminal) -> None:
    """Scenario A: a new-energy car three times, and a car on a space that was never approved."""
    electric = "鲁CD12345"
    fees = [
        (await terminal.parked(start, end, plate=electric))["fee"]["amount"]["amount"]
        for start, end in [("08:00", "08:25"), ("09:00", "10:30"), ("14:00", "15:00")]
    ]
    assert fees == [0, 0, 150]
    closed = await terminal.parked("15:10", "16:10", space="S3")
    assert (closed["fee"]["amount"]["amount"], closed["fee"]["reason"]) == (0, "space_not_approved")
    assert closed["bill"]["state"] == "paid"


async def test_plate_is_masked_and_fee_explained_when_a_stay_is_stopped(terminal: Terminal) -> None:
    stay = await terminal.parked("11:00", "12:10")
    Session.model_validate(stay)
    assert stay["plate"] == "鲁C1***5"
    assert stay["fee"]["amount"] == fen(300)
    assert sum(line["amount"] for line in stay["fee"]["lines"]) == 300
    assert (stay["bill"]["state"], stay["bill"]["left"]) == ("open", fen(300))
    again = await terminal.stopped(stay["id"], at("12:00"))
    assert again == stay


async def test_stay_without_a_plate_becomes_a_bill_when_it_is_claimed(city: City, terminal: Terminal) -> None:
    """Scenario A: no plate is nobody's debt; photographed at 11:20 it is a bill of 3.00."""
    start = {"space": "S1", "plate": None, "started_at": at("11:00").isoformat()}
    first = (await terminal.post("/v1/sessions", start)).json()
    assert (first["outcome"], first["attributed"]) == ("started", False)
    claimed = await terminal.post("/v1/sessions", start | {"plate": "鲁C12345", "started_at": at("11:20").isoformat()})
    StartedSession.model_validate(claimed.json())
    assert (claimed.json()["outcome"], claimed.json()["id"]) == ("claimed", first["id"])
    stay = await terminal.stopped(first["id"], at("12:10"))
    assert (stay["bill"]["state"], stay["bill"]["amount"]) == ("open", fen(300))
    nobody = await terminal.parked("11:00", "12:10", plate=None, space="S2")
    assert (nobody["bill"]["state"], nobody["bill"]["amount"]) == ("unattributed", fen(300))
    assert await balances(city) == {"receivable/370305": 300, "revenue/LZ": -300}


async def test_driver_is_charged_once_when_impatience_pays_twice(city: City, terminal: Terminal) -> None:
    stay = await terminal.parked("11:00", "12:10")
    answers = await asyncio.gather(*(terminal.paid(stay["id"], 300, key="tap") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 3
    assert await balances(city) == {"cash/test": 300, "revenue/LZ": -300}
    other = await terminal.paid(stay["id"], 200, key="tap")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    second = await terminal.paid(stay["id"], 300)
    assert (second.status_code, second.json()["code"]) == (409, "bill_already_paid")


async def test_receipt_and_refund_follow_when_a_bill_was_paid(city: City, terminal: Terminal) -> None:
    stay = await terminal.parked("11:00", "12:10")
    paid = (await terminal.paid(stay["id"], 300)).json()
    PaymentAnswer.model_validate(paid)
    assert (paid["state"], paid["left"]) == ("paid", fen(0))
    order = {"payment": paid["id"], "amount": fen(300), "reason": "wrong plate", "refunded_at": city.now.isoformat()}
    refund = await terminal.post("/v1/refunds", order, key="back")
    assert refund.status_code == 201
    RefundAnswer.model_validate(refund.json())
    assert refund.json()["state"] == "refunded"
    assert (await terminal.post("/v1/refunds", order, key="back")).content == refund.content
    too_much = await terminal.post("/v1/refunds", order | {"amount": fen(1)})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_above_paid")
    receipt = (await city.client.get(f"/v1/receipts/{paid['receipt']}")).json()
    Receipt.model_validate(receipt)
    assert (receipt["amount"], receipt["refunded"], receipt["payee"]) == (fen(300), fen(300), "临淄")
    assert await balances(city) == {"refunds/LZ": 300, "revenue/LZ": -300}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": fen(900)}, 409, "amount_above_owed"),
        ({"amount": fen(-1)}, 400, "amount_not_positive"),
        ({"amount": fen(300, "USD")}, 400, "currency_mismatch"),
        ({"amount": {"amount": 3.5, "currency": "CNY"}}, 400, "request_invalid"),
        ({"session": "nowhere"}, 404, "session_unknown"),
        ({"surprise": 1}, 400, "request_invalid"),
        ({"paid_at": "2025-11-30T12:00:00+08:00"}, 400, "too_old"),
        ({"paid_at": "2026-03-02T12:00:00"}, 400, "request_invalid"),
    ],
)
async def test_payment_is_refused_by_name_when_it_cannot_be(
    city: City, terminal: Terminal, change: dict[str, object], status: int, code: str
) -> None:
    stay = await terminal.parked("11:00", "12:10")
    order = {"session": stay["id"], "amount": fen(300), "method": "cash", "paid_at": city.now.isoformat()}
    answer = await terminal.post("/v1/payments", order | change, key="same")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await terminal.post("/v1/payments", order, key="same")).status_code == 201


async def test_running_stay_is_not_paid_when_it_was_not_stopped(terminal: Terminal) -> None:
    start = {"space": "S1", "plate": "鲁C12345", "started_at": at("11:00").isoformat()}
    stay = (await terminal.post("/v1/sessions", start)).json()
    answer = await terminal.paid(stay["id"], 300)
    assert (answer.status_code, answer.json()["code"]) == (409, "session_open")
    listed = (await terminal.get("/v1/sessions", plate="鲁C·12345", state="open")).json()
    assert [one["id"] for one in listed["sessions"]] == [stay["id"]]
    assert listed["next"] is None


async def test_only_terminals_of_the_district_are_let_in(city: City, terminal: Terminal) -> None:
    stay = await terminal.parked("11:00", "12:10")
    async with city.database.transaction() as session:
        await session.execute(_OTHER_DISTRICT)
    stranger = await city.terminal(district="other")
    answer = await stranger.paid(stay["id"], 300)
    assert (answer.status_code, answer.json()["code"]) == (403, "district_forbidden")
    assert (await stranger.get("/v1/sessions")).json()["sessions"] == []
    sensor = await city.terminal("sensor")
    assert (await sensor.paid(stay["id"], 300)).json()["code"] == "role_missing"
    body = {"session": stay["id"], "amount": fen(300), "method": "cash", "paid_at": city.now.isoformat()}
    bare = await city.client.post("/v1/payments", json=body, headers={"Idempotency-Key": "k"})
    assert bare.status_code == 401
    keyless = await city.client.post("/v1/payments", json=body, headers=terminal._headers)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_invalid")
    plain = await city.client.post("/v1/payments", content="x", headers=terminal._headers | {"Content-Type": "text/x"})
    assert (plain.status_code, plain.json()["code"]) == (415, "media_type_unsupported")


async def test_notice_of_the_provider_counts_once_when_it_is_signed(city: City, terminal: Terminal) -> None:
    stay = await terminal.parked("11:00", "12:10")
    async with city.database.transaction() as session:
        order = await service.order_payment(session, stay["id"])
    told = {"order": order.order_id, "reference": "P-1", "amount": fen(300), "paid_at": city.now.isoformat()}
    body = json.dumps(told).encode()
    signature = sign(provider_key(SECRET, "test"), body).decode()
    headers = {"Content-Type": "application/json", "Signature": signature}
    path = "/v1/providers/test/notices"
    first = await city.client.post(path, content=body, headers=headers)
    assert (first.status_code, first.json()["state"]) == (200, "paid")
    assert (await city.client.post(path, content=body, headers=headers)).json() == first.json()
    forged = await city.client.post(path, content=body + b" ", headers=headers)
    assert (forged.status_code, forged.json()["code"]) == (403, "signature_invalid")
    assert await balances(city) == {"provider/test": 300, "revenue/LZ": -300}


async def test_ledger_says_that_it_is_away_when_the_database_is(city: City) -> None:
    async with kerb("postgresql://nobody@127.0.0.1:1/none", city.database) as away:
        answer = await (await away.terminal()).paid("any", 300)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["retry-after"] == "1"
