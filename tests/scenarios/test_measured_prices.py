"""From four weeks that were measured to a price on the sign, its verdict, and the way back, as the persons of a city go it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

import pytest
from redis.asyncio import Redis

from api.bootstrap.schedule import Jobs
from api.installation.demonstration_tariffs import prices_by_hour
from devices.simulation.board import BoardReader
from devices.simulation.turnout import DayPrices
from parking.db.unit_of_work import Database
from parking.occupancy.hour_rows import copy_hours
from pricing.proposals.service import REVIEW_EVERY
from pricing.proposals.watch import SETTLED_AFTER
from pricing.rates.limit_store import write_limits
from pricing.rates.signs import confirm_version
from tests.api.http_process import Json
from tests.api.kerb_people import Kerb, Person, opened_kerb
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at
from tests.pricing.proposals.reviewed_city import LIMITS, NOW, UNNOTICED, hours

pytestmark = pytest.mark.service
POLICIES: Final = "/v1/operator/review-policies"
PROPOSALS: Final = "/v1/operator/proposals"
CELL: Final = {"zone": "Z1", "kind": "kerb", "band": "07:00-19:00"}
FIRST_DAY: Final = at("00:00", days=3)
"""Two working days after Monday, 2 March 2026 end with Wednesday the 4th."""
JUDGED: Final = FIRST_DAY + REVIEW_EVERY + SETTLED_AFTER


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    """A street that was nearly full for four weeks, and a document that lets its price move."""
    async with opened_kerb(database, database_url, redis_url, "09:30", UNNOTICED) as opened:
        async with database.transaction() as session:
            await copy_hours(session, hours(0.95))
            await write_limits(session, "doc-1", LIMITS, by="li", at=NOW)
        yield opened


async def decided(operator: Person, approver: Person) -> str:
    """The city's policy: what contradicts itself is refused with its limits, and no person decides alone."""
    (city, district) = (await operator.get(POLICIES))["scopes"]
    assert (city["district"], city["in_force"], city["policy"]["review_weeks"]) == (None, None, 4)
    assert (district["district"], district["is_own"]) == ("370305", False)
    wanted = city["policy"] | {"affordability_caps": {"Z1": 400}, "notice_working_days": 2}
    refusal = await operator.post(f"{POLICIES}/trial", {"policy": wanted | {"floor": 450}})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "policy_infeasible")
    assert refusal.json()["limits"] == ["floor", "affordability_cap"]
    tried = (await operator.post(f"{POLICIES}/trial", {"policy": wanted})).json()
    assert (tried["cells"], tried["moves"], tried["skipped"]) == (1, 1, 0)
    put = await operator.post(POLICIES, {"policy": wanted, "reason": "the council of May"})
    assert put.status_code == 201, put.text
    path = f"{POLICIES}/{put.json()['id']}"
    assert (await operator.post(f"{path}/approve", {})).status_code == 403
    assert (await approver.post(f"{path}/approve", {})).json()["state"] == "approved"
    (city, _) = (await approver.get(POLICIES))["scopes"]
    assert (city["in_force"], city["policy"]) == (put.json()["id"], wanted)
    return str(city["in_force"])


async def proposed(operator: Person, policy_id: str) -> Json:
    """By the schedule, following the policy, with a page that explains it."""
    (row,) = (await operator.get(PROPOSALS))["proposals"]
    proposal = await operator.get(f"{PROPOSALS}/{row['id']}")
    assert (proposal["prepared_by"], proposal["policy"]["review_policy"]) == (None, policy_id)
    assert datetime.fromisoformat(proposal["earliest"]) == FIRST_DAY
    (cell,) = proposal["cells"]
    assert (cell["zone_name"], cell["area_class"], cell["unit_minutes"]) == ("Z1", "I", 30)
    assert (cell["unit_price_now"]["amount"], cell["unit_price_proposed"]["amount"]) == (150, 200)
    assert proposal["lottery"] is None
    known = await operator.get("/v1/operator/estimates")
    assert (known["standing"]["source"], known["standing"]["why"]) == ("prior", "not_randomised")
    assert (known["prior"]["mean"], known["estimates"]) == (-0.3, [])
    page = (await operator.client.get(f"{PROPOSALS}/{row['id']}/report.html")).text
    assert "Of 1 price in 1 zone, 1 rises, 0 fall" in page
    return proposal


async def edited(operator: Person, path: str) -> None:
    """Frozen in a preview that writes nothing, refused beyond the policy, and kept with its reason."""
    taken = await operator.post(f"{path}/prepare", {})
    assert taken.json()["prepared_by"] == "account:li.wei"
    frozen = (await operator.post(f"{path}/preview", {"edits": [CELL | {"unit_price": None}]})).json()
    assert [row["unit_price_proposed"]["amount"] for row in frozen["cells"]] == [150]
    assert (await operator.get(path))["revision"] == 1
    beyond = await operator.post(f"{path}/preview", {"edits": [CELL | {"unit_price": 250}]})
    assert (beyond.json()["code"], beyond.json()["limit"]) == ("edit_beyond_limit", "affordability_cap")
    body = {"edits": [CELL | {"unit_price": 200}], "reason": "the school opens"}
    done = (await operator.post(f"{path}/edit", body)).json()
    assert (done["revision"], done["revisions"][1]["reason"]) == (2, "the school opens")
    outlooks = done["revisions"][1]["comparison"]["outlooks"]
    assert [row["name"] for row in outlooks] == ["now", "rule", "bands", "proportional", "optimizer"]
    assert all(row["revenue"]["low"] <= row["revenue"]["mean"] <= row["revenue"]["high"] for row in outlooks)


async def published(operator: Person, approver: Person, path: str) -> None:
    """By a second person, for the first day that the policy's notice allows."""
    when = {"effective_from": FIRST_DAY.isoformat(), "revision": 2}
    assert (await operator.post(f"{path}/approve", when)).status_code == 403
    assert (await operator.post(f"{path}/publish", {})).json()["code"] == "proposal_state"
    early = await approver.post(f"{path}/approve", when | {"effective_from": at("07:00", days=1).isoformat()})
    assert (early.json()["code"], early.json()["earliest"]) == ("notice_too_short", FIRST_DAY.isoformat())
    approved = await approver.post(f"{path}/approve", when)
    assert approved.json()["approved_by"] == "account:zhao.min", approved.text
    answer = await operator.post(f"{path}/publish", {})
    assert answer.json()["published_versions"] == [{"rate_table": "linzi-kerb", "version": 2, "zones": ["Z1"]}]
    effect = await operator.get(f"{path}/effect")
    assert (effect["check"], datetime.fromisoformat(effect["judged_at"])) == (None, JUDGED)
    listed = await approver.get(f"{PROPOSALS}?state=published")
    assert ([f"{PROPOSALS}/{row['id']}" for row in listed["proposals"]], listed["next"]) == ([path], None)
    rate = await approver.get("/v1/operator/rate-tables/linzi-kerb/2")
    assert (rate["prepared_by"], rate["approved_by"]) == ("account:li.wei", "account:zhao.min")


async def shown(kerb: Kerb) -> None:
    """The board tells what comes, and charges it from its first moment, from which on drivers of a simulation go by it."""
    board = "/v1/tariffs?zone=Z1"
    used_to: DayPrices = {("Z1", "kerb"): prices_by_hour(kerb_city.LINZI, "I", "kerb")}
    drivers = BoardReader(kerb.process.get, used_to, now=lambda: at("09:30").timestamp())
    before = (await kerb.process.until(board, lambda answer: bool(answer["tariffs"][0]["coming"])))["tariffs"][0]
    assert [place["lines"][0]["amount"] for place in before["places"]] == [150]
    assert await drivers.look() == {}
    async with kerb.database.transaction() as session:
        await confirm_version(session, "linzi-kerb", 2, by="inspector", at=NOW)
    await kerb.process.until(board, lambda answer: not answer["tariffs"][0]["coming"][0]["exceptions"])
    assert await drivers.look() == {}
    kerb.time.now = FIRST_DAY + timedelta(hours=9)
    assert await drivers.look() == {("Z1", "kerb"): 0.75}
    kerb.time.now = FIRST_DAY
    after = (await kerb.process.get(board))["tariffs"][0]
    assert [place["lines"][0]["amount"] for place in after["places"]] == [200]
    assert after["coming"] == []


async def watched(kerb: Kerb, jobs: Jobs, path: str) -> None:
    """A week later it is too early to say; four weeks later it is judged."""
    kerb.time.now = FIRST_DAY + timedelta(days=7)
    async with kerb.database.transaction() as session:
        await copy_hours(session, hours(0.7, end=JUDGED, days=28))
    async with kerb.person("li.wei") as operator:
        check = (await operator.get(f"{path}/effect"))["check"]
    assert (check["verdict"], check["is_over"], check["in_band_now"]) == ("too_early", False, 1.0)
    kerb.time.now = JUDGED
    await jobs.check_prices()


async def taken_back(operator: Person, path: str) -> None:
    """The verdict stands, and the former prices are proposed."""
    check = (await operator.get(f"{path}/effect"))["check"]
    assert (check["is_over"], datetime.fromisoformat(check["until"])) == (True, FIRST_DAY + REVIEW_EVERY)
    (cell,) = check["cells"]
    assert (cell["price_before"], cell["price_after"], cell["occupancy_after"]) == (300, 400, 0.7)
    back = await operator.post(f"{path}/go-back", {"reason": "the market asks for it"})
    assert back.status_code == 201, back.text
    former = back.json()
    assert (former["method"], former["revisions"][0]["reason"]) == ("go_back", "the market asks for it")
    assert [row["unit_price_proposed"]["amount"] for row in former["cells"]] == [150]
    fixed = await operator.post(f"{PROPOSALS}/{former['id']}/preview", {"edits": []})
    assert (fixed.status_code, fixed.json()["code"]) == (409, "proposal_not_editable")


async def test_a_price_goes_from_its_measure_to_the_sign_and_to_its_verdict_when_two_persons_decide(
    kerb: Kerb, redis: Redis
) -> None:
    jobs = Jobs(kerb.database, redis, kerb.time)
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        policy_id = await decided(operator, approver)
        await jobs.review_prices()
        path = f"{PROPOSALS}/{(await proposed(operator, policy_id))['id']}"
        await edited(operator, path)
        await published(operator, approver, path)
        await shown(kerb)
    await watched(kerb, jobs, path)
    async with kerb.person("li.wei") as operator:
        await taken_back(operator, path)
        done = [row["action"] for row in (await operator.get("/v1/operator/audit"))["audit"]]
    told = [action for action in done if action.startswith(("policy.", "proposal."))]
    assert told[::-1] == [
        "policy.put_forward",
        "policy.approved",
        "proposal.prepared",
        "proposal.edited",
        "proposal.approved",
        "proposal.published",
        "proposal.taken_back",
    ]
