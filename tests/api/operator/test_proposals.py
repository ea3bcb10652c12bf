"""An operator and an approver publish a proposal over HTTP, and nobody does it alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from api.auth.accounts.service import create_account
from api.auth.service import create_key
from parking.db.unit_of_work import Database
from parking.occupancy.hour_rows import copy_hours
from parking.places.service import import_collection
from pricing.proposals import service, watch
from pricing.rates.limit_store import write_limits
from pricing.rates.signs import confirm_version
from tests.api.http_process import PATIENCE_S
from tests.api.kerb_people import PASSWORD, Kerb, Person, opened_kerb
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


async def test_the_board_changes_at_its_time_when_two_persons_publish_a_proposal(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        made = await operator.post(PROPOSALS, {"zones": ["Z1"]})
        assert made.status_code == 201, made.text
        proposal = made.json()
        (cell,) = proposal["cells"]
        assert (cell["zone"], cell["zone_name"], cell["area_class"], cell["unit_minutes"]) == ("Z1", "Z1", "I", 30)
        assert (cell["unit_price_now"]["amount"], cell["unit_price_proposed"]["amount"]) == (150, 200)
        assert proposal["prepared_by"] == "account:li.wei"
        assert datetime.fromisoformat(proposal["earliest"]) == NOW
        path = f"{PROPOSALS}/{proposal['id']}"
        assert proposal["lottery"] is None
        known = await operator.get("/v1/operator/estimates")
        assert (known["standing"]["source"], known["standing"]["why"]) == ("prior", "not_randomised")
        assert (known["prior"]["mean"], known["estimates"]) == (-0.3, [])
        page = (await operator.client.get(f"{path}/report.html")).text
        assert "Of 1 prices in 1 zones, 1 rise, 0 fall" in page
        when = {"effective_from": TOMORROW.isoformat(), "revision": 2}
        assert (await operator.post(f"{path}/approve", when)).status_code == 403
        await edited(operator, path)
        assert (await operator.post(f"{path}/publish", {})).json()["code"] == "proposal_state"
        approved = await approver.post(f"{path}/approve", when)
        assert approved.json()["approved_by"] == "account:zhao.min", approved.text
        published = await operator.post(f"{path}/publish", {})
        assert published.json()["published_versions"] == [{"rate_table": "linzi-kerb", "version": 2, "zones": ["Z1"]}]
        assert (await operator.get(path))["state"] == "published"
        effect = await operator.get(f"{path}/effect")
        assert (effect["check"], datetime.fromisoformat(effect["judged_at"])) == (
            None,
            TOMORROW + watch.REVIEW_EVERY + watch.SETTLED_AFTER,
        )
        listed = await approver.get(f"{PROPOSALS}?state=published")
        assert [row["id"] for row in listed["proposals"]] == [proposal["id"]]
        assert listed["next"] is None
        rate = await approver.get("/v1/operator/rate-tables/linzi-kerb/2")
        assert (rate["prepared_by"], rate["approved_by"]) == ("account:li.wei", "account:zhao.min")
        done = [row["action"] for row in (await approver.get("/v1/operator/audit"))["audit"]]
        assert done[:4] == ["proposal.published", "proposal.approved", "proposal.edited", "proposal.made"]
    board = "/v1/tariffs?zone=Z1"
    before = (await kerb.process.until(board, lambda answer: bool(answer["tariffs"][0]["coming"])))["tariffs"][0]
    assert [place["lines"][0]["amount"] for place in before["places"]] == [150]
    async with kerb.database.transaction() as session:
        await confirm_version(session, "linzi-kerb", 2, by="inspector", at=NOW)
    await kerb.process.until(board, lambda answer: not answer["tariffs"][0]["coming"][0]["exceptions"])
    kerb.time.now = TOMORROW
    after = (await kerb.process.get(board))["tariffs"][0]
    assert [place["lines"][0]["amount"] for place in after["places"]] == [200]
    assert after["coming"] == []
    await taken_back(kerb, proposal["id"])


async def taken_back(kerb: Kerb, proposal_id: str) -> None:
    """A week later: what was measured so far, and the former prices proposed again."""
    path = f"{PROPOSALS}/{proposal_id}"
    kerb.time.now = TOMORROW + timedelta(days=7)
    async with kerb.database.transaction() as session:
        await copy_hours(session, hours(0.7, end=kerb.time.now, days=7))
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        check = (await approver.get(f"{path}/effect"))["check"]
        assert (check["verdict"], check["is_over"], check["in_band_now"]) == ("too_early", False, 1.0)
        (cell,) = check["cells"]
        assert (cell["price_before"], cell["price_after"], cell["occupancy_after"]) == (300, 400, 0.7)
        back = await operator.post(f"{path}/go-back", {"reason": "the market asks for it"})
        assert back.status_code == 201, back.text
        former = back.json()
        assert (former["method"], former["takes_back"], former["revisions"][0]["reason"]) == (
            "go_back",
            proposal_id,
            "the market asks for it",
        )
        assert [row["unit_price_proposed"]["amount"] for row in former["cells"]] == [150]
        fixed = await operator.post(f"{PROPOSALS}/{former['id']}/preview", {"edits": []})
        assert (fixed.status_code, fixed.json()["code"]) == (409, "proposal_not_editable")


async def edited(operator: Person, path: str) -> None:
    """Freeze the one price and give it back to the solver's, in one revision."""
    cell = {"zone": "Z1", "kind": "kerb", "band": "07:00-19:00"}
    frozen = (await operator.post(f"{path}/preview", {"edits": [cell | {"unit_price": None}]})).json()
    assert [row["unit_price_proposed"]["amount"] for row in frozen["cells"]] == [150]
    assert (await operator.get(path))["revision"] == 1
    beyond = await operator.post(f"{path}/preview", {"edits": [cell | {"unit_price": 250}]})
    assert (beyond.status_code, beyond.json()["code"], beyond.json()["limit"]) == (400, "edit_beyond_limit", "step")
    body = {"edits": [cell | {"unit_price": 200}], "reason": "the school opens"}
    done = (await operator.post(f"{path}/edit", body)).json()
    assert (done["revision"], done["revisions"][1]["reason"]) == (2, "the school opens")
    outlooks = done["revisions"][1]["comparison"]["outlooks"]
    assert [row["name"] for row in outlooks] == ["now", "rule", "bands", "proportional", "optimizer"]
    assert all(row["revenue"]["low"] <= row["revenue"]["mean"] <= row["revenue"]["high"] for row in outlooks)


async def test_an_approver_cannot_approve_when_it_prepared_the_proposal(kerb: Kerb) -> None:
    async with kerb.person("zhao.min") as approver:
        proposal = (await approver.post(PROPOSALS, {})).json()
        refusal = await approver.post(f"{PROPOSALS}/{proposal['id']}/approve", {"effective_from": TOMORROW.isoformat()})
        assert (refusal.status_code, refusal.json()["code"]) == (409, "two_persons_needed")
        rejected = await approver.post(f"{PROPOSALS}/{proposal['id']}/reject", {"because": "measured in a holiday"})
        assert rejected.json()["state"] == "rejected"


async def test_a_person_takes_it_on_when_the_schedule_proposed(kerb: Kerb) -> None:
    async with kerb.database.transaction() as session:
        proposal = await service.propose_when_due(session, at=NOW)
    assert proposal is not None
    async with kerb.person("li.wei") as operator:
        assert (await operator.get(f"{PROPOSALS}/{proposal.proposal_id}"))["prepared_by"] is None
        taken = await operator.post(f"{PROPOSALS}/{proposal.proposal_id}/prepare", {})
        assert taken.json()["prepared_by"] == "account:li.wei"


POLICIES = "/v1/operator/review-policies"


async def test_a_policy_of_two_persons_is_followed_when_prices_are_reviewed(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        (city, district) = (await operator.get(POLICIES))["scopes"]
        assert (city["district"], city["in_force"], city["policy"]["review_weeks"]) == (None, None, 4)
        assert (district["district"], district["is_own"]) == ("370305", False)
        wanted = city["policy"] | {"affordability_caps": {"Z1": 300}}
        beyond = {"policy": wanted | {"floor": 400}}
        refusal = await operator.post(f"{POLICIES}/trial", beyond)
        assert (refusal.status_code, refusal.json()["code"]) == (409, "policy_infeasible")
        assert set(refusal.json()["limits"]) == {"floor", "affordability_cap"}
        tried = (await operator.post(f"{POLICIES}/trial", {"policy": wanted})).json()
        assert (tried["cells"], tried["moves"], tried["comparison"]["taken"]) == (1, 0, "rule")
        put = await operator.post(POLICIES, {"policy": wanted, "reason": "the council of May"})
        assert put.status_code == 201, put.text
        path = f"{POLICIES}/{put.json()['id']}"
        assert (await operator.post(f"{path}/approve", {})).status_code == 403
        assert (await approver.post(f"{path}/approve", {})).json()["state"] == "approved"
        (city, _) = (await approver.get(POLICIES))["scopes"]
        assert (city["in_force"], city["policy"]) == (put.json()["id"], wanted)
        proposal = (await operator.post(PROPOSALS, {"district": "370305"})).json()
        assert proposal["policy"]["review_policy"] == put.json()["id"]
        assert [cell["binding"] for cell in proposal["cells"]] == [["affordability_cap"]]
        own = await operator.post(PROPOSALS, {"policy": wanted})
        assert (own.status_code, own.json()["code"]) == (409, "policy_decided")
        back = await operator.post(POLICIES, {"district": "370305", "policy": None, "reason": "none there"})
        assert back.json()["code"] == "policy_missing"
        waits = await operator.post(POLICIES, {"district": "370305", "policy": wanted, "reason": "our own"})
        no = await operator.post(f"{POLICIES}/{waits.json()['id']}/reject", {"because": "not yet"})
        assert (no.json()["state"], no.json()["decided_by"]) == ("rejected", "account:li.wei")
        done = [row["action"] for row in (await approver.get("/v1/operator/audit"))["audit"]]
        assert done[:5] == [
            "policy.rejected",
            "policy.put_forward",
            "proposal.made",
            "policy.approved",
            "policy.put_forward",
        ]


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
