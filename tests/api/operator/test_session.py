"""Logins, roles, the token against forged writes, and the audit."""

from collections.abc import AsyncIterator

import pytest

from parking.db.unit_of_work import Database
from tests.api.http_process import bearing, make_key
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb

pytestmark = pytest.mark.service


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        yield opened


async def test_cookie_is_closed_to_scripts_when_logged_in(kerb: Kerb) -> None:
    answer = await kerb.process.client.post("/v1/logins", json={"name": "li.wei", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert answer.json()["role"] == "operator"


async def test_login_is_the_same_refusal_when_name_or_password_is_wrong(kerb: Kerb) -> None:
    codes = []
    for name, password in (("li.wei", "wrong password"), ("nobody", PASSWORD)):
        answer = await kerb.process.client.post("/v1/logins", json={"name": name, "password": password})
        codes.append((answer.status_code, answer.json()["code"]))
    assert codes == [(401, "password_wrong")] * 2


async def test_name_is_closed_when_ten_passwords_were_wrong(kerb: Kerb) -> None:
    for _ in range(10):
        await kerb.process.client.post("/v1/logins", json={"name": "admin", "password": "wrong password"})
    answer = await kerb.process.client.post("/v1/logins", json={"name": "admin", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")


async def test_write_is_refused_when_the_token_of_the_page_is_missing(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        forged = await operator.client.delete("/v1/logins/current")
        assert (forged.status_code, forged.json()["code"]) == (403, "csrf_invalid")
        assert (await operator.get("/v1/logins/current"))["name"] == "li.wei"
        left = await operator.client.delete("/v1/logins/current", headers={"X-CSRF-Token": operator.csrf})
        assert left.status_code == 204
        gone = await operator.client.get("/v1/logins/current")
        assert (gone.status_code, gone.json()["code"]) == (401, "login_required")


async def test_role_is_refused_when_it_is_not_the_routes(kerb: Kerb) -> None:
    async with kerb.person("wang.fang") as attendant:
        answer = await attendant.client.get("/v1/operator/audit")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")


async def test_key_opens_the_route_when_it_has_the_role(kerb: Kerb) -> None:
    key = await make_key(kerb.database, "operator")
    await kerb.process.app.serving.keys.load(kerb.database)
    answer = await kerb.process.client.get("/v1/operator/audit", headers=bearing(key))
    assert answer.status_code == 200


async def test_audit_says_who_when_somebody_logs_in(kerb: Kerb) -> None:
    async with kerb.person("li.wei"), kerb.person("zhao.min") as approver:
        page = await approver.get("/v1/operator/audit?limit=1")
        assert [row["actor"] for row in page["audit"]] == ["account:zhao.min"]
        older = await approver.get(f"/v1/operator/audit?limit=1&cursor={page['next']}")
        assert [row["actor"] for row in older["audit"]] == ["account:li.wei"]
        assert PASSWORD not in str(page)


async def test_login_ends_when_its_time_is_over(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        kerb.time.now = kerb.time.now.replace(day=kerb.time.now.day + 1)
        answer = await operator.client.get("/v1/logins/current")
        assert (answer.status_code, answer.json()["code"]) == (401, "login_required")
