"""The workbench refuses what must not reach the street: alone, too early, unlawful, frozen, or out of one's district."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from api.auth.accounts.service import create_account
from parking.db.unit_of_work import Database
from parking.places.service import import_collection
from tests.api.http_process import Json
from tests.api.kerb_people import PASSWORD, Kerb, Person
from tests.api.tariff_city import DRAFTED, TABLES, TOML, opened_tariff_city
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
ONE = f"{TABLES}/fengqiao/1"
FIRST_DAY = at("00:00", days=8)
LAWFUL = {"lawful": True, "opinion": "与文件一致"}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_tariff_city(database, database_url, redis_url) as opened:
        yield opened


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def done(person: Person, name: str, body: Json | None = None) -> Json:
    answer = await person.post(f"{ONE}/{name}", body or {})
    assert answer.status_code in {200, 201}, answer.text
    document: Json = answer.json()
    return document


def notice(effective_from: datetime = FIRST_DAY) -> Json:
    return {"noticed_on": "2026-03-02", "reference": "网站", "effective_from": effective_from.isoformat()}


async def approved(operator: Person, approver: Person) -> None:
    assert (await operator.post(TABLES, DRAFTED)).status_code == 201
    await done(operator, "submit")
    await done(approver, "review", LAWFUL)
    await done(operator, "notice", notice())
    await done(approver, "approve")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price_document": "doc-9"}, "price_document_unknown"),
        ({"zones": ["Z9"]}, "zone_unknown"),
        ({"zone": ["Z1"]}, "request_invalid"),
        ({"toml": "rate_table = 3"}, "policy_invalid"),
        ({"toml": "rate_table = "}, "policy_invalid"),
    ],
)
async def test_draft_is_refused_when_it_cannot_be_kept(kerb: Kerb, change: dict[str, Any], code: str) -> None:
    async with kerb.person("li.wei") as operator:
        answer = await operator.post(TABLES, DRAFTED | change)
        assert answer.json()["code"] == code
        assert (await operator.get(f"{TABLES}?rate_table=fengqiao"))["rate_tables"] == []


async def test_findings_name_their_line_when_a_tariff_is_checked(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        sound = (await operator.post(f"{TABLES}/validate", {"toml": TOML})).json()
        assert (sound["mistakes"], sound["title"]) == ([], "枫桥路路内停车收费")
        assert [one["severity"] for one in sound["findings"] if one["severity"] == "error"] == []
        assert any("18.00" in rule for block in sound["says"] for rule in block["rules"])
        silent = (await operator.post(f"{TABLES}/validate", {"toml": TOML.replace('rounding = "up"\n', "", 1)})).json()
        (mistake,) = silent["mistakes"]
        assert "rounding" in mistake["key"]
        assert TOML.splitlines()[mistake["line"] - 1] == "[[collection.line]]"
        gap = (await operator.post(f"{TABLES}/validate", {"toml": TOML.replace('"20:00"', '"19:00"', 1)})).json()
        found = [one for one in gap["findings"] if one["severity"] == "error"]
        assert found
        assert all(one["line"] for one in found)
        assert any(probe["refusal"] == "rate_missing" for one in found for probe in one["probes"])


async def test_unsound_tariff_stays_a_draft_when_it_is_submitted(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        await operator.post(TABLES, DRAFTED | {"toml": TOML.replace('"20:00"', '"19:00"', 1)})
        assert refused(await operator.post(f"{ONE}/submit", {})) == (400, "rate_table_unsound")
        shown = await operator.get(ONE)
        assert (shown["state"], shown["next"], shown["allowed"]) == ("draft", "submit", ["submit", "withdraw"])


async def test_price_beyond_the_document_is_refused_when_it_is_submitted(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        await operator.post(TABLES, DRAFTED | {"toml": TOML.replace("price = 300", "price = 350")})
        answer = await operator.post(f"{ONE}/submit", {})
        assert refused(answer) == (400, "price_beyond_document")
        assert answer.json()["rule"] == "night"


async def test_two_persons_are_needed_when_an_approver_prepares(kerb: Kerb) -> None:
    async with kerb.person("zhao.min") as approver, kerb.person("li.wei") as operator:
        await approver.post(TABLES, DRAFTED)
        assert (await done(approver, "submit"))["allowed"] == ["withdraw"]
        assert refused(await approver.post(f"{ONE}/review", LAWFUL)) == (409, "two_persons_needed")
        assert refused(await operator.post(f"{ONE}/review", LAWFUL)) == (403, "role_missing")
    async with kerb.person("admin") as admin:
        assert (await admin.get(ONE))["allowed"] == []
        assert refused(await admin.post(f"{ONE}/withdraw", {"reason": "no"})) == (403, "role_missing")


async def test_unlawful_tariff_is_withdrawn_with_the_opinion(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        await operator.post(TABLES, DRAFTED)
        await done(operator, "submit")
        opinion = {"lawful": False, "opinion": "夜间价格没有依据"}
        assert (await done(approver, "review", opinion))["state"] == "withdrawn"
        assert (await operator.get(f"{ONE}/audit"))["steps"][0]["reason"] == "夜间价格没有依据"


async def test_earliest_day_is_told_when_the_notice_is_too_short(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        await operator.post(TABLES, DRAFTED)
        await done(operator, "submit")
        await done(approver, "review", LAWFUL)
        answer = await operator.post(f"{ONE}/notice", notice(at("00:00", days=7)))
        assert refused(answer) == (400, "notice_too_short")
        assert answer.json()["earliest"] == FIRST_DAY.isoformat()
        assert (await operator.get(ONE))["state"] == "reviewed"


async def test_nothing_is_published_while_the_zone_is_frozen(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        await approved(operator, approver)
        made = await operator.post("/v1/operator/rate-freezes", {"zones": ["Z1"], "reason": "flood"})
        assert made.status_code == 201, made.text
        assert refused(await operator.post(f"{ONE}/publish", {})) == (409, "rates_frozen")
        (frozen,) = (await approver.get("/v1/operator/rate-freezes"))["freezes"]
        assert (frozen["id"], frozen["reason"]) == (made.json()["id"], "flood")
        lifted = await operator.post(f"/v1/operator/rate-freezes/{frozen['id']}/lift", {"reason": "dry again"})
        assert lifted.status_code == 204, lifted.text
        assert (await done(operator, "publish"))["standing"] == "planned"
        actions = [row["action"] for row in (await operator.get("/v1/operator/rate-audit?limit=3"))["steps"]]
        assert actions == ["rate.published", "rates.unfrozen", "rates.frozen"]


async def test_version_before_is_back_when_one_person_reverts_and_another_confirms(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        await approved(operator, approver)
        await done(operator, "publish")
    kerb.time.now = at("09:00", days=8)
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        assert (await operator.get(ONE))["allowed"] == ["revert"]
        reverted = await done(operator, "revert", {"reason": "wrong signs were printed", "signs_covered": True})
        assert (await operator.get(f"{TABLES}/linzi-kerb/1"))["standing"] == "in_force"
        path = f"/v1/operator/rate-reverts/{reverted['id']}/confirm"
        assert refused(await operator.post(path, {})) == (403, "role_missing")
        (waiting,) = (await approver.get("/v1/operator/rate-reverts"))["reverts"]
        assert waiting["reason"] == "wrong signs were printed"
        assert (await approver.post(path, {})).status_code == 204
        assert refused(await approver.post(path, {})) == (409, "revert_confirmed")


async def test_tariff_is_out_of_reach_when_its_zones_are_in_another_district(kerb: Kerb) -> None:
    async with kerb.database.transaction() as session:
        city = {"type": "FeatureCollection", "features": [kerb_city.feature("district", "370303")]}
        assert (await import_collection(session, city, at=kerb_city.OPENING)).errors == ()
        await create_account(
            session, name="chen", password=PASSWORD, role="operator", district_id="370303", now=kerb_city.OPENING
        )
    async with kerb.person("li.wei") as operator, kerb.person("chen") as stranger:
        await operator.post(TABLES, DRAFTED)
        assert (await stranger.get(TABLES))["rate_tables"] == []
        for wish in (DRAFTED, DRAFTED | {"zones": None}):
            assert refused(await stranger.post(TABLES, wish)) == (403, "district_forbidden")
        for path in (ONE, f"{ONE}/toml", f"{ONE}/audit", f"{ONE}/simulation?from=2026-03-01&to=2026-03-01"):
            assert refused(await stranger.client.get(path)) == (403, "district_forbidden")
        assert refused(await stranger.post(f"{ONE}/submit", {})) == (403, "district_forbidden")
        assert refused(await stranger.post("/v1/operator/rate-freezes", {"reason": "x"})) == (403, "district_forbidden")
        assert refused(await stranger.client.get("/v1/operator/rate-audit")) == (403, "district_forbidden")


async def test_export_reads_back_as_the_same_tariff_when_it_is_drafted_again(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        first = (await operator.post(TABLES, DRAFTED)).json()
        exported = await operator.client.get(f"{ONE}/toml")
        assert exported.headers["content-type"].startswith("application/toml")
        again = (await operator.post(TABLES, DRAFTED | {"toml": exported.text})).json()
        assert again["table"] == first["table"] | {"version": 2}
        page = await operator.get(f"{TABLES}?limit=1")
        assert [row["version"] for row in page["rate_tables"]] == [2]
        rest = await operator.get(f"{TABLES}?cursor={page['next']}&state=draft")
        assert [row["version"] for row in rest["rate_tables"]] == [1]


@pytest.mark.parametrize("span", ["from=2026-03-02&to=2026-03-01", "from=2026-01-01&to=2026-12-31"])
async def test_simulation_is_refused_when_its_days_are(kerb: Kerb, span: str) -> None:
    async with kerb.person("li.wei") as operator:
        await operator.post(TABLES, DRAFTED)
        assert refused(await operator.client.get(f"{ONE}/simulation?{span}")) == (400, "span_invalid")
        nothing = await operator.client.get(f"{ONE}/simulation?from=2026-03-01&to=2026-03-01")
        assert refused(nothing) == (400, "stays_missing")
