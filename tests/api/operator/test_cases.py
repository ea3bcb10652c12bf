"""Cases over HTTP: reported, given to a person, decided; money that the wrong vehicle paid goes back with the decision."""

from collections.abc import AsyncIterator

import pytest

from api.auth.accounts.service import create_account
from api.auth.model import CITY, Employer
from parking.casework import service
from parking.casework.model import Finding
from parking.db.unit_of_work import Database
from parking.places.tables import DistrictRow, OperatorRow
from parking.sessions import service as sessions
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.parking.evidence.pictures import telephone_jpeg
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
THREE_YUAN = {"amount": 300, "currency": "CNY"}


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


async def filed(kerb: Kerb, stay: str) -> str:
    found = Finding(
        kind="entry_repeated",
        zone_id="Z1",
        seen_at=kerb_city.at("12:00"),
        by="system",
        space_id="S1",
        session_id=stay,
    )
    async with kerb.database.transaction() as session:
        return (await service.file(session, found, at=kerb_city.at("12:00"))).case_id


async def test_case_goes_from_report_to_decision_in_the_hands_of_those_who_may(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    async with kerb.person("li.wei") as operator:
        picture = await operator.client.post(
            f"/v1/operator/evidence?session={stay}",
            content=telephone_jpeg(),
            headers={"X-CSRF-Token": operator.csrf, "Idempotency-Key": "p", "Content-Type": "image/jpeg"},
        )
        wish = {"kind": "misuse_report", "space": "S1", "session": stay, "evidence": [picture.json()["id"]]}
        first = await operator.post("/v1/operator/cases", wish, key="c1")
        assert (first.status_code, first.json()["times_seen"]) == (201, 1), first.text
        assert (await operator.post("/v1/operator/cases", wish, key="c1")).content == first.content
        assert (await operator.post("/v1/operator/cases", wish, key="c2")).json()["times_seen"] == 2
        path = f"/v1/operator/cases/{first.json()['id']}"
        for nobody in ("nobody", "far", "company", "wang.fang"):
            refused = await operator.post(f"{path}/assign", {"to": nobody})
            assert (refused.status_code, refused.json()["code"]) == (404, "assignee_unknown")
        assert (await operator.post(f"{path}/assign", {"to": "zhao.min"})).json()["stage"] == "dispatched"
        mine = await operator.get("/v1/operator/cases?assigned_to=zhao.min&kind=misuse_report")
        assert [one["id"] for one in mine["cases"]] == [first.json()["id"]]
    for name, code in (("far", "district_forbidden"), ("company", "authority_only"), ("wang.fang", "role_missing")):
        async with kerb.person(name) as other:
            seen = await other.client.get(path)
            assert (seen.status_code, seen.json()["code"]) == (403, code)
    async with kerb.person("zhao.min") as approver:
        early = {"outcome": "end_stay", "reason": "gone", "ended_at": "0001-01-01T00:00:00+23:59"}
        wrong = await approver.post(f"{path}/decision", early)
        assert (wrong.status_code, wrong.json()["code"]) == (400, "ends_before_start")
        word = {"outcome": "end_stay", "reason": "picture shows it gone", "ended_at": "2026-03-02T12:00:00+08:00"}
        answer = await approver.post(f"{path}/decision", word)
        assert (answer.status_code, answer.json()["case"]["outcome"], answer.json()["case"]["outcomes"]) == (
            200,
            "end_stay",
            [],
        )
        whole = await approver.get(path)
        audit = [row["action"] for row in (await approver.get("/v1/operator/audit"))["audit"]]
    assert [step["step"] for step in whole["steps"]] == ["opened", "evidence_added", "assigned", "closed"]
    assert whole["evidence"] == [picture.json()["id"]]
    cases = [action for action in audit if action.startswith("case.")]
    assert cases == ["case.decided", "case.assigned", "case.reported", "case.reported"]
    async with kerb.database.transaction() as session:
        over = await sessions.get(session, stay)
    assert (over.state, over.ended_at) == ("ended", kerb_city.at("12:00"))


async def test_payer_gets_the_money_back_when_a_case_gives_the_stay_to_another_plate(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    async with kerb.person("wang.fang") as attendant:
        await attendant.post("/v1/shifts", {"district": "370305", "float": THREE_YUAN})
        await attendant.post(f"/v1/attendant/sessions/{stay}/plate", {"plate": "鲁C88123"})
        paid = await attendant.post(f"/v1/attendant/sessions/{stay}/cash", {"amount": THREE_YUAN}, key="c1")
        assert paid.status_code == 201, paid.text
    case = await filed(kerb, stay)
    async with kerb.person("li.wei") as operator:
        word = {"outcome": "reassign", "reason": "misread in the rain", "right_plate": "鲁C8B123"}
        answer = await operator.post(f"/v1/operator/cases/{case}/decision", word)
        assert (answer.status_code, len(answer.json()["refunds"])) == (200, 1), answer.text
        again = await operator.post(f"/v1/operator/cases/{case}/decision", word)
        assert (again.status_code, again.json()["code"]) == (409, "case_closed")
