"""Whose money is whose: nobody has to be registered as a rival's before he sees nothing of it."""

from collections.abc import AsyncIterator

import pytest

from parking.db.unit_of_work import Database
from tests.api.kerb_people import Kerb
from tests.api.money_city import opened_money_city
from tests.pricing.kerb_city import DAY

pytestmark = pytest.mark.service
CONCESSION = "/v1/operator/concessions/C1"
LISTS = {
    "/v1/operator/concessions": "concessions",
    "/v1/operator/differences": "differences",
    "/v1/operator/appeals": "appeals",
    "/v1/operator/waivers": "waivers",
    "/v1/operator/invoices": "invoices",
    "/v1/operator/arrears": "arrears",
    "/v1/operator/refund-proposals": "proposals",
}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_money_city(database, database_url, redis_url) as opened:
        yield opened


async def test_each_employer_sees_its_own_money_and_who_has_none_sees_nothing(kerb: Kerb) -> None:
    async with kerb.person("fresh") as fresh:
        who = await fresh.get("/v1/logins/current")
        assert (who["employer"], who["operator"]) == (None, None)
        for path in (*LISTS, f"{CONCESSION}/statements/2026-03", "/v1/operator/trial-balance", "/v1/operator/staff"):
            answer = await fresh.client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, "employer_unknown"), path
        made = await fresh.post(f"{CONCESSION}/batches", {"until": DAY.isoformat()})
        assert (made.status_code, made.json()["code"]) == (403, "employer_unknown")
        assert {row["actor"] for row in (await fresh.get("/v1/operator/audit"))["audit"]} == {"account:fresh"}

    async with kerb.person("ours") as ours, kerb.person("theirs") as rival, kerb.person("li.wei") as city:
        for path, name in LISTS.items():
            whole = len((await city.get(path))[name])
            assert whole > 0, path
            assert len((await ours.get(path))[name]) == whole, path
            assert (await rival.get(path))[name] == [], path
        assert [one["name"] for one in (await rival.get("/v1/operator/staff"))["staff"]] == ["their.boss", "theirs"]
        assert len((await city.get("/v1/operator/staff"))["staff"]) == 8
        (invoice,) = (await city.get("/v1/operator/invoices"))["invoices"]
        path = f"/v1/operator/invoices/{invoice['id']}/issued"
        assert (await rival.post(path, {"number": "1"})).json()["code"] == "bill_forbidden"
        assert (await ours.post(path, {"number": "1"})).json()["state"] == "issued"


async def test_staff_of_the_city_alone_forgives_debts_and_says_who_is_whose(kerb: Kerb) -> None:
    async with kerb.person("their.boss") as boss, kerb.person("ours") as ours, kerb.person("zhao.min") as approver:
        (waiver,) = (await approver.get("/v1/operator/waivers"))["waivers"]
        decision = f"/v1/operator/waivers/{waiver['id']}/decision"
        assert (await boss.post(decision, {"approved": True})).json()["code"] == "authority_only"
        (appeal,) = (await ours.get("/v1/operator/appeals"))["appeals"]
        word = {"outcome": "rejected", "why": "the picture shows it"}
        refused = await ours.post(f"/v1/operator/appeals/{appeal['id']}/decision", word)
        assert (refused.status_code, refused.json()["code"]) == (403, "authority_only")
        moved = await boss.post("/v1/operator/waivers", {"session": "s5", "kind": "waived", "reason": "rival"})
        assert moved.json()["code"] == "bill_forbidden"
        assert (await approver.post(decision, {"approved": True})).json()["waiver"]["outcome"] == "approved"

    async with kerb.person("admin") as admin, kerb.person("fresh") as fresh:
        headers = {"X-CSRF-Token": admin.csrf}
        path = "/v1/operator/staff/account:fresh"
        assert (await admin.client.put(path, json={"operator": "RIVAL"}, headers=headers)).status_code == 204
        assert (await fresh.get("/v1/operator/differences"))["differences"] == []
        assert (await admin.client.put(path, json={"operator": None}, headers=headers)).status_code == 204
        assert len((await fresh.get("/v1/operator/differences"))["differences"]) == 2
        unknown = await admin.client.put(path, json={"operator": "nobody"}, headers=headers)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "operator_unknown")
