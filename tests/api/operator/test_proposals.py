"""An operator and an approver publish a proposal over HTTP, and nobody does it alone."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.auth.accounts.service import create_account
from api.auth.service import create_key
from parking.db.unit_of_work import Database
from parking.occupancy.hour_rows import copy_hours
from parking.places.service import import_collection
from pricing.rates.limit_store import write_limits
from tests.api.http_process import PATIENCE_S
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at
from tests.pricing.proposals.reviewed_city import LIMITS, NOW, UNNOTICED, hours

pytestmark = pytest.mark.service
TOMORROW = at("07:00", days=1)
PROPOSALS = "/v1/operator/proposals"


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "09:30", UNNOTICED) as opened:
        async with database.transaction() as session:
            await copy_hours(session, hours(0.95))
            await write_limits(session, "doc-1", LIMITS, by="li", at=NOW)
        yield opened


async def test_an_approver_cannot_approve_when_it_prepared_the_proposal(kerb: Kerb) -> None:
    async with kerb.person("zhao.min") as approver:
        proposal = (await approver.post(PROPOSALS, {})).json()
        refusal = await approver.post(f"{PROPOSALS}/{proposal['id']}/approve", {"effective_from": TOMORROW.isoformat()})
        assert (refusal.status_code, refusal.json()["code"]) == (409, "two_persons_needed")
        rejected = await approver.post(f"{PROPOSALS}/{proposal['id']}/reject", {"because": "measured in a holiday"})
        assert rejected.json()["state"] == "rejected"


POLICIES = "/v1/operator/review-policies"


async def test_a_policy_of_the_moment_is_refused_when_one_was_decided(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        put = (await operator.post(POLICIES, {"policy": {}, "reason": "the council of May"})).json()
        await approver.post(f"{POLICIES}/{put['id']}/approve", {})
        own = await operator.post(PROPOSALS, {"policy": {"method": "rule"}})
        assert (own.status_code, own.json()["code"]) == (409, "policy_decided")
        both = await operator.post(PROPOSALS, {"district": "370305", "zones": ["Z1"]})
        assert both.json()["code"] == "zones_and_district"
        assert (await operator.post(PROPOSALS, {"district": "370399"})).json()["code"] == "district_unknown"
        assert (await operator.post(PROPOSALS, {"district": "370305"})).status_code == 201
        back = await operator.post(POLICIES, {"district": "370305", "policy": None, "reason": "none there"})
        assert back.json()["code"] == "policy_missing"
        waits = (await operator.post(POLICIES, {"district": "370305", "policy": {}, "reason": "our own"})).json()
        no = (await operator.post(f"{POLICIES}/{waits['id']}/reject", {"because": "not yet"})).json()
        assert (no["state"], no["decided_by"]) == ("rejected", "account:li.wei")


async def test_a_key_is_no_second_person_when_it_is_an_operators(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        proposal = (await operator.post(PROPOSALS, {})).json()
    async with kerb.database.transaction() as session:
        _, key = await create_key(session, lambda: NOW, role="operator", name="a machine")
    headers = {"Authorization": f"Bearer {key}"}
    path = f"{PROPOSALS}/{proposal['id']}"
    async with asyncio.timeout(PATIENCE_S):
        while (await kerb.process.client.get(path, headers=headers)).status_code != 200:
            await asyncio.sleep(0.05)
    answer = await kerb.process.client.post(
        f"{path}/approve", json={"effective_from": TOMORROW.isoformat()}, headers=headers
    )
    assert answer.status_code == 403, answer.text


async def test_a_district_sees_only_its_own_when_the_account_is_limited_to_it(kerb: Kerb) -> None:
    async with kerb.database.transaction() as session:
        city = {"type": "FeatureCollection", "features": [kerb_city.feature("district", "370303")]}
        assert (await import_collection(session, city, at=kerb_city.OPENING)).errors == ()
        await create_account(
            session, name="chen", password=PASSWORD, role="operator", district_id="370303", now=kerb_city.OPENING
        )
    async with kerb.person("li.wei") as operator, kerb.person("chen") as stranger:
        proposal = (await operator.post(PROPOSALS, {})).json()
        assert (await stranger.get(PROPOSALS))["proposals"] == []
        refusal = await stranger.client.get(f"{PROPOSALS}/{proposal['id']}")
        assert (refusal.status_code, refusal.json()["code"]) == (403, "district_forbidden")
        refusal = await stranger.post(PROPOSALS, {"zones": ["Z1"]})
        assert refusal.json()["code"] == "district_forbidden"
        assert [scope["district"] for scope in (await stranger.get(POLICIES))["scopes"]] == [None, "370303"]
        for district in (None, "370305"):
            refusal = await stranger.post(f"{POLICIES}/trial", {"district": district, "policy": {}})
            assert (refusal.status_code, refusal.json()["code"]) == (403, "district_forbidden")
