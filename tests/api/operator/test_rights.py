"""Rights over HTTP: by whom, in which district, once, masked, and in the audit."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from parking.db.unit_of_work import Database
from tests.api.http_process import Json, bearing, make_key
from tests.api.kerb_people import Kerb, opened_kerb
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
PLATE = "鲁C12345"
PERMITS = "/v1/operator/permits"
LISTINGS = "/v1/operator/vehicle-listings"
SPAN = {"valid_from": at("00:00").isoformat(), "valid_to": at("00:00", days=30).isoformat()}
PERMIT: Json = {"id": "P1", "kind": "monthly", "plate": PLATE, "zones": ["Z1"], **SPAN}
LISTING: Json = {
    "id": "L1",
    "plate": PLATE,
    "authority": "交警支队",
    "legal_basis": "决定2026-1号",
    "reason": "伪造停车证",
    **SPAN,
}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:00") as opened:
        yield opened


async def actions(database: Database) -> list[str]:
    async with database.transaction() as session:
        rows = await session.scalars(text("SELECT action FROM audit WHERE action NOT LIKE 'login%' ORDER BY audit_id"))
        return list(rows)


async def test_permit_is_granted_once_masked_and_written_down(kerb: Kerb, database: Database) -> None:
    async with kerb.person("li.wei") as operator:
        first = await operator.post(PERMITS, PERMIT)
        assert (first.status_code, first.json()["plate"]) == (201, "鲁C1***5")
        assert (await operator.post(PERMITS, PERMIT)).json() == first.json()
        other = await operator.post(PERMITS, PERMIT | {"kind": "staff"})
        assert (other.status_code, other.json()["code"]) == (409, "right_id_taken")
        for change, code in (
            ({"kind": "exempt"}, "permit_invalid"),
            ({"valid_to": SPAN["valid_from"]}, "span_invalid"),
            ({"plate": "no plate"}, "plate_invalid"),
        ):
            refused = await operator.post(PERMITS, PERMIT | {"id": "P2"} | change)
            assert (refused.status_code, refused.json()["code"]) == (400, code)
        assert (await operator.post(f"{PERMITS}/P9/revoke", {"reason": "x"})).json()["code"] == "permit_unknown"
        assert (await operator.post(f"{PERMITS}/P1/revoke", {"reason": "sold"})).status_code == 204
        page = await operator.get(f"{PERMITS}?limit=1")
        assert ([one["id"] for one in page["permits"]], page["next"]) == (["P1"], None)
    assert await actions(database) == ["permit.granted", "permit.granted", "permit.revoked"]


async def test_exclusion_needs_an_approver_and_stops_permits_until_it_is_lifted(kerb: Kerb, database: Database) -> None:
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        assert (await operator.post(LISTINGS, LISTING)).json()["code"] == "role_missing"
        excluded = await approver.post(LISTINGS, LISTING)
        assert (excluded.status_code, excluded.json()["plate"]) == (201, "鲁C1***5")
        refused = await operator.post(PERMITS, PERMIT)
        assert (refused.status_code, refused.json()["code"]) == (409, "vehicle_listed")
        assert [one["legal_basis"] for one in (await approver.get(LISTINGS))["listings"]] == ["决定2026-1号"]
        assert (await approver.post(f"{LISTINGS}/L1/lift", {})).status_code == 204
        assert (await operator.post(PERMITS, PERMIT)).status_code == 201
    assert await actions(database) == ["vehicle.excluded", "vehicle.readmitted", "permit.granted"]


async def test_rights_stay_within_the_district_of_who_grants_them(kerb: Kerb, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO district (district_id, name, name_en) VALUES ('D9', 'D9', 'D9')"))
    headers = bearing(await make_key(database, "operator", district="D9"))
    await kerb.process.app.serving.keys.load(database)
    client = kerb.process.client
    for wish in (PERMIT, PERMIT | {"zones": []}):
        answer = await client.post(PERMITS, json=wish, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "district_forbidden")
    async with kerb.person("li.wei") as operator:
        assert (await operator.post(PERMITS, PERMIT)).status_code == 201
        everywhere = PERMIT | {"id": "P2", "zones": []}
        assert (await operator.post(PERMITS, everywhere)).status_code == 201
        whole = {"id": "R1", "plate": PLATE, "spaces": ["S1"], **SPAN}
        assert (await operator.post("/v1/operator/reservations", whole)).status_code == 201
    seen = (await client.get(PERMITS, headers=headers)).json()
    assert [one["id"] for one in seen["permits"]] == ["P2"]
    assert (await client.get("/v1/operator/reservations", headers=headers)).json()["reservations"] == []
