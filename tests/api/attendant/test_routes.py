"""A shift at the kerb: the list, a plate, cash, a slip, the count; and what another district or role may not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.auth.accounts.service import create_account
from parking.db.unit_of_work import Database
from parking.places.tables import DistrictRow
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
THREE_YUAN = {"amount": 300, "currency": "CNY"}
TEN_YUAN = {"amount": 1000, "currency": "CNY"}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        yield opened


async def test_shift_comes_out_when_a_plate_is_added_and_cash_is_taken(kerb: Kerb) -> None:
    with_plate = await kerb.stay("10:00", space="S2", plate_token="a token")
    without = await kerb.stay("11:00")
    async with kerb.person("wang.fang") as attendant:
        opened = await attendant.post("/v1/shifts", {"district": "370305", "float": TEN_YUAN})
        assert opened.status_code == 201, opened.text
        shift = opened.json()["id"]
        listed = await attendant.get("/v1/attendant/spaces")
        assert [one["session"] for one in listed["spaces"]] == [without, with_plate]
        assert listed["without_plate"] == 1
        found = await attendant.get("/v1/attendant/spaces?find=s2")
        assert [one["session"] for one in found["spaces"]] == [with_plate]

        named = await attendant.post(f"/v1/attendant/sessions/{without}/plate", {"plate": "鲁C88123"})
        assert (named.status_code, named.json()["stay"]["plate"], named.json()["owed"]) == (200, "鲁C8***3", THREE_YUAN)
        assert "88123" not in named.text

        cash = f"/v1/attendant/sessions/{without}/cash"
        taken = await asyncio.gather(*(attendant.post(cash, {"amount": THREE_YUAN}, key="c1") for _ in range(2)))
        assert [answer.status_code for answer in taken] == [201, 201]
        assert taken[0].json() == taken[1].json()
        assert taken[0].json()["amount"] == THREE_YUAN
        assert (await attendant.get("/v1/shifts/current"))["cash"] == THREE_YUAN

        counted = {"counted": {"amount": 1250, "currency": "CNY"}}
        closed = await attendant.post(f"/v1/shifts/{shift}/close", counted, key="c2")
        closing = closed.json()["closing"]
        assert (closing["expected"]["amount"], closing["difference"]["amount"]) == (1300, -50)
        assert (await attendant.post(f"/v1/shifts/{shift}/close", counted, key="c2")).json() == closed.json()
        assert (await attendant.client.get("/v1/shifts/current")).status_code == 404
    async with kerb.person("li.wei") as operator:
        actions = [row["action"] for row in (await operator.get("/v1/operator/audit"))["audit"]]
    assert {"shift.opened", "session.claimed", "cash.taken", "shift.closed"} <= set(actions)


async def test_cash_is_refused_when_no_shift_is_open_or_the_amount_has_changed(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    path = f"/v1/attendant/sessions/{stay}/cash"
    async with kerb.person("wang.fang") as attendant:
        early = await attendant.post(path, {"amount": THREE_YUAN}, key="c1")
        assert (early.status_code, early.json()["code"]) == (409, "shift_missing")
        await attendant.post("/v1/shifts", {"district": "370305", "float": TEN_YUAN})
        second = await attendant.post("/v1/shifts", {"district": "370305", "float": TEN_YUAN})
        assert (second.status_code, second.json()["code"]) == (409, "shift_open")
        less = await attendant.post(path, {"amount": {"amount": 150, "currency": "CNY"}}, key="c1")
        assert (less.status_code, less.json()["code"]) == (409, "amount_changed")
        assert (await attendant.get(f"/v1/attendant/sessions/{stay}"))["stay"]["state"] == "open"


async def test_shift_closes_when_even_the_change_is_missing(kerb: Kerb) -> None:
    async with kerb.person("wang.fang") as attendant:
        shift = (await attendant.post("/v1/shifts", {"district": "370305", "float": TEN_YUAN})).json()["id"]
        nothing = {"counted": {"amount": 0, "currency": "CNY"}}
        closing = (await attendant.post(f"/v1/shifts/{shift}/close", nothing, key="c")).json()["closing"]
        assert closing["difference"]["amount"] == -1000


async def test_stay_is_refused_when_it_is_in_another_district(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    async with kerb.database.transaction() as session:
        session.add(DistrictRow(district_id="gaoxin", name="高新区", name_en="High-tech zone"))
        await session.flush()
        await create_account(
            session, name="far", password=PASSWORD, role="attendant", now=kerb_city.OPENING, district_id="gaoxin"
        )
    async with kerb.person("far") as attendant:
        elsewhere = await attendant.post("/v1/shifts", {"district": "370305", "float": TEN_YUAN})
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "district_forbidden")
        assert (await attendant.post("/v1/shifts", {"float": TEN_YUAN})).status_code == 201
        assert (await attendant.get("/v1/attendant/spaces"))["spaces"] == []
        assert (await attendant.get(f"/v1/attendant/prices?stay={stay}"))["stays"] == []
        refused = await attendant.post(f"/v1/attendant/sessions/{stay}/plate", {"plate": "鲁C88123"})
        assert (refused.status_code, refused.json()["code"]) == (403, "district_forbidden")


async def test_operator_is_refused_when_taking_cash(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    async with kerb.person("li.wei") as operator:
        answer = await operator.post(f"/v1/attendant/sessions/{stay}/cash", {"amount": THREE_YUAN}, key="c")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
