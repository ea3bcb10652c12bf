"""What a phone without a network did and delivers later: booked once, for the car that stood there, in the right drawer."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.domain.money import Money
from pricing.settlement import prepayments
from pricing.settlement.model import Prepaid
from tests.api.http_process import Json
from tests.api.kerb_people import Kerb, Person, opened_kerb
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
THREE_YUAN = {"amount": 300, "currency": "CNY"}
TEN_YUAN = {"amount": 1000, "currency": "CNY"}
NOTHING = {"amount": 0, "currency": "CNY"}
RECEIPT = "0" * 12 + "ab" * 16


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        yield opened


@pytest.fixture
async def attendant(kerb: Kerb) -> AsyncIterator[Person]:
    async with kerb.person("wang.fang") as person:
        opened = await person.post("/v1/shifts", {"district": "370305", "float": TEN_YUAN})
        assert opened.status_code == 201, opened.text
        yield person


def taken(clock: str, **members: object) -> Json:
    return {"amount": THREE_YUAN, "taken_at": at(clock).isoformat(), "collected": True, **members}


async def cash(person: Person, stay: str, body: Json, deed: str = "first") -> httpx.Response:
    return await person.post(f"/v1/attendant/sessions/{stay}/cash", body, key=f"{deed} {stay}")


async def trial_balance(kerb: Kerb) -> int:
    async with kerb.database.transaction() as session:
        return int(await session.scalar(text("SELECT coalesce(sum(amount), 0) FROM posting")) or 0)


async def test_late_deeds_come_out_when_they_are_delivered(kerb: Kerb, attendant: Person) -> None:
    for part in (
        _prices_ahead,
        _paid_ahead,
        _delivered_twice,
        _paid_otherwise,
        _wrong_clock,
        _next_car,
        _report,
        _counted_before,
    ):
        kerb.time.now = at("12:10")
        await _emptied(kerb)
        await part(kerb, attendant)
        assert await trial_balance(kerb) == 0, part.__name__


async def _emptied(kerb: Kerb) -> None:
    """Every space is free again, and no stay is on it that a late deed could mean."""
    async with kerb.database.transaction() as session:
        await session.execute(
            text("UPDATE session SET state = 'ended', ended_at = coalesce(ended_at, started_at), space_id = 'before'")
        )


async def _prices_ahead(kerb: Kerb, attendant: Person) -> None:
    """The phone's sums are the platform's own when their time has come."""
    stay, unlawful = await kerb.stay("11:00"), await kerb.stay("09:00", space="S3")
    listed = await attendant.get(f"/v1/attendant/prices?stay={stay}&stay={unlawful}&stay=nobody")
    prices = {one["session"]: one for one in listed["stays"]}
    assert (prices[unlawful]["owed"], prices[unlawful]["rises"]) == (NOTHING, [])
    assert prices[stay]["owed"] == THREE_YUAN
    assert (len(listed["stays"]), len(prices[stay]["rises"])) == (2, 6)
    for rise in prices[stay]["rises"][:2]:
        kerb.time.now = at("00:00").fromisoformat(rise["at"]) + timedelta(seconds=1)
        now = await attendant.get(f"/v1/attendant/sessions/{stay}")
        assert now["owed"]["amount"] == rise["amount"]


async def _paid_ahead(kerb: Kerb, attendant: Person) -> None:
    """What the driver has paid ahead at a machine is not asked for again, online or offline."""
    stay = await kerb.stay("11:00")
    async with kerb.database.transaction() as session:
        money = Prepaid(
            prepaid_id=f"ahead {stay}",
            receipt_id=f"receipt {stay}",
            session_id=stay,
            balance_id=None,
            amount=Money(150, "CNY"),
            method="cash",
            account=None,
            drawer_id="T1",
            provider_reference=None,
            taken_by="key:t1",
            paid_at=at("11:00"),
        )
        await prepayments.keep(session, money)
    (price,) = (await attendant.get(f"/v1/attendant/prices?stay={stay}"))["stays"]
    bill = await attendant.get(f"/v1/attendant/sessions/{stay}")
    assert (price["owed"], price["rises"][0]["amount"]) == (bill["owed"], 300)
    assert (bill["fee"], bill["owed"]["amount"]) == (THREE_YUAN, 150)
    slip = (await cash(attendant, stay, taken("12:10", amount=bill["owed"]))).json()
    assert (slip["left"], slip["over"]) == (NOTHING, NOTHING)


async def _delivered_twice(kerb: Kerb, attendant: Person) -> None:
    """One payment, one receipt, whatever the phone knows of the first answer."""
    stay = await kerb.stay("11:00")
    kerb.time.now = at("13:30")
    first = await cash(attendant, stay, taken("12:12", receipt=RECEIPT))
    assert first.status_code == 201, first.text
    slip = first.json()
    assert (slip["receipt"], slip["left"], slip["over"]) == (RECEIPT, NOTHING, NOTHING)
    assert at("12:12").fromisoformat(slip["ended_at"]) == at("12:12")
    # The phone did not hear the answer and does not know whether it is still asked or already told.
    assert (await cash(attendant, stay, taken("12:12", receipt=RECEIPT, collected=False))).json() == slip
    other = await cash(attendant, stay, taken("12:13", receipt=RECEIPT))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    same_slip = await cash(attendant, await kerb.stay("11:00", space="S2"), taken("12:12", receipt=RECEIPT), "second")
    assert (same_slip.status_code, same_slip.json()["code"]) == (400, "receipt_taken")
    assert (await attendant.get("/v1/shifts/current"))["payments"] == 2


async def _paid_otherwise(kerb: Kerb, attendant: Person) -> None:
    """Money that came twice is booked and its refund proposed."""
    stay = await kerb.stay("11:00")
    live = await cash(attendant, stay, {"amount": THREE_YUAN})
    assert live.status_code == 201
    again = await cash(attendant, stay, {"amount": THREE_YUAN}, "second")
    assert (again.status_code, again.json()["code"]) == (409, "bill_already_paid")
    late = await cash(attendant, stay, taken("12:09"), "third")
    assert (late.status_code, late.json()["over"]) == (201, THREE_YUAN)
    async with kerb.person("li.wei") as operator:
        (proposal,) = (await operator.get("/v1/operator/refund-proposals"))["proposals"]
    assert proposal["amount"] == 300


async def _wrong_clock(kerb: Kerb, attendant: Person) -> None:
    """A phone's wrong clock loses no money; only what is older than our memory is left to a person."""
    ahead, behind = await kerb.stay("11:00"), await kerb.stay("11:00", space="S2")
    slip = (await cash(attendant, ahead, taken("15:00"))).json()
    assert (at("12:10").fromisoformat(slip["paid_at"]), slip["left"], slip["over"]) == (at("12:10"), NOTHING, NOTHING)
    slip = (await cash(attendant, behind, taken("08:00"), "second")).json()
    assert (at("11:00").fromisoformat(slip["ended_at"]), slip["over"]) == (at("11:00"), THREE_YUAN)
    ancient = {**taken("12:00"), "taken_at": (at("12:00") - timedelta(days=91)).isoformat()}
    refused = await cash(attendant, await kerb.stay("11:00", space="S3"), ancient, "third")
    assert (refused.status_code, refused.json()["code"]) == (400, "too_old")


async def _next_car(kerb: Kerb, attendant: Person) -> None:
    """The first car had left before the attendant came: what was seen is the next one's."""
    gone, came = await kerb.stay("09:00", "10:00", plate_token=None), await kerb.stay("10:30")
    kerb.time.now = at("13:30")
    plate = {"plate": "鲁C88123", "seen_at": at("12:12").isoformat()}
    named = await attendant.post(f"/v1/attendant/sessions/{gone}/plate", plate)
    assert (named.status_code, named.json()["stay"]["session"]) == (200, came)
    slip = (await cash(attendant, gone, taken("12:12", amount={"amount": 450, "currency": "CNY"}))).json()
    assert (slip["session"], slip["plate"], slip["over"], slip["left"]) == (came, "鲁C8***3", NOTHING, NOTHING)
    between = await attendant.post(
        f"/v1/attendant/sessions/{gone}/plate", {"plate": "鲁C88123", "seen_at": at("10:15").isoformat()}
    )
    assert (between.status_code, between.json()["code"]) == (409, "seen_after_end")
    assert (await attendant.get(f"/v1/attendant/sessions/{gone}"))["stay"]["plate"] is None


async def _counted_before(kerb: Kerb, attendant: Person) -> None:
    """Cash that was counted before it was delivered leaves neither a surplus nor a full drawer."""
    stay = await kerb.stay("11:00")
    current = await attendant.get("/v1/shifts/current")
    shift, lies = current["id"], current["cash"]["amount"] + TEN_YUAN["amount"] + THREE_YUAN["amount"]
    closed = await attendant.post(
        f"/v1/shifts/{shift}/close", {"counted": {"amount": lies, "currency": "CNY"}}, key="c1"
    )
    assert closed.json()["closing"]["difference"] == THREE_YUAN
    asked = await cash(attendant, stay, taken("12:05", shift=shift, collected=False))
    assert (asked.status_code, asked.json()["code"]) == (409, "shift_closed")
    told = await cash(attendant, stay, taken("12:05", shift=shift))
    assert (told.status_code, told.json()["left"]) == (201, NOTHING)
    async with kerb.database.transaction() as session:
        sums = text("SELECT account_id, sum(amount) FROM posting WHERE account_id LIKE :shift GROUP BY 1")
        left = {row[0]: int(row[1]) for row in await session.execute(sums, {"shift": f"%{shift}"})}
    assert {name.partition("/")[0]: amount for name, amount in left.items() if amount} == {"safe": lies - 1000}


async def _report(kerb: Kerb, attendant: Person) -> None:
    """A report becomes one case, however often it comes; what is not in the district is not taken."""
    stay = await kerb.stay("11:00")
    body = {
        "kind": "misuse_report",
        "space": "S1",
        "session": stay,
        "words": "鲁C88123",
        "seen_at": at("11:40").isoformat(),
    }
    told = [await attendant.post("/v1/attendant/reports", body, key=f"report {stay}") for _ in range(2)]
    assert [answer.status_code for answer in told] == [201, 201]
    assert told[0].json() == told[1].json()
    again = await attendant.post("/v1/attendant/reports", body, key=f"again {stay}")
    assert (again.json()["case"], again.json()["times_seen"]) == (told[0].json()["case"], 2)
    nowhere = await attendant.post("/v1/attendant/reports", {**body, "space": "S9"}, key=f"nowhere {stay}")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "space_unknown")
    unseen = await attendant.post("/v1/attendant/reports", {**body, "evidence": ["none"]}, key=f"unseen {stay}")
    assert (unseen.status_code, unseen.json()["code"]) == (404, "evidence_unknown")
    async with kerb.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM audit WHERE details::text LIKE '%88123%'")) == 0
