"""Checks over HTTP on the kerb city: facts of stay, right and time, with grace, look-back and a log."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from api.enforcement.schemas import CheckAnswer
from api.enforcement.service import forget
from api.enforcement.tables import CheckRow
from parking.db.unit_of_work import Database
from tests.api.terminals.terminal import City, Json, Terminal, kerb
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
PLATE = "鲁C12345"
OTHER = "鲁C99999"


@pytest.fixture
async def city(database_url: str, database: Database) -> AsyncIterator[City]:
    await kerb_city.build(database)
    async with kerb(database_url, database) as opened:
        yield opened


@pytest.fixture
async def terminal(city: City) -> Terminal:
    return await city.terminal()


@pytest.fixture
async def inspector(city: City) -> Terminal:
    return await city.terminal("enforcement")


@pytest.fixture
async def operator(city: City) -> Terminal:
    return await city.terminal("operator")


async def asked(inspector: Terminal, **question: str) -> Json:
    answer = await inspector.post("/v1/checks", question)
    assert answer.status_code == 200, answer.text
    assert "12345" not in answer.text
    document: Json = answer.json()
    CheckAnswer.model_validate(document)
    return document


def said(answer: Json) -> tuple[bool | None, str | None]:
    return answer["covered"], answer["basis"]


async def park(terminal: Terminal, start: str, plate: str | None = PLATE, space: str = "S1") -> str:
    body = {"space": space, "plate": plate, "started_at": at(start).isoformat()}
    answer = await terminal.post("/v1/sessions", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def permit(valid_to: datetime, **more: object) -> Json:
    return {
        "id": "P1",
        "kind": "resident",
        "plate": PLATE,
        "zones": ["Z1"],
        "valid_from": at("00:00").isoformat(),
        "valid_to": valid_to.isoformat(),
    } | more


async def test_vehicle_is_covered_while_it_stays_and_for_the_grace_after(
    city: City, terminal: Terminal, inspector: Terminal
) -> None:
    city.now = at("11:00")
    assert said(await asked(inspector, plate=PLATE)) == (False, None)
    stay = await park(terminal, "11:00")
    city.now = at("12:10")
    answer = await asked(inspector, plate="鲁C·12345", space="S1")
    assert said(answer) == (True, "session")
    assert (answer["plate"], answer["zone"], answer["until"]) == ("鲁C1***5", "Z1", None)
    assert [(one["space"], one["whose"]) for one in answer["sessions"]] == [("S1", "this_vehicle")]
    assert said(await asked(inspector, plate=PLATE, space="S2")) == (True, "session")
    assert said(await asked(inspector, plate=OTHER, space="S1")) == (False, None)
    await terminal.stopped(stay, at("12:10"))
    city.now = at("12:15")
    late = await asked(inspector, plate=PLATE)
    assert (said(late), late["until"]) == ((True, "grace"), "2026-03-02T04:20:00.000000Z")
    city.now = at("12:20")
    over = await asked(inspector, plate=PLATE)
    assert said(over) == (False, None)
    assert over["sessions"][0]["ended_at"] == "2026-03-02T04:10:00.000000Z"
    assert over["sessions"][0]["paid_at"] is None
    assert said(await asked(inspector, plate=PLATE, at=at("12:05").isoformat())) == (True, "session")
    city.now = at("12:40")
    assert (await asked(inspector, plate=PLATE))["sessions"] == []


async def test_stay_beyond_the_longest_of_its_place_is_told_as_a_fact(
    city: City, database: Database, terminal: Terminal, inspector: Terminal
) -> None:
    await park(terminal, "11:00")
    assert (await asked(inspector, space="S1"))["sessions"][0]["longest_until"] is None
    async with database.transaction() as session:
        await session.execute(text("UPDATE zone SET longest_stay_minutes = 60"))
    for now, overstays in (("12:00", False), ("12:01", True)):
        city.now = at(now)
        (stay,) = (await asked(inspector, space="S1"))["sessions"]
        assert (stay["longest_until"], stay["overstays"]) == ("2026-03-02T04:00:00.000000Z", overstays)


async def test_answer_tells_a_payment_and_never_a_debt(terminal: Terminal, inspector: Terminal) -> None:
    stay = await terminal.parked("11:00", "12:10")
    unpaid = await asked(inspector, plate=PLATE)
    assert (await terminal.paid(stay["id"], 300)).status_code == 201
    paid = await asked(inspector, plate=PLATE)
    assert unpaid["sessions"][0]["paid_at"] is None
    assert paid["sessions"][0]["paid_at"] == "2026-03-02T04:10:00.000000Z"
    assert not {"amount", "bill", "fee", "owed", "left"} & set(unpaid["sessions"][0])
    assert said(paid) == said(unpaid)


async def test_space_alone_is_never_called_uncovered(city: City, terminal: Terminal, inspector: Terminal) -> None:
    city.now = at("11:30")
    assert said(await asked(inspector, space="S1")) == (None, None)
    await park(terminal, "11:00", None)
    answer = await asked(inspector, space="S1")
    assert said(answer) == (True, "session")
    assert answer["sessions"][0]["whose"] == "unattributed"
    assert said(await asked(inspector, space="S1", plate=PLATE)) == (True, "session")
    await park(terminal, "11:00", OTHER)
    assert said(await asked(inspector, space="S1", plate=PLATE)) == (False, None)


async def test_permit_covers_where_and_while_it_holds(city: City, inspector: Terminal, operator: Terminal) -> None:
    city.now = at("09:00")
    granted = await operator.post("/v1/operator/permits", permit(at("10:00")))
    assert (granted.status_code, granted.json()["plate"]) == (201, "鲁C1***5")
    answer = await asked(inspector, plate=PLATE, space="S1")
    assert (said(answer), answer["until"]) == ((True, "permit"), "2026-03-02T02:00:00.000000Z")
    assert said(await asked(inspector, plate=PLATE)) == (None, None)
    revoked = await operator.post("/v1/operator/permits/P1/revoke", {"reason": "moved away"})
    assert revoked.status_code == 204
    city.now = at("09:01")
    assert said(await asked(inspector, plate=PLATE, space="S1")) == (False, None)
    assert said(await asked(inspector, plate=PLATE, space="S1", at=at("08:59").isoformat())) == (True, "permit")
    listed = (await operator.get("/v1/operator/permits")).json()
    assert [(one["id"], one["plate"], one["revoked_at"]) for one in listed["permits"]] == [
        ("P1", "鲁C1***5", "2026-03-02T01:00:00Z")
    ]


async def test_reservation_and_shared_hours_are_told(city: City, inspector: Terminal, operator: Terminal) -> None:
    city.now = at("09:00")
    day = at("09:00").isoweekday()
    offer = {
        "id": "O1",
        "space": "S1",
        "holder": "机关大院",
        "hours": [{"weekday": day, "from": "09:00", "to": "17:00"}],
        "valid_from": at("00:00").isoformat(),
    }
    assert (await operator.post("/v1/operator/space-offers", offer)).status_code == 201
    wish = {
        "id": "R1",
        "plate": PLATE,
        "spaces": ["S1"],
        "valid_from": at("09:00").isoformat(),
        "valid_to": at("10:00").isoformat(),
    }
    assert (await operator.post("/v1/operator/reservations", wish)).status_code == 201
    again = await operator.post("/v1/operator/reservations", wish | {"id": "R2", "plate": OTHER})
    assert (again.status_code, again.json()["code"]) == (409, "space_reserved")
    mine = await asked(inspector, plate=PLATE, space="S1")
    assert (said(mine), mine["until"]) == ((True, "reservation"), "2026-03-02T02:00:00.000000Z")
    assert mine["shared"] == {"open_until": "2026-03-02T09:00:00.000000Z"}
    theirs = await asked(inspector, plate=OTHER, space="S1")
    assert (said(theirs), theirs["reservations"][0]["whose"]) == ((False, None), "other_vehicle")
    assert (await operator.post("/v1/operator/reservations/R1/cancel", {})).status_code == 204
    assert (await asked(inspector, plate=PLATE, space="S1"))["reservations"] == []


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ({}, 400, "check_empty"),
        ({"plate": "no plate"}, 400, "plate_invalid"),
        ({"space": "S9"}, 404, "space_unknown"),
        ({"plate": PLATE, "at": "2026-03-02T10:59:00+08:00"}, 400, "instant_out_of_reach"),
        ({"plate": PLATE, "at": "2026-03-02T12:12:00+08:00"}, 400, "instant_out_of_reach"),
        ({"plate": PLATE, "debts": True}, 400, "request_invalid"),
    ],
)
async def test_check_is_refused_by_name(inspector: Terminal, question: Json, status: int, code: str) -> None:
    answer = await inspector.post("/v1/checks", question)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_check_needs_the_role_and_stays_in_its_district(city: City, database: Database) -> None:
    terminal = await city.terminal()
    assert (await terminal.post("/v1/checks", {"plate": PLATE})).json()["code"] == "role_missing"
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO district (district_id, name, name_en) VALUES ('D9', 'D9', 'D9')"))
    await park(terminal, "12:00")
    stranger = await city.terminal("enforcement", "D9")
    assert (await stranger.post("/v1/checks", {"space": "S1"})).json()["code"] == "district_forbidden"
    assert (await asked(stranger, plate=PLATE))["sessions"] == []


async def test_each_of_many_checks_is_answered_for_itself_and_written_down(
    city: City, terminal: Terminal, inspector: Terminal, operator: Terminal, database: Database
) -> None:
    city.now = at("12:10")
    await park(terminal, "11:00")
    questions = [{"plate": PLATE}, {"plate": OTHER}, {"space": "S1"}, {"space": "S9"}] * 20
    answers = await asyncio.gather(*(inspector.post("/v1/checks", question) for question in questions))
    found = [(one.status_code, one.json().get("covered")) for one in answers]
    assert found == [(200, True), (200, False), (200, True), (404, None)] * 20
    async with database.transaction() as session:
        rows = {row.check_id: row for row in await session.scalars(select(CheckRow))}
    assert len(rows) == 60
    for question, answer in zip(questions, answers, strict=True):
        if answer.status_code == 200:
            row = rows[answer.json()["id"]]
            assert (row.space_id, row.plate_token is None) == (question.get("space"), "plate" not in question)
            assert row.outcome == ("covered" if answer.json()["covered"] else "not_covered")
    log = await operator.get("/v1/operator/checks", limit="50")
    assert (len(log.json()["checks"]), log.json()["next"]) == (50, log.json()["checks"][-1]["id"])
    assert "plate" not in log.text
    async with database.transaction() as session:
        read = text("SELECT count(*) FROM audit WHERE action = 'checks.read'")
        assert await session.scalar(read) == 1


async def test_log_forgets_vehicles_first_and_itself_later(city: City, inspector: Terminal, database: Database) -> None:
    await asked(inspector, plate=PLATE)
    kept = []
    for days in (29, 31, 181):
        async with database.transaction() as session:
            await forget(session, city.now + timedelta(days=days))
            kept.append([row.plate_token is not None for row in await session.scalars(select(CheckRow))])
    assert kept == [[True], [False], []]
