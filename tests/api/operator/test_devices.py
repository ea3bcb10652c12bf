"""Devices over HTTP: registered, tested, accepted by another person, replaced; unknown ones confirmed; the retrofit's plan."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from api.auth.accounts.service import create_account
from api.auth.model import CITY, Employer
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.places.tables import DistrictRow, OperatorRow
from parking.raw.model import Outcome, RawMessage, RawRef
from parking.raw.unknown import Sightings
from tests.api.kerb_people import PASSWORD, Kerb, Person, opened_kerb
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
KEY = "00112233445566778899aabbccddeeff"
EUI = "02000000000000c1"
DEVICES = "/v1/operator/devices"
REASON = {"reason": "as agreed"}
QUICK = {
    "shortest_h": 0,
    "fewest_changes": 0,
    "least_accuracy": 0.5,
    "most_missed": 1,
    "most_false": 1,
    "latest_p95_s": 60,
    "most_lost": 1,
    "within_s": 300,
    "tolerance_s": 60,
}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        async with database.transaction() as session:
            session.add(DistrictRow(district_id="gaoxin", name="高新区", name_en="High-tech zone"))
            session.add(OperatorRow(operator_id="RIVAL", name="某公司", name_en="A company"))
            await session.flush()
            for name, district_id, employer in (("far", "gaoxin", CITY), ("company", None, Employer("RIVAL"))):
                await create_account(
                    session,
                    name=name,
                    password=PASSWORD,
                    role="operator",
                    employer=employer,
                    now=kerb_city.OPENING,
                    district_id=district_id,
                )
        yield opened


async def refused(person: Person, path: str, body: object, status: int, code: str) -> None:
    answer = await person.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def done(person: Person, path: str, body: object, status: int = 200) -> dict[str, object]:
    answer = await person.post(path, body)
    assert answer.status_code == status, answer.text
    document: dict[str, object] = answer.json() if answer.content else {}
    return document


async def registers(operator: Person) -> None:
    wish = {"id": "G1", "vendor": "pni", "model": "placepod", "space": "S1", "wire_id": EUI, "keys": {"app_key": KEY}}
    made = await done(operator, DEVICES, wish, 201)
    assert (made["stage"], made["counts"], made["space"]) == ("installed", False, "S1")
    await refused(operator, DEVICES, wish | {"id": "G2"}, 409, "wire_id_taken")
    await refused(operator, DEVICES, wish | {"colour": "red"}, 400, "request_invalid")
    await refused(operator, DEVICES, {"id": "G2", "vendor": "No", "model": "One"}, 404, "profile_unknown")
    csv = f"device,vendor,model,space,app_key\nG2,PNI,PlacePod,S2,\nG3,PNI,PlacePod,,short\nG4,Bosch,TPS110,,{KEY}\n"
    headers = {"X-CSRF-Token": operator.csrf, "Content-Type": "text/csv"}
    imported = await operator.client.post(f"{DEVICES}/import", content=csv.encode(), headers=headers)
    assert (imported.status_code, imported.json()["registered"], imported.json()["bound"]) == (200, 2, 1)
    assert [(row["index"], row["code"]) for row in imported.json()["refused"]] == [(1, "device_secret_invalid")]
    first = await operator.get(f"{DEVICES}?limit=2&begins=G")
    assert ([one["id"] for one in first["devices"]], first["next"]) == (["G1", "G2"], "G2")
    second = await operator.get(f"{DEVICES}?limit=2&begins=G&cursor=G2")
    assert ([one["id"] for one in second["devices"]], second["next"]) == (["G4"], None)
    for query, found in (
        ("stage=registered", ["G4"]),
        ("profile=pni/PLACEPOD", ["G1", "G2"]),
        ("space=S2", ["G2"]),
        ("stage=accepted&stage=replaced", []),
    ):
        assert [one["id"] for one in (await operator.get(f"{DEVICES}?{query}"))["devices"]] == found


async def test_registry_is_kept_by_those_who_may(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        await registers(operator)
        whole = await operator.get(f"{DEVICES}/G1")
        assert (whole["wire_id"], whole["keys"], len(whole["watches"])) == (EUI, ["app_key"], 1)
        assert KEY not in str(whole)
        await refused(operator, f"{DEVICES}/G1/keys", {"purpose": "a new network server"}, 403, "role_missing")
        await refused(operator, f"{DEVICES}/G1/accept", REASON, 403, "role_missing")
        await refused(operator, f"{DEVICES}/nobody/bind", {"space": "S1"}, 404, "unknown_device")
        since = (kerb.time.now - timedelta(hours=2)).isoformat()
        assert (await done(operator, f"{DEVICES}/G4/bind", {"space": "S1", "since": since}))["space"] == "S1"
        await done(operator, f"{DEVICES}/G4/unbind", REASON)
        await refused(operator, f"{DEVICES}/G1/replace", {"by": "G4", "accept": True} | REASON, 403, "role_missing")
    async with kerb.person("admin") as admin:
        shown = await admin.post(f"{DEVICES}/G1/keys", {"purpose": "a new network server"})
        assert (shown.json()["keys"], shown.headers["Cache-Control"]) == ({"app_key": KEY}, "no-store")
    async with kerb.person("zhao.min") as approver:
        replaced = await done(approver, f"{DEVICES}/G1/replace", {"by": "G4", "accept": True} | REASON)
        assert (replaced["stage"], replaced["space"], replaced["counts"]) == ("accepted", "S1", True)
        assert (await done(approver, f"{DEVICES}/G4/withdraw", REASON))["stage"] == "installed"
        assert (await done(approver, f"{DEVICES}/G4/accept", REASON))["stage"] == "accepted"
        steps = (await approver.get(f"{DEVICES}/G1"))["steps"]
        assert [step["deed"] for step in steps] == ["register", "replace"]
    for name, code in (("far", "district_forbidden"), ("company", "authority_only"), ("wang.fang", "role_missing")):
        async with kerb.person(name) as other:
            seen = await other.client.get(f"{DEVICES}/G4")
            assert (seen.status_code, seen.json()["code"]) == (403, code)
    async with kerb.person("far") as far:
        assert (await far.get(DEVICES))["devices"] == []
        new = {"id": "F1", "vendor": "PNI", "model": "PlacePod"}
        await refused(far, DEVICES, new, 403, "city_only")
        await refused(far, DEVICES, new | {"space": "S1"}, 403, "district_forbidden")
        headers = {"X-CSRF-Token": far.csrf, "Content-Type": "text/csv"}
        rows = "device,vendor,model,space\nF1,PNI,PlacePod,\nF2,PNI,PlacePod,S1\nG4,PNI,PlacePod,\n"
        answer = await far.client.post(f"{DEVICES}/import", content=rows.encode(), headers=headers)
        assert [row["code"] for row in answer.json()["refused"]] == ["city_only", "district_forbidden", "city_only"]
    async with kerb.person("li.wei") as operator:
        assert (await operator.post(f"{DEVICES}/G1/remove", REASON)).status_code == 204
        await refused(operator, f"{DEVICES}/G1/unbind", REASON, 404, "unknown_device")
    async with kerb.database.transaction() as session:
        looks = (await session.execute(text("SELECT device_id, actor, purpose FROM device_secret_look"))).all()
        assert [tuple(row) for row in looks] == [("G1", "account:admin", "a new network server")]
        record = str((await session.execute(text("SELECT action, subject, details FROM audit"))).all())
    assert "device.keys_shown" in record
    assert KEY not in record


async def test_device_is_accepted_by_another_person_after_its_test(kerb: Kerb) -> None:
    async with kerb.person("li.wei") as operator:
        await done(operator, DEVICES, {"id": "G1", "vendor": "PNI", "model": "PlacePod", "space": "S1"}, 201)
        assert (await operator.get("/v1/operator/device-test-limits"))["are_default"] is True
        test = await done(operator, f"{DEVICES}/G1/tests", {}, 201)
        await refused(operator, f"{DEVICES}/G1/tests", {}, 409, "stage_wrong")
        path = f"/v1/operator/device-tests/{test['id']}"
        await refused(operator, f"{path}/verdict", {"verdict": "passed"} | REASON, 403, "role_missing")
    async with kerb.person("wang.fang") as attendant:
        looks = [{"at": (kerb.time.now + timedelta(days=n)).isoformat(), "status": "free"} for n in (0, 1)]
        seen = await done(attendant, f"{path}/looks", {"looks": looks})
        assert (seen["kept"], [row["code"] for row in seen["refused"]]) == (1, ["look_in_future"])  # type: ignore[attr-defined]  # JSON
    async with kerb.person("far") as far:
        assert (await far.get("/v1/operator/device-tests"))["tests"] == []
        assert (await far.client.get(path)).json()["code"] == "district_forbidden"
        await refused(far, f"{path}/looks", {"looks": looks}, 403, "district_forbidden")
    async with kerb.person("zhao.min") as approver:
        answer = await approver.client.put(
            "/v1/operator/device-test-limits", json=QUICK, headers={"X-CSRF-Token": approver.csrf}
        )
        assert (answer.status_code, answer.json()["are_default"]) == (200, False), answer.text
        report = await approver.get(path)
        assert (report["findings"]["trials"], report["findings"]["right"]) == (1, 0)
        assert report["test"]["limits"]["least_accuracy"] == 0.95, "those of its beginning"
        await refused(approver, f"{path}/verdict", {"verdict": "passed"} | REASON, 409, "limits_not_met")
        verdict = {"verdict": "passed", "despite": True} | REASON
        ended = await done(approver, f"{path}/verdict", verdict)
        assert ended["test"]["verdict"] == "passed"  # type: ignore[index]  # JSON
        await refused(approver, f"{path}/verdict", verdict, 409, "test_ended")
        tests = await approver.get("/v1/operator/device-tests?device=G1&state=ended")
        assert [one["ended_by"] for one in tests["tests"]] == ["account:zhao.min"]
        retrofit = await approver.get("/v1/operator/retrofit")
        assert [one["retrofitted"] for one in retrofit["districts"] if one["spaces"]] == [1]


async def test_unknown_device_is_registered_or_stays_quiet_and_the_plan_is_kept_by_week(kerb: Kerb) -> None:
    await confirms_and_rejects(kerb)
    await plans(kerb)


async def confirms_and_rejects(kerb: Kerb) -> None:
    heard = Sightings()
    for number, name in enumerate((EUI, "stranger", "third")):
        said = to_micros(kerb.time.now - timedelta(minutes=5))
        message = RawMessage(said, "http", "chirpstack-v4", "up", "key", b"{}", [Outcome("unknown_device", name)])
        heard.add(RawRef(said, 1, number, 0), message)
    async with kerb.database.transaction() as session:
        await heard.write(session)
    held = "/v1/operator/unknown-devices"
    async with kerb.person("li.wei") as operator:
        page = await operator.get(f"{held}?limit=1")
        rest = await operator.client.get(held, params={"cursor": page["next"]})
        assert [one["wire_id"] for one in (*page["devices"], *rest.json()["devices"])] == [EUI, "stranger", "third"]
        assert (await operator.client.get(f"{held}?cursor=x")).json()["code"] == "cursor_invalid"
        wish = {"vendor": "PNI", "model": "PlacePod", "id": "G9", "space": "S1"}
        made = await done(operator, f"{held}/{EUI}/confirm", wish, 201)
        assert (made["id"], made["stage"], made["space"]) == ("G9", "installed", "S1")
        await refused(operator, f"{held}/{EUI}/confirm", wish, 404, "unknown_device_not_held")
        assert (await operator.post(f"{held}/stranger/reject", {})).status_code == 204
        assert [one["wire_id"] for one in (await operator.get(held))["devices"]] == ["third"]


async def plans(kerb: Kerb) -> None:
    headers: dict[str, str] = {}
    async with kerb.person("li.wei") as operator:
        headers["X-CSRF-Token"] = operator.csrf
        district = (await operator.get("/v1/operator/retrofit"))["districts"]
        name = next(one["district"] for one in district if one["spaces"])
        weeks = [
            {"district": name, "week": "2026-03-02", "spaces": 2},
            {"district": "?", "week": "2026-03-02", "spaces": 1},
        ]
        plan = "/v1/operator/retrofit/plan"
        bad = await operator.client.put(plan, json={"weeks": weeks}, headers=headers)
        assert (bad.status_code, bad.json()["code"]) == (400, "request_invalid")
        weeks[1] |= {"district": "nowhere"}
        written = await operator.client.put(plan, json={"weeks": weeks}, headers=headers)
        assert (written.json()["written"], written.json()["refused"][0]["code"]) == (1, "district_unknown")
        tuesday = {"weeks": [weeks[0] | {"week": "2026-03-03"}]}
        assert (await operator.client.put(plan, json=tuesday, headers=headers)).json()["code"] == "week_invalid"
        found = await operator.get(f"/v1/operator/retrofit?district={name}")
        assert [(one["week"], one["planned"], one["done"]) for one in found["weeks"]] == [("2026-03-02", 2, 0)]
        table = await operator.client.get("/v1/operator/retrofit/table")
        assert table.text.lstrip("\ufeff").splitlines()[0] == "district,week,planned,planned_in_all,done,done_in_all"
        assert f"{name},2026-03-02,2,2,0,0" in table.text
    async with kerb.person("far") as far:
        assert (await far.client.get(f"/v1/operator/retrofit?district={name}")).json()["code"] == "district_forbidden"
        body = {"weeks": weeks[:1]}
        refused_plan = await far.client.put(plan, json=body, headers={"X-CSRF-Token": far.csrf})
        assert refused_plan.json()["code"] == "district_forbidden"
