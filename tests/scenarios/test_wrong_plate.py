"""Scenario E of street.md over HTTP: a misread plate, what a stranger sees, an old debt at the gate, and day 181."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from api.bootstrap.schedule import Jobs
from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.events.arrears import DebtReminded
from parking.privacy.vault import PlateVault
from pricing.quotes.tables import FeeRow
from pricing.settlement import journal
from tests.api.http_process import SECRET, bearing, make_key
from tests.api.kerb_people import Kerb, Person, opened_kerb
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
READ, RIGHT = "鲁C8B123", "鲁C88123"
Json = dict[str, Any]


def fen(amount: int) -> Json:
    return {"amount": amount, "currency": "CNY"}


@dataclass
class Street:
    """The kerb with its people, a terminal of this district and one of the whole city, and the worker's jobs."""

    kerb: Kerb
    redis: Redis
    terminal_key: str
    operator: Person
    approver: Person
    numbers: list[int] = field(default_factory=list)

    @property
    def client(self) -> httpx.AsyncClient:
        return self.kerb.process.client

    async def terminal(self, path: str, body: Json, *, key: str | None = None) -> httpx.Response:
        self.numbers.append(1)
        own = key or f"key-{len(self.numbers)}"
        return await self.client.post(path, json=body, headers=bearing(self.terminal_key) | {"Idempotency-Key": own})

    async def parked(self, plate: str) -> str:
        """Three hours and a half on S1: ¥9.00 of class I."""
        self.kerb.time.now = at("12:10")
        body = {"space": "S1", "plate": plate, "started_at": at("08:40").isoformat(), "vehicle": {"class": "small"}}
        begun = await self.terminal("/v1/sessions", body)
        assert begun.status_code == 201, begun.text
        session: str = begun.json()["id"]
        over = await self.terminal(f"/v1/sessions/{session}/stop", {"ended_at": at("12:10").isoformat()})
        assert over.json()["bill"]["left"] == fen(900)
        return session

    async def pay(self, session: str, amount: int) -> Json:
        body = {"session": session, "amount": fen(amount), "method": "cash", "paid_at": self.now}
        paid = await self.terminal("/v1/payments", body)
        assert paid.status_code == 201, paid.text
        document: Json = paid.json()
        return document

    @property
    def now(self) -> str:
        return self.kerb.time.now.isoformat()

    async def owed(self, plate: str) -> Json:
        answer = await self.client.post("/v1/arrears/queries", json={"plate": plate})
        assert answer.status_code == 200, answer.text
        document: Json = answer.json()
        return document

    async def object_to(self, session: str) -> str:
        filed = await self.client.post("/v1/appeals", json={"session": session, "reason": "wrong_plate"})
        assert filed.status_code == 201, filed.text
        assert filed.json()["state"] == "waiting"
        appeal: str = filed.json()["id"]
        return appeal

    async def bill_state(self, session: str) -> str:
        answer = await self.client.get("/v1/sessions", headers=bearing(self.terminal_key))
        found: str = next(one["bill"]["state"] for one in answer.json()["sessions"] if one["id"] == session)
        return found

    async def with_fee(self, plate: str, amount: int, clock: str, space: str) -> str:
        """A stay of an hour whose fee is fixed already."""
        async with self.kerb.database.transaction() as session:
            token = (await PlateVault.from_setting(SECRET).seal(session, plate, at("07:00"))).token
        stay = await self.kerb.stay(f"{clock}:00", f"{clock}:59", space=space, plate_token=token)
        async with self.kerb.database.transaction() as session:
            session.add(
                FeeRow(
                    session_id=stay,
                    space_id=space,
                    zone_id="Z1",
                    amount=amount,
                    currency="CNY",
                    lines=[],
                    is_attributed=True,
                    issued_at=self.kerb.time.now,
                )
            )
        return stay

    def jobs(self, days: int) -> Jobs:
        later = at("12:10", days) + timedelta(minutes=1)
        return Jobs(self.kerb.database, self.redis, lambda: later)

    async def reminded(self) -> list[tuple[str, int]]:
        async with self.kerb.database.transaction() as session:
            kept = await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position))
            facts = [fact_of(decode(row)) for row in kept]
        return [(fact.session_id, fact.reminder) for fact in facts if isinstance(fact, DebtReminded)]

    async def balances(self) -> dict[str, int]:
        async with self.kerb.database.transaction() as session:
            trial = await journal.trial_balance(session)
        assert sum(trial.values()) == 0
        return {account: amount for (account, _), amount in trial.items() if amount}


@pytest.fixture
async def street(database: Database, database_url: str, redis_url: str, redis: Redis) -> AsyncIterator[Street]:
    async with AsyncExitStack() as stack:
        kerb = await stack.enter_async_context(opened_kerb(database, database_url, redis_url, "12:10"))
        key = await make_key(database, "terminal")
        await kerb.process.app.serving.keys.load(database)
        operator = await stack.enter_async_context(kerb.person("li.wei"))
        approver = await stack.enter_async_context(kerb.person("zhao.min"))
        yield Street(kerb, redis, key, operator, approver)


async def test_wrong_payer_gets_the_money_back_when_the_plate_was_misread(street: Street) -> None:
    stay = await street.parked(READ)
    paid = await street.pay(stay, 900)
    receipt = paid["receipt"]
    buyer = {"name": "淄博某某公司", "tax_number": "91370303MA3C000000"}
    asked = await street.client.post("/v1/invoices", json={"receipt": receipt, "buyer": buyer})
    assert (asked.status_code, asked.json()["state"], asked.json()["amount"]) == (201, "requested", fen(900))
    invoice = asked.json()["id"]
    again = await street.client.post("/v1/invoices", json={"receipt": receipt, "buyer": buyer})
    assert again.json()["id"] == invoice
    issued = await street.operator.post(f"/v1/operator/invoices/{invoice}/issued", {"number": "26370303001"})
    assert issued.json()["state"] == "issued"

    appeal = await street.object_to(stay)
    assert await street.object_to(stay) == appeal
    assert await street.bill_state(stay) == "disputed"
    moved = await street.operator.post(f"/v1/operator/arrears/{stay}/stage", {"stage": "noticed", "reason": "test"})
    assert (moved.status_code, moved.json()["code"]) == (409, "bill_disputed")
    waiting = await street.operator.get("/v1/operator/appeals")
    assert [one["id"] for one in waiting["appeals"]] == [appeal]

    decision = {"outcome": "upheld", "why": "照片上是另一辆车", "right_plate": RIGHT}
    path = f"/v1/operator/appeals/{appeal}/decision"
    early = await street.operator.post(path, decision)
    assert (early.status_code, early.json()["code"]) == (409, "red_invoice_missing")
    wish = {"payment": paid["id"], "amount": fen(900), "reason": "at once", "refunded_at": street.now}
    refused = await street.operator.post("/v1/refunds", wish, key="at once")
    assert (refused.status_code, refused.json()["code"]) == (409, "red_invoice_missing")
    assert (await street.balances())["cash/test"] == 900
    red = await street.operator.post(f"/v1/operator/invoices/{invoice}/reversed", {"number": "26370303002"})
    assert (red.json()["state"], red.json()["red_number"]) == ("reversed", "26370303002")
    decided = await street.operator.post(path, decision)
    assert (decided.status_code, len(decided.json()["refunds"])) == (200, 1)
    assert RIGHT not in decided.text
    assert (await street.operator.post(path, decision)).json()["code"] == "appeal_decided"

    assert await street.balances() == {"receivable/370305": 900, "revenue/LZ": -900}
    assert (await street.client.get(f"/v1/appeals/{appeal}")).json()["state"] == "upheld"
    assert await street.bill_state(stay) == "open"
    assert [await street.owed(READ), await street.owed(RIGHT)] == [{"owed": fen(0)}, {"owed": fen(900)}]
    shown = await street.client.get("/v1/sessions", params={"plate": RIGHT}, headers=bearing(street.terminal_key))
    assert [one["id"] for one in shown.json()["sessions"]] == [stay]

    order = {"plate": RIGHT, "amount": fen(400), "method": "cash", "paid_at": street.now}
    part = await street.terminal("/v1/arrears/payments", order, key="part")
    assert (part.status_code, part.json()["left"], len(part.json()["receipts"])) == (201, fen(500), 1)
    assert (await street.terminal("/v1/arrears/payments", order, key="part")).json() == part.json()
    assert await street.bill_state(stay) == "part_paid"
    too_much = await street.terminal("/v1/arrears/payments", order | {"amount": fen(501)})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "amount_above_owed")
    assert "left" not in too_much.json()
    rest = await street.terminal("/v1/arrears/payments", order | {"amount": fen(500)})
    assert rest.json()["left"] == fen(0)
    assert await street.bill_state(stay) == "paid"
    assert await street.balances() == {"cash/test": 900, "revenue/LZ": -900}


async def test_stranger_sees_only_the_amount_and_no_twenty_first_plate(street: Street) -> None:
    await street.parked(READ)
    assert await street.owed(READ) == {"owed": fen(900)}
    for number in range(19):
        assert await street.owed(f"鲁C0{number:04}") == {"owed": fen(0)}
    refused = await street.client.post("/v1/arrears/queries", json={"plate": READ})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    shown = await street.kerb.process.get("/v1/spaces/S1/bill")
    assert (shown["stay"]["owed"], shown["stay"]["details"]) == (fen(900), None)
    street.kerb.time.now += timedelta(hours=1, minutes=1)
    assert await street.owed(READ) == {"owed": fen(900)}


async def test_gate_opens_on_todays_fee_when_an_old_debt_is_large(street: Street) -> None:
    old = await street.with_fee(READ, 464_100, "06", "S2")
    moved = await street.operator.post(f"/v1/operator/arrears/{old}/stage", {"stage": "noticed", "reason": "old"})
    assert moved.status_code == 200
    today = await street.with_fee(READ, 400, "10", "S1")
    paid = await street.pay(today, 400)
    assert (paid["state"], paid["left"]) == ("paid", fen(0))
    assert "4641" not in str(paid)
    assert await street.owed(READ) == {"owed": fen(464_100)}


async def test_movement_is_gone_and_the_refund_still_works_on_day_181(street: Street) -> None:
    stay = await street.parked(READ)
    unpaid = await street.with_fee(RIGHT, 300, "13", "S2")
    await street.pay(unpaid, 100)
    payment = await street.pay(stay, 900)
    await street.jobs(180 - 1).forget_movement()
    before = await shown_session(street, stay)
    assert (before["space"], before["started_at"]) == ("S1", "2026-03-02T00:40:00.000000Z")
    for _ in range(2):
        await street.jobs(181).forget_movement()
    after = await shown_session(street, stay)
    assert (after["space"], after["plate"], after["fee"]["lines"]) == ("erased", None, [])
    assert after["started_at"] == after["ended_at"] == "2026-03-01T00:00:00.000000Z"
    assert after["bill"]["state"] == "paid"
    assert (await shown_session(street, unpaid))["space"] == "S2"
    street.kerb.time.now = at("12:10", 181)
    async with street.kerb.person("li.wei") as operator:
        wish = {"payment": payment["id"], "amount": fen(900), "reason": "late", "refunded_at": street.now}
        refund = await operator.post("/v1/refunds", wish, key="late")
    assert (refund.status_code, refund.json()["state"]) == (201, "refunded")
    await street.balances()


async def shown_session(street: Street, session: str) -> Json:
    answer = await street.client.get("/v1/sessions", headers=bearing(street.terminal_key))
    found: Json = next(one for one in answer.json()["sessions"] if one["id"] == session)
    return found


async def test_reminders_wait_when_the_bill_is_disputed(street: Street) -> None:
    stay = await street.parked(READ)
    await street.jobs(0).remind_debtors()
    assert await street.reminded() == []
    for _ in range(2):
        await street.jobs(1).remind_debtors()
    assert await street.reminded() == [(stay, 1)]
    street.kerb.time.now = at("12:10", 2)
    appeal = await street.object_to(stay)
    await street.jobs(7).remind_debtors()
    assert await street.reminded() == [(stay, 1)]
    async with street.kerb.person("li.wei") as operator:
        rejected = {"outcome": "rejected", "why": "车牌清楚"}
        assert (await operator.post(f"/v1/operator/appeals/{appeal}/decision", rejected)).status_code == 200
        await street.jobs(8).remind_debtors()
        assert await street.reminded() == [(stay, 1)]
        await street.jobs(9).remind_debtors()
        assert await street.reminded() == [(stay, 1), (stay, 2)]
        (found,) = (await operator.get("/v1/operator/arrears"))["arrears"]
        assert (found["session"], found["left"], found["stage"], found["reminders"]) == (stay, fen(900), "reminding", 2)
        path = f"/v1/operator/arrears/{stay}/stage"
        skipped = await operator.post(path, {"stage": "legal", "reason": "at once"})
        assert (skipped.status_code, skipped.json()["code"]) == (409, "stage_order")
        assert (await operator.post(path, {"stage": "noticed", "reason": "letter"})).json()["stage"] == "noticed"
        moved = await operator.post(path, {"stage": "legal", "reason": "court"})
        assert (moved.json()["stage"], moved.json()["left"]) == ("legal", fen(900))


async def test_debt_is_written_off_when_a_second_person_agrees(street: Street) -> None:
    stay = await street.parked(READ)
    await street.pay(stay, 300)
    wish = {"session": stay, "kind": "written_off", "reason": "owner unknown"}
    above = await street.approver.post("/v1/operator/waivers", wish | {"amount": fen(601)})
    assert (above.status_code, above.json()["code"]) == (409, "amount_above_owed")
    own = (await street.approver.post("/v1/operator/waivers", wish)).json()
    assert (own["amount"], own["outcome"]) == (fen(600), None)
    path = f"/v1/operator/waivers/{own['id']}/decision"
    assert (await street.operator.post(path, {"approved": True})).json()["code"] == "role_missing"
    same = await street.approver.post(path, {"approved": True})
    assert (same.status_code, same.json()["code"]) == (409, "second_person_needed")
    proposed = (await street.operator.post("/v1/operator/waivers", wish)).json()
    path = f"/v1/operator/waivers/{proposed['id']}/decision"
    decided = await street.approver.post(path, {"approved": True})
    assert (decided.status_code, decided.json()["bill"]) == (200, "written_off")
    assert await street.balances() == {"bad_debts/LZ": 600, "cash/test": 300, "revenue/LZ": -900}
    assert (await street.approver.post(path, {"approved": True})).json()["code"] == "waiver_decided"
    assert await street.owed(READ) == {"owed": fen(0)}
