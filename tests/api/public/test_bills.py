"""What a driver sees and does at a space: reasons, a plate, one charge for two taps, and nothing of a stranger's car."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.domain.money import Money
from pricing.settlement import prepayments
from pricing.settlement.model import Prepaid
from tests.api.kerb_people import Kerb, opened_kerb
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
THREE_YUAN = {"amount": 300, "currency": "CNY"}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    """Ten past twelve on a working day."""
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        yield opened


async def bill(kerb: Kerb, space: str = "S1", proof: str | None = None) -> dict[str, Any]:
    headers = {} if proof is None else {"X-Stay-Proof": proof}
    return await kerb.process.get(f"/v1/spaces/{space}/bill", headers)


async def pay(kerb: Kerb, stay: str, key: str, amount: dict[str, Any], space: str = "S1") -> httpx.Response:
    body = {"session": stay, "amount": amount}
    return await kerb.process.client.post(f"/v1/spaces/{space}/payments", json=body, headers={"Idempotency-Key": key})


async def claim(kerb: Kerb, stay: str, plate: str) -> httpx.Response:
    return await kerb.process.client.post("/v1/spaces/S1/claims", json={"session": stay, "plate": plate})


async def count(kerb: Kerb, table: str) -> int:
    async with kerb.database.transaction() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608 - a literal


async def test_reasons_are_shown_when_nobody_owns_the_stay(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    shown = (await bill(kerb))["stay"]
    assert (shown["session"], shown["owed"], shown["state"], shown["bill"]) == (stay, THREE_YUAN, "open", None)
    assert sum(line["amount"] for line in shown["details"]["lines"]) == 300
    assert all(line["why"] for line in shown["details"]["lines"])


async def test_driver_owes_the_rest_when_the_running_stay_was_paid_ahead(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    money = Prepaid(
        prepaid_id="p1",
        receipt_id="r1",
        session_id=stay,
        balance_id=None,
        amount=Money(150),
        method="test",
        account=None,
        drawer_id=None,
        provider_reference=None,
        taken_by="terminal:T1",
        paid_at=kerb.time.now,
    )
    async with kerb.database.transaction() as session:
        await prepayments.prepay(session, money, until=kerb_city.at("12:00"))
    rest = {"amount": 150, "currency": "CNY"}
    assert (await bill(kerb))["stay"]["owed"] == rest
    paid = await pay(kerb, stay, "tap", rest)
    assert (paid.status_code, paid.json()["amount"]) == (201, rest)
    assert await count(kerb, "payment") == 2


async def test_driver_is_charged_once_when_tapping_twice(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    first, second = await asyncio.gather(pay(kerb, stay, "tap", THREE_YUAN), pay(kerb, stay, "tap", THREE_YUAN))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    third = await pay(kerb, stay, "another", THREE_YUAN)
    assert (third.status_code, third.json()["code"]) == (409, "bill_already_paid")
    assert await count(kerb, "payment") == 1
    receipt = await kerb.process.get(f"/v1/receipts/{first.json()['receipt']}")
    assert receipt["amount"] == THREE_YUAN
    assert (await bill(kerb))["stay"] is None
    assert (await bill(kerb, proof=first.json()["proof"]))["stay"]["bill"] == "paid"


async def test_key_is_refused_when_it_comes_with_another_amount(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    await pay(kerb, stay, "tap", THREE_YUAN)
    other = await pay(kerb, stay, "tap", {"amount": 150, "currency": "CNY"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_nothing_happens_when_more_is_owed_than_was_shown(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    changed = await pay(kerb, stay, "late", {"amount": 150, "currency": "CNY"})
    assert (changed.status_code, changed.json()["code"]) == (409, "amount_changed")
    assert changed.json()["owed"] == THREE_YUAN
    assert (await bill(kerb))["stay"]["state"] == "open"
    assert await count(kerb, "fee") == 0


async def test_new_energy_quota_counts_when_the_driver_gives_the_plate(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    claimed = (await claim(kerb, stay, "鲁CD12345")).json()
    assert claimed["bill"]["stay"]["owed"]["amount"] == 0
    assert claimed["bill"]["stay"]["details"]["plate"] == "鲁CD****5"
    assert "12345" not in str(claimed)


async def test_stranger_sees_only_the_amount_when_the_stay_has_a_plate(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    proof = (await claim(kerb, stay, "鲁C88123")).json()["proof"]
    shown = (await bill(kerb))["stay"]
    assert (shown["details"], shown["owed"]) == (None, THREE_YUAN)
    assert (await bill(kerb, proof="0" * 64))["stay"]["details"] is None
    assert (await bill(kerb, proof=proof))["stay"]["details"]["started_at"] is not None
    answers = [await claim(kerb, stay, plate) for plate in ("鲁C88123", "鲁C00001")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "session_claimed")] * 2
    paid = await pay(kerb, stay, "stranger", THREE_YUAN)
    assert (paid.status_code, paid.json()["lines"]) == (201, None)


async def test_twenty_first_plate_is_refused_when_tried_within_an_hour(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    tried = [(await claim(kerb, stay, f"A{number}")).status_code for number in range(20)]
    assert set(tried) == {400}
    refused = await claim(kerb, stay, "鲁C88123")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")


async def test_reason_is_shown_when_the_space_was_never_approved(kerb: Kerb) -> None:
    await kerb.stay("09:00", space="S3")
    shown = (await bill(kerb, "S3"))["stay"]
    assert (shown["owed"]["amount"], shown["details"]["reason"]) == (0, "space_not_approved")


async def test_space_is_unknown_when_the_code_is_wrong(kerb: Kerb) -> None:
    answer = await kerb.process.client.get("/v1/spaces/S9/bill")
    assert (answer.status_code, answer.json()["code"]) == (404, "space_unknown")
    stay = await kerb.stay("11:00")
    elsewhere = await pay(kerb, stay, "x", THREE_YUAN, space="S2")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "session_unknown")
