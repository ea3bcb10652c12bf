"""Whose money is whose: nobody has to be registered as a rival's before he sees nothing of it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from api.auth.accounts.service import create_account
from api.auth.model import Employer
from parking.db.unit_of_work import Database
from pricing.settlement import appeals, invoices, service, waivers
from pricing.settlement.waivers import WaiverWish
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.pricing import kerb_city
from tests.pricing.kerb_city import DAY, at
from tests.pricing.reconciliation.month import add_bill, add_stay, pay

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
    """A day's money of the company LZ, with something in every list, and one person of each employer."""
    async with opened_kerb(database, database_url, redis_url, "23:00") as opened:
        opened.time.now = at("01:00", days=1)
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO operator (operator_id, name, name_en) VALUES ('RIVAL', '乙', 'B')"))
            for name, employer in (("fresh", None), ("ours", Employer("LZ")), ("theirs", Employer("RIVAL"))):
                await create_account(
                    session, name=name, password=PASSWORD, role="operator", employer=employer, now=kerb_city.OPENING
                )
            await create_account(
                session,
                name="their.boss",
                password=PASSWORD,
                role="approver",
                employer=Employer("RIVAL"),
                now=kerb_city.OPENING,
            )
            paid = await pay(session, "s1", 1_000, at("12:00"), zone="Z1")
            await add_stay(session, "forgotten", at("13:00"), zone="Z1")
            await add_bill(session, "s2", 300, at("14:00"), zone="Z1")
            await appeals.file(session, "s2", reason="other", words=None, by="page", at=at("15:00"))
            wish = WaiverWish(
                session_id="s2",
                kind="waived",
                amount=None,
                reason="ambulance",
                proposed_by="account:wu",
                proposed_at=at("15:00"),
            )
            await waivers.propose(session, wish)
            await invoices.request(
                session,
                paid,
                await service.open_bill(session, "s1"),
                payee="临淄",
                buyer_name="张三",
                buyer_tax_number=None,
                invoice_id="i1",
                at=at("15:00"),
            )
        async with opened.person("li.wei") as operator:
            answer = await operator.post("/v1/operator/reconciliation/days", {"day": DAY.isoformat()})
            assert answer.json()["differing"] == 1
        yield opened


async def test_account_that_nobody_said_anything_about_sees_nothing_of_the_money(kerb: Kerb) -> None:
    async with kerb.person("fresh") as fresh:
        who = await fresh.get("/v1/logins/current")
        assert (who["employer"], who["operator"]) == (None, None)
        for path in (*LISTS, f"{CONCESSION}/statements/2026-03", "/v1/operator/trial-balance", "/v1/operator/staff"):
            answer = await fresh.client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, "employer_unknown"), path
        made = await fresh.post(f"{CONCESSION}/batches", {"until": DAY.isoformat()})
        assert (made.status_code, made.json()["code"]) == (403, "employer_unknown")
        assert {row["actor"] for row in (await fresh.get("/v1/operator/audit"))["audit"]} == {"account:fresh"}


async def test_each_employer_sees_its_own_when_its_people_look_at_every_list(kerb: Kerb) -> None:
    async with kerb.person("ours") as ours, kerb.person("theirs") as rival, kerb.person("li.wei") as city:
        for path, name in LISTS.items():
            whole = len((await city.get(path))[name])
            assert len((await ours.get(path))[name]) == whole, path
            assert (await rival.get(path))[name] == [], path
        assert [one["name"] for one in (await rival.get("/v1/operator/staff"))["staff"]] == ["their.boss", "theirs"]
        assert len((await city.get("/v1/operator/staff"))["staff"]) == 8
        (invoice,) = (await city.get("/v1/operator/invoices"))["invoices"]
        path = f"/v1/operator/invoices/{invoice['id']}/issued"
        assert (await rival.post(path, {"number": "1"})).json()["code"] == "bill_forbidden"
        assert (await ours.post(path, {"number": "1"})).json()["state"] == "issued"


async def test_debt_is_forgiven_by_the_staff_of_the_city_alone_when_a_company_asks(kerb: Kerb) -> None:
    async with kerb.person("their.boss") as boss, kerb.person("ours") as ours, kerb.person("zhao.min") as approver:
        (waiver,) = (await approver.get("/v1/operator/waivers"))["waivers"]
        decision = f"/v1/operator/waivers/{waiver['id']}/decision"
        assert (await boss.post(decision, {"approved": True})).json()["code"] == "authority_only"
        (appeal,) = (await ours.get("/v1/operator/appeals"))["appeals"]
        word = {"outcome": "rejected", "why": "the picture shows it"}
        refused = await ours.post(f"/v1/operator/appeals/{appeal['id']}/decision", word)
        assert (refused.status_code, refused.json()["code"]) == (403, "authority_only")
        moved = await boss.post("/v1/operator/waivers", {"session": "s2", "kind": "waived", "reason": "rival"})
        assert moved.json()["code"] == "bill_forbidden"
        assert (await approver.post(decision, {"approved": True})).json()["waiver"]["outcome"] == "approved"


async def test_administrator_says_whom_an_account_works_for(kerb: Kerb) -> None:
    async with kerb.person("admin") as admin, kerb.person("fresh") as fresh:
        headers = {"X-CSRF-Token": admin.csrf}
        path = "/v1/operator/staff/account:fresh"
        assert (await admin.client.put(path, json={"operator": "RIVAL"}, headers=headers)).status_code == 204
        assert (await fresh.get("/v1/operator/differences"))["differences"] == []
        assert (await admin.client.put(path, json={"operator": None}, headers=headers)).status_code == 204
        assert len((await fresh.get("/v1/operator/differences"))["differences"]) == 1
        unknown = await admin.client.put(path, json={"operator": "nobody"}, headers=headers)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "operator_unknown")
