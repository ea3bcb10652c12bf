"""Cases on a real database: opened by events, once; decided with effect; the evidence held as long as they are open."""

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from parking.casework import repository, service
from parking.casework.consumer import CaseOpener
from parking.casework.model import Case, Decision, Report, TowOrder
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from parking.events.arrears import AppealDecided, AppealFiled
from parking.events.envelope import wrap
from parking.events.fact import Fact
from parking.events.session import SessionContradicted, SessionEnded
from parking.events.vehicle import VehicleOverstaySuspected
from parking.evidence import service as evidence
from parking.evidence.model import EvidenceItem, RetentionRules, Upload
from parking.evidence.service import EvidenceStore
from tests.parking.evidence.pictures import telephone_jpeg
from tests.parking.sessions.city import LATER, SPACE, VAULT, build, noon, plate, start, stays
from tests.parking.sessions.evidence import NINE, minute

pytestmark = pytest.mark.service
_NUMBERS = count(1)
MUCH_LATER = LATER + timedelta(days=40)


async def hears(database: Database, *facts: Fact) -> list[Case]:
    """Every event is delivered twice; the open cases afterwards, oldest first."""
    opener = CaseOpener(database, noon)
    for fact in facts:
        event = wrap(fact, event_id=f"event-{next(_NUMBERS)}", source="test", time=NINE)
        for _ in range(2):
            await opener.handle(event)
    return await opened(database)


async def opened(database: Database) -> list[Case]:
    async with database.transaction() as session:
        return (await service.listed(session, stages=("filed", "dispatched")))[::-1]


def contradicted(reason: str, session_id: str | None = None, at: float = 0) -> SessionContradicted:
    return SessionContradicted(
        session_id=session_id, space_id=SPACE, zone_id="Z1", observed_at=minute(at), reason=reason
    )


async def picture(database: Database, session_id: str | None = None) -> EvidenceItem:
    upload = Upload(
        content=telephone_jpeg(),
        captured_at=NINE,
        source="attendant",
        by="account:wang",
        district_id="D1",
        session_id=session_id,
        space_id=SPACE,
    )
    async with database.transaction() as session:
        return await EvidenceStore(VAULT).keep(session, upload, at=NINE)


async def erased(database: Database) -> int:
    async with database.transaction() as session:
        return await evidence.erase_over(session, RetentionRules(), at=MUCH_LATER)


async def decided(database: Database, case: Case, outcome: str, **more: object) -> Case:
    word = Decision(outcome=outcome, reason="looked at it", **more)  # type: ignore[arg-type]
    async with database.transaction() as session:
        return await service.decide(session, case.case_id, word, by="account:li", at=LATER)


async def refused(database: Database, case: Case, outcome: str, **more: object) -> str:
    with pytest.raises(ParkingError) as caught:
        await decided(database, case, outcome, **more)
    return caught.value.code


async def test_case_is_opened_once_when_a_contradiction_is_told_again(database: Database) -> None:
    await build(database)
    (case,) = await hears(
        database, contradicted("occupied_without_session"), contradicted("occupied_without_session", at=60)
    )
    assert (case.kind, case.stage, case.district_id, case.space_id) == (
        "occupied_without_session",
        "filed",
        "D1",
        SPACE,
    )
    assert (case.seen_at, case.times_seen) == (minute(60), 2)
    assert case.outcomes() == ("handled", "no_action")
    # Cases of one millisecond are in no order.
    both = await hears(database, contradicted("moon_is_full"))
    assert {(each.kind, each.words) for each in both if each.case_id != case.case_id} == {
        ("contradicted", "moon_is_full")
    }
    closed = await decided(database, case, "no_action")
    assert (closed.stage, closed.outcome, closed.decided_by) == ("closed", "no_action", "account:li")
    again = CaseOpener(database, noon)
    late = wrap(contradicted("occupied_without_session", at=90), event_id="late", source="test", time=NINE)
    await again.handle(late)
    assert [each.times_seen for each in await opened(database)] == [1, 1]
    with pytest.raises(DBAPIError, match="append only"):
        async with database.transaction() as session:
            await session.execute(text("UPDATE case_step SET actor = 'x'"))


async def test_cases_of_stays_that_end_together_are_gone_and_what_is_told_after_them_stays(database: Database) -> None:
    await build(database)
    opener = CaseOpener(database, noon)
    found = [contradicted("stay_never_ended", name) for name in ("a", "b", "c")]
    ends = [
        SessionEnded(
            session_id=name,
            space_id=SPACE,
            zone_id="Z1",
            started_at=NINE,
            ended_at=NINE,
            source="sensor",
            has_plate=False,
        )
        for name in ("a", "b", "d")
    ]
    facts: list[Fact] = [*found, *ends, contradicted("stay_never_ended", "b"), contradicted("vacant_with_session", "a")]
    events = [wrap(fact, event_id=f"together-{n}", source="test", time=NINE) for n, fact in enumerate(facts)]
    for _ in range(2):
        await opener.handle_together(events)
    assert {(case.kind, case.session_id) for case in await opened(database)} == {
        ("stay_never_ended", "c"),
        ("stay_never_ended", "b"),
        ("vacant_with_session", "a"),
    }
    async with database.transaction() as session:
        every = await service.listed(session)
    outcomes = [(case.session_id, case.outcome) for case in every if case.stage == "closed"]
    assert sorted(outcomes) == [("a", "resolved_itself"), ("b", "resolved_itself")]


async def test_stay_ends_where_a_person_decides_and_its_evidence_goes_on(database: Database) -> None:
    await build(database)
    stay_id = (await start(database, NINE)).stay.session_id
    shown = await picture(database, stay_id)
    (case,) = await hears(database, contradicted("stay_never_ended", stay_id))
    assert "end_stay" in case.outcomes()
    assert await erased(database) == 0
    assert await refused(database, case, "end_stay") == "end_missing"
    assert await refused(database, case, "end_stay", ended_at=minute(-5)) == "ends_before_start"
    assert await refused(database, case, "towed_by_order") == "outcome_not_possible"
    assert await refused(database, case, "reassign") == "plate_missing"
    assert await refused(database, case, "end_stay", ended_at=minute(9), evidence_id="none") == "evidence_unknown"
    await decided(database, case, "end_stay", ended_at=minute(30), evidence_id=shown.evidence_id)
    (stay,) = await stays(database)
    assert (stay.state, stay.ended_at, stay.evidence[-1].evidence_id) == ("ended", minute(30), shown.evidence_id)
    assert await refused(database, case, "no_action") == "case_closed"
    async with database.transaction() as session:
        steps = [row.step for row in await repository.steps(session, case.case_id)]
    assert steps == ["opened", "evidence_added", "closed"]
    assert await erased(database) == 1


async def test_case_resolves_itself_when_the_stay_ends_by_other_means(database: Database) -> None:
    await build(database)
    stay = (await start(database, NINE)).stay
    over = SessionEnded(
        session_id=stay.session_id,
        space_id=SPACE,
        zone_id="Z1",
        started_at=NINE,
        ended_at=minute(9),
        source="sensor",
        has_plate=False,
    )
    suspected = VehicleOverstaySuspected(
        session_id=stay.session_id,
        space_id=SPACE,
        zone_id="Z1",
        started_at=NINE,
        longest_minutes=60,
        suspected_at=minute(61),
    )
    (left,) = await hears(database, contradicted("stay_never_ended", stay.session_id), suspected, over)
    assert (left.kind, left.session_id) == ("overstay", stay.session_id)
    async with database.transaction() as session:
        (gone,) = await service.listed(session, stages=["closed"])
    assert (gone.kind, gone.outcome, gone.decided_by) == ("stay_never_ended", "resolved_itself", "system")


async def test_objection_holds_the_evidence_of_its_stay_until_it_is_decided(database: Database) -> None:
    await build(database)
    await picture(database, "a stay")
    await hears(database, AppealFiled(appeal_id="A1", session_id="a stay", reason="not_there", filed_at=NINE))
    assert await erased(database) == 0
    await hears(database, AppealDecided(appeal_id="A1", session_id="a stay", outcome="rejected", decided_at=NINE))
    assert await erased(database) == 1


async def test_report_becomes_a_case_that_a_person_is_given(database: Database) -> None:
    await build(database)
    shown = await picture(database)
    wish = Report(
        kind="misuse_report", space_id=SPACE, evidence_ids=(shown.evidence_id,), words="鲁C88123 堵住充电泊位"
    )
    async with database.transaction() as session:
        for _ in range(2):
            case = await service.report(session, wish, by="account:wang", at=LATER)
        assert (case.times_seen, case.words) == (2, "鲁C8***3 堵住充电泊位")
        assert await repository.evidence_of(session, case.case_id) == [shown.evidence_id]
        assert case.outcomes() == ("handled", "no_action", "towed_by_order")
        for _ in range(2):
            given = await service.assign(session, case.case_id, to="li.wei", by="account:zhao", at=LATER)
        assert (given.stage, given.assigned_to) == ("dispatched", "li.wei")
        steps = [row.step for row in await repository.steps(session, case.case_id)]
        assert steps == ["opened", "evidence_added", "assigned"]
    for wrong, code in (
        (Report(kind="misuse_report", space_id="none"), "space_unknown"),
        (Report(kind="misuse_report", space_id=SPACE, session_id="none"), "session_unknown"),
        (Report(kind="misuse_report", space_id=SPACE, evidence_ids=("none",)), "evidence_unknown"),
        (Report(kind="misuse_report", space_id=SPACE, seen_at=LATER + timedelta(minutes=3)), "seen_in_future"),
        (Report(kind="misuse_report", space_id=SPACE, seen_at=LATER - timedelta(days=31)), "seen_too_long_ago"),
    ):
        with pytest.raises((NotFoundError, InvalidInputError)) as caught:
            async with database.transaction() as session:
                await service.report(session, wrong, by="account:wang", at=LATER)
        assert caught.value.code == code


async def test_towing_is_recorded_from_an_order_alone_and_ends_the_stay(database: Database) -> None:
    await build(database)
    stay_id = (await start(database, NINE)).stay.session_id
    order = await picture(database)
    async with database.transaction() as session:
        case = await service.report(
            session, Report(kind="misuse_report", space_id=SPACE, session_id=stay_id), by="account:wang", at=LATER
        )
    assert await refused(database, case, "towed_by_order") == "order_missing"
    towed = TowOrder(
        authority="Traffic police",
        number="T-17",
        towed_at=minute(50),
        taken_to="North yard",
        evidence_id=order.evidence_id,
    )
    assert await refused(database, case, "handled", order=towed) == "order_missing"
    await decided(database, case, "towed_by_order", order=towed)
    (stay,) = await stays(database)
    assert (stay.state, stay.ended_at) == ("ended", minute(50))


async def test_stay_goes_to_the_right_plate_when_a_person_says_so(database: Database) -> None:
    await build(database)
    stay_id = (await start(database, NINE, "鲁C88123")).stay.session_id
    (case,) = await hears(database, contradicted("entry_repeated", stay_id))
    word = Decision(outcome="reassign", reason="misread")
    async with database.transaction() as session:
        right = await plate(session, "鲁C8B123")
        await service.decide(session, case.case_id, word, by="account:li", at=LATER, right_plate=right)
        with pytest.raises(ConflictError):
            await service.assign(session, case.case_id, to="li.wei", by="account:zhao", at=LATER)
    (stay,) = await stays(database)
    assert (stay.plate_token, stay.state) == (right.token, "open")
