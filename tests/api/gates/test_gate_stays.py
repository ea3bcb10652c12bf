"""What the gate of a lot that we bill reads becomes a stay at the lot; what contradicts itself costs nobody anything."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from parking.domain.errors import ConflictError
from parking.events.session import SessionContradicted
from parking.gates.stays import TOLD_AFTER, tell_contradictions
from parking.gates.visits import STILL_IN
from parking.sessions.correction import reassign
from pricing.arrears import retention
from pricing.quotes.service import fix_fee
from tests.api.gates.malls import Gate, fen, gate, passage
from tests.api.terminals.terminal import City
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
PLATE, OTHER = "鲁C12345", "鲁C54321"


@pytest.fixture
async def barrier(city: City) -> Gate:
    return await gate(city, "GATE")


def answers(report: dict[str, Any]) -> list[dict[str, Any]]:
    assert report["rejected"] == []
    return [one["answer"] for one in report["results"]]


async def told(city: City) -> list[tuple[str, str | None, str]]:
    """Contradictions in the outbox: where, of which stay, why."""
    async with city.database.transaction() as session:
        events = (await session.scalars(text("SELECT event FROM outbox ORDER BY position"))).all()
    found = [msgspec.json.decode(event) for event in events]
    facts = [event["data"] for event in found if event["type"] == SessionContradicted.TYPE]
    return [(fact["space_id"], fact["session_id"], fact["reason"]) for fact in facts]


async def test_gate_opens_on_todays_fee_whatever_was_owed_before(city: City, barrier: Gate) -> None:
    terminal = await city.terminal()
    debt = await terminal.parked("06:00", "07:10", plate=PLATE)
    assert debt["bill"]["left"]["amount"] > 0
    city.now = at("08:00")
    (entered,) = answers(await barrier.report("GATE", passage("g-1", "entry", at("08:00"), plate=PLATE)))
    assert entered["outcome"] == "started"
    city.now = at("09:10")
    leaving = passage("g-2", "exit", at("09:10"), plate=PLATE)
    (left,) = answers(await barrier.report("GATE", leaving))
    assert left == {
        "kind": "exit",
        "outcome": "ended",
        "session": entered["session"],
        "fee": fen(300),
        "left": fen(300),
        "may_leave": False,
    }
    (listed,) = [
        stay
        for stay in (await terminal.get("/v1/sessions", plate=PLATE, state="ended")).json()["sessions"]
        if stay["facility"] == "GATE"
    ]
    assert (listed["id"], listed["space"], listed["plate"]) == (entered["session"], None, "鲁C1***5")
    assert (await terminal.paid(listed["id"], 300)).status_code == 201
    again = await barrier.report("GATE", leaving)
    assert (again["duplicate"], answers(again)[0]["may_leave"]) == (1, True)
    async with city.database.transaction() as session:
        assert await tell_contradictions(session, at("23:00")) == 0


async def test_visit_costs_the_same_when_its_exit_was_reported_before_its_entry(city: City, barrier: Gate) -> None:
    coming, leaving = (
        passage("g-1", "entry", at("08:00"), plate=PLATE),
        passage("g-2", "exit", at("09:10"), plate=PLATE),
    )
    unknown, recorded = answers(await barrier.report("GATE", leaving, coming))
    assert (unknown["outcome"], unknown["may_leave"]) == ("unmatched", True)
    assert recorded["outcome"] == "recorded"
    async with city.database.transaction() as session:
        assert (await fix_fee(session, recorded["session"], at=city.now)).fee.amount.amount == 300
        assert await tell_contradictions(session, city.now + TOLD_AFTER) == 0
    assert await told(city) == []


async def test_plate_is_the_entrys_when_reader_and_ticket_disagree(city: City, barrier: Gate) -> None:
    del city
    coming, read_wrong, leaving, unread, closing = answers(
        await barrier.report(
            "GATE",
            passage(
                "g-1", "entry", at("08:00"), visit="T-1", plate=PLATE, vehicle={"class": "small", "energy": "fuel"}
            ),
            passage("g-2", "exit", at("09:10"), visit="T-1", plate=OTHER),
            passage("g-3", "exit", at("09:10:30"), plate=PLATE),
            passage("g-4", "entry", at("10:00"), visit="T-2"),
            passage("g-5", "exit", at("11:10"), visit="T-2", plate=PLATE),
        )
    )
    assert (read_wrong["session"], read_wrong["outcome"]) == (coming["session"], "ended")
    assert leaving["session"] == coming["session"]
    assert (unread["outcome"], closing["outcome"], closing["fee"]) == ("unmatched", "recorded", fen(300))


async def test_missed_exit_costs_nothing_and_a_person_hears_of_it(city: City, barrier: Gate) -> None:
    first, again, second, leaving, late = answers(
        await barrier.report(
            "GATE",
            passage("g-1", "entry", at("06:00"), plate=PLATE),
            passage("g-2", "entry", at("06:00:40"), plate=PLATE),
            passage("g-3", "entry", at("09:00"), plate=PLATE),
            passage("g-4", "exit", at("10:10"), plate=PLATE),
            passage("g-5", "entry", at("08:00"), plate=PLATE),
        )
    )
    assert (again["outcome"], again["session"]) == ("existing", first["session"])
    assert (second["outcome"], leaving["session"]) == ("started", second["session"])
    assert leaving["fee"] == fen(300)
    assert (late["outcome"], late["session"]) == ("late", None)
    async with city.database.transaction() as session:
        assert (await fix_fee(session, first["session"], at=city.now)).fee.amount.amount == 0
    assert await told(city) == [("GATE", first["session"], "entry_repeated")]


async def test_unexplained_passages_are_told_once_after_a_late_report_had_its_time(city: City, barrier: Gate) -> None:
    staying, unknown = answers(
        await barrier.report(
            "GATE",
            passage("g-1", "entry", at("08:00"), plate=PLATE),
            passage("g-2", "exit", at("12:00"), plate=OTHER),
        )
    )
    assert (unknown["session"], unknown["may_leave"], unknown["fee"]) == (None, True, None)

    async def tell(now: datetime) -> int:
        async with city.database.transaction() as session:
            return await tell_contradictions(session, now)

    assert await tell(at("12:50")) == 0
    assert (await tell(at("13:10")), await tell(at("13:20"))) == (1, 0)
    week = at("08:10") + STILL_IN
    assert (await tell(week), await tell(week + timedelta(minutes=10))) == (1, 0)
    assert await told(city) == [
        ("GATE", None, "exit_without_entry"),
        ("GATE", staying["session"], "entry_without_exit"),
    ]


async def test_space_is_not_charged_beside_the_gate(city: City, barrier: Gate) -> None:
    del barrier
    async with city.database.transaction() as session:
        stay = await kerb_city.stay(session, at("10:00"), at("12:00"), space_id="G1", plate_token=None, source="sensor")
        fee = (await fix_fee(session, stay, at=at("12:00"))).fee
    assert (fee.amount.amount, fee.reason) == (0, "billed_at_gate")


async def test_stay_at_a_facility_is_forgotten_like_any_other(city: City, barrier: Gate) -> None:
    terminal = await city.terminal()
    _, left = answers(
        await barrier.report(
            "GATE",
            passage("g-1", "entry", at("08:00"), plate=PLATE),
            passage("g-2", "exit", at("09:10"), plate=PLATE),
        )
    )
    assert (await terminal.paid(left["session"], 300)).status_code == 201
    async with city.database.transaction() as session:
        assert await retention.forget(session, at("10:00")) == 1
        where = await session.execute(text("SELECT space_id, facility_id, plate_token FROM session"))
        assert where.all() == [("erased", None, None)]


async def test_check_covers_a_car_inside_the_gate_and_not_at_the_kerb_beside_it(city: City, barrier: Gate) -> None:
    await barrier.report("GATE", passage("g-1", "entry", at("12:00"), plate=PLATE))
    inspector = await city.terminal("enforcement")
    inside = (await inspector.post("/v1/checks", {"plate": PLATE, "space": "G1"})).json()
    beside = (await inspector.post("/v1/checks", {"plate": PLATE, "space": "S1"})).json()
    assert (inside["covered"], inside["basis"], inside["sessions"][0]["facility"]) == (True, "session", "GATE")
    assert (beside["covered"], beside["sessions"][0]["space"]) == (False, None)


async def test_stay_inside_is_not_given_to_a_car_that_is_inside_already(city: City, barrier: Gate) -> None:
    one, _ = answers(
        await barrier.report(
            "GATE",
            passage("g-1", "entry", at("08:00"), plate=PLATE),
            passage("g-2", "entry", at("08:10"), plate=OTHER),
        )
    )
    async with city.database.transaction() as session:
        other = await city.app.serving.plates.seal(session, OTHER, city.now)
        with pytest.raises(ConflictError) as refused:
            await reassign(session, one["session"], plate=other, now=city.now, by="account:li")
    assert refused.value.code == "plate_inside"
