"""A month's end over HTTP: settled, exported, compared; and nobody sees another company's money."""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from api.auth.accounts.service import create_account
from parking.db.unit_of_work import Database
from parking.domain.money import Money
from pricing.providers.service import ProviderDesk
from pricing.reconciliation.nightly import Nightly
from pricing.settlement.drawers import close_drawer
from tests.api.http_process import Json
from tests.api.kerb_people import PASSWORD, Kerb, Person, opened_kerb
from tests.pricing import kerb_city
from tests.pricing.kerb_city import DAY, at
from tests.pricing.reconciliation.month import add_stay, pay

pytestmark = pytest.mark.service
CONCESSION = "/v1/operator/concessions/C1"
STATEMENT = f"{CONCESSION}/statements/2026-03"
COMPARED = "/v1/operator/reconciliation"
DIFFERENCES = "/v1/operator/differences"
CONTRACT: Json = {"valid_from": "2026-03-01", "fee_share": 3500, "online_threshold": 9500, "deduction": 50_000}
OUTAGE: Json = {"id": "o1", "start": at("01:00").isoformat(), "end": at("02:00").isoformat(), "reason": "platform"}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "23:00") as opened:
        opened.time.now = at("01:00", days=1)
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO operator (operator_id, name, name_en) VALUES ('RIVAL', '乙', 'B')"))
            for name in ("ours", "theirs"):
                await create_account(session, name=name, password=PASSWORD, role="operator", now=kerb_city.OPENING)
            await pay(session, "s1", 1_001, at("12:00"), zone="Z1")
            await pay(session, "s2", 500, at("12:30"), zone="Z1", provider=True)
            await close_drawer(session, drawer_id="T1", counted=Money(951), closed_by="T1", closed_at=at("20:00"))
            await add_stay(session, "forgotten", at("13:00"), zone="Z1")
        yield opened


async def put(person: Person, path: str, body: Json) -> httpx.Response:
    return await person.client.put(path, json=body, headers={"X-CSRF-Token": person.csrf})


async def contract(kerb: Kerb) -> None:
    async with kerb.person("zhao.min") as approver:
        answer = await approver.post(f"{CONCESSION}/terms", CONTRACT)
        assert answer.status_code == 201, answer.text
        again = await approver.post(f"{CONCESSION}/terms", CONTRACT)
        assert (again.status_code, again.json()["code"]) == (409, "terms_overlap")
        assert (await approver.post("/v1/operator/excused-outages", OUTAGE)).status_code == 204
    async with kerb.person("admin") as admin:
        for name, operator in (("ours", "LZ"), ("theirs", "RIVAL")):
            assert (await put(admin, f"/v1/operator/staff/account:{name}", {"operator": operator})).status_code == 204
        unknown = await put(admin, "/v1/operator/staff/account:nobody", {"operator": "LZ"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "account_unknown")


async def test_month_is_settled_and_exported(kerb: Kerb) -> None:
    await contract(kerb)
    async with kerb.person("li.wei") as operator:
        made = await operator.post(f"{CONCESSION}/batches", {"until": DAY.isoformat()})
        assert [(day["gross"], day["fee"], day["payable"]) for day in made.json()["batches"]] == [
            (0, 0, 0),
            (1_501, 525, 525),
        ]
        again = await operator.post(f"{CONCESSION}/batches", {"until": DAY.isoformat()})
        assert (again.status_code, again.json()) == (201, {"batches": []})
        early = await operator.post(f"{CONCESSION}/batches", {"until": (DAY + timedelta(days=1)).isoformat()})
        assert (early.status_code, early.json()["code"]) == (400, "day_not_over")
        month = await operator.get(STATEMENT)
        assert (month["gross"], month["fee"], month["due"], month["excused"][0]["id"]) == (1_501, 525, 525, "o1")
        table = await operator.client.get(f"{STATEMENT}/table")
        assert "2026-03-02,2,15.01,0,0.00,15.01,5.25" in table.text
        book = await operator.client.get(f"{STATEMENT}/table?form=xlsx")
        assert load_workbook(BytesIO(book.content)).sheetnames == ["2026-03"]
        books = await operator.get("/v1/operator/trial-balance")
        done = [row["action"] for row in (await operator.get("/v1/operator/audit"))["audit"]]
    assert [(one["currency"], one["difference"]) for one in books["sums"]] == [("CNY", 0)]
    assert {"terms.set", "outage.excused", "staff.set", "batch.made"} <= set(done)


async def test_rival_sees_none_of_it(kerb: Kerb) -> None:
    await contract(kerb)
    async with kerb.person("li.wei") as operator:
        await operator.post(f"{COMPARED}/days", {"day": DAY.isoformat()})
    async with kerb.person("ours") as ours:
        (seen,) = (await ours.get("/v1/operator/concessions"))["concessions"]
        assert (seen["id"], seen["terms"][0]["fee_share"]) == ("C1", 3500)
        assert (await ours.get(STATEMENT))["operator"] == "LZ"
        assert len((await ours.get(DIFFERENCES))["differences"]) == 2
    async with kerb.person("theirs") as rival:
        assert (await rival.get("/v1/operator/concessions"))["concessions"] == []
        assert (await rival.get(DIFFERENCES))["differences"] == []
        for path in (STATEMENT, f"{STATEMENT}/table"):
            assert (await rival.client.get(path)).json()["code"] == "concession_forbidden"
        assert (await rival.client.get("/v1/operator/trial-balance")).json()["code"] == "city_only"
        for path, body in (
            (f"{CONCESSION}/batches", {"until": DAY.isoformat()}),
            (f"{COMPARED}/days", {"day": DAY.isoformat()}),
        ):
            assert (await rival.post(path, body)).json()["code"] == "city_only"


async def test_differences_are_listed_assigned_and_closed_with_a_reason(kerb: Kerb) -> None:
    await contract(kerb)
    statement = {"provider": "test", "day": DAY.isoformat(), "csv": "id,time,amount,kind\n"}
    async with kerb.person("li.wei") as operator:
        part = await operator.post(f"{COMPARED}/provider-statements", statement | {"is_last": False})
        assert part.json() == {"compared": False, "differing": 0, "gone": 0}
        assert (await operator.post(f"{COMPARED}/provider-statements", statement)).json()["differing"] == 1
        totals = [{"terminal": "T1", "method": "cash", "payments": 1, "paid": 1_001}]
        same = await operator.post(f"{COMPARED}/terminal-totals", {"day": DAY.isoformat(), "totals": totals})
        assert same.json()["differing"] == 0
        checked = (await operator.post(f"{COMPARED}/days", {"day": DAY.isoformat()})).json()
        assert (checked["differing"], checked["leaked_stays"]) == (2, 0)
        first = await operator.get(f"{DIFFERENCES}?limit=2")
        rest = await operator.get(f"{DIFFERENCES}?limit=2&cursor={first['next']}")
        found = {one["kind"]: one for one in first["differences"] + rest["differences"]}
        assert sorted(found) == ["drawer_differs", "missing_at_provider", "stay_unbilled"]
        assert (rest["next"], found["drawer_differs"]["expected"], found["drawer_differs"]["found"]) == (
            None,
            1_001,
            951,
        )
        path = f"{DIFFERENCES}/{found['drawer_differs']['id']}"
        nobody = await operator.post(f"{path}/assignment", {"to": "account:nobody"})
        assert (nobody.status_code, nobody.json()["code"]) == (404, "account_unknown")
        assigned = await operator.post(f"{path}/assignment", {"to": "account:wang.fang"})
        assert assigned.json()["assigned_to"] == "account:wang.fang"
        closed = (await operator.post(f"{path}/closing", {"reason": "found under the drawer"})).json()
        assert (closed["state"], closed["closed_by"], closed["age_days"]) == ("closed", "account:li.wei", 0)
        again = await operator.post(f"{path}/closing", {"reason": "twice"})
        assert (again.status_code, again.json()["code"]) == (409, "difference_closed")
        assert len((await operator.get(f"{DIFFERENCES}?state=open"))["differences"]) == 2
        done = {row["action"]: row["details"] for row in (await operator.get("/v1/operator/audit"))["audit"]}
        assert done["difference.assigned"] == {"to": "account:wang.fang"}
    async with kerb.person("ours") as ours:
        unbilled = f"{DIFFERENCES}/{found['stay_unbilled']['id']}/closing"
        assert (await ours.post(unbilled, {"reason": "never mind"})).json()["code"] == "city_only"
    async with kerb.person("theirs") as rival:
        assert (await rival.post(f"{path}/assignment", {"to": "me"})).json()["code"] == "difference_unknown"


async def test_day_of_money_and_what_was_done_by_itself_are_shown_to_whom_they_concern(kerb: Kerb) -> None:
    await contract(kerb)
    await Nightly(kerb.database, ProviderDesk(kerb.database, [], kerb.time), kerb.time).run()
    moved = {"payments": 1, "above_bills": 0, "refunds": 0, "refunded": 0, "currency": "CNY"}
    place = {"district": "370305", "payee": "LZ"}
    takings = [
        place | moved | {"method": "cash", "paid": 1_001},
        place | moved | {"method": "test", "paid": 500},
    ]
    path = f"/v1/operator/takings?day={DAY.isoformat()}"
    async with kerb.person("li.wei") as operator, kerb.person("ours") as ours, kerb.person("theirs") as rival:
        assert (await operator.get(path)) == {"day": DAY.isoformat(), "takings": takings}
        assert (await ours.get(path))["takings"] == takings
        assert (await rival.get(path))["takings"] == []
        assert (await operator.get("/v1/operator/takings"))["day"] == (DAY + timedelta(days=1)).isoformat()
        nights = "/v1/operator/reconciliation/nights"
        ((night),) = (await operator.get(nights))["nights"]
        assert night["day"] == DAY.isoformat()
        shown = {step["step"]: (step["subject"], step["state"], step["tries"]) for step in night["steps"]}
        assert shown == {
            "drawers_and_stays": (None, "done", 1),
            "facilities": (None, "done", 1),
            "batches": ("C1", "done", 1),
            "open_differences": (None, "waiting", 0),
        }
        assert next(step for step in night["steps"] if step["step"] == "batches")["outcome"]["payable"] == 525
        assert (await ours.client.get(nights)).json()["code"] == "city_only"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("provider-statements", {"provider": "test", "csv": "nonsense"}, 400, "statement_unreadable"),
        ("provider-statements", {"provider": "test", "csv": "", "time_zone": "Mars"}, 400, "request_invalid"),
        ("days", {"day": "2026-03-03"}, 400, "day_not_over"),
        ("days", {"day": "9999-12-31"}, 400, "request_invalid"),
        ("terminal-totals", {"totals": []}, 400, "request_invalid"),
    ],
)
async def test_comparison_is_refused_by_name(kerb: Kerb, path: str, body: Json, status: int, code: str) -> None:
    async with kerb.person("li.wei") as operator:
        answer = await operator.post(f"{COMPARED}/{path}", {"day": DAY.isoformat()} | body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
