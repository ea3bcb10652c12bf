"""The policy of a city's reviews: decided by two persons, followed by every review, refused where its limits conflict."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus.codec import decode, fact_of
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from parking.events.policy import PolicyApproved
from parking.occupancy.hour_rows import copy_hours
from parking.places.service import import_collection
from pricing.proposals import editing, policies, policy_store, service
from pricing.proposals.model import Edit, TwoPersonsError
from pricing.proposals.policy import PolicyDecidedError, PolicyVersion, ReviewPolicy
from pricing.proposals.question import EditBeyondLimitError
from pricing.rates.limit_store import write_limits
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at, feature
from tests.pricing.proposals import reviewed_city
from tests.pricing.proposals.reviewed_city import LIMITS, NOW, UNNOTICED, hours

service_test = pytest.mark.service
LATER = NOW + timedelta(days=28)


async def two_districts(database: Database) -> None:
    """Z1 of district 370305, and Z2 of another one, which stands as near and is as full."""
    await reviewed_city.build(database, limits=())
    city = [
        feature("district", "370303"),
        feature("zone", "Z2", district="370303", area_class="I", price_document="doc-1"),
        feature("segment", "Z2-N", zone="Z2"),
        feature("space", "S9", zone="Z2", kind="kerb", segment="Z2-N", approval=kerb_city.APPROVAL),
    ]
    async with database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": city}, at=kerb_city.OPENING)
        assert report.errors == ()
        await kerb_city.put_in_force(session, UNNOTICED, kerb_city.OPENING, zone="Z2")
        await write_limits(session, "doc-1", LIMITS, by="li", at=NOW)
        await copy_hours(session, hours(0.95, zone="Z2"))


async def decided(session: AsyncSession, policy: ReviewPolicy | None, district_id: str | None = None) -> PolicyVersion:
    put = await policies.put_forward(session, policy, district_id, by="li", reason="the council", at=NOW)
    return await policies.approve(session, put.policy_id, by="wang", at=NOW)


@service_test
async def test_every_review_follows_it_when_two_persons_have_decided(database: Database) -> None:
    await reviewed_city.build(database)
    wanted = ReviewPolicy(affordability_caps={"Z1": 300}, notice_working_days=5, review_weeks=6, step_up=100)
    async with database.transaction() as session:
        put = await policies.put_forward(session, wanted, None, by="li", reason="the council", at=NOW)
        assert (put.version, put.state) == (1, "proposed")
        with pytest.raises(TwoPersonsError):
            await policies.approve(session, put.policy_id, by="li", at=NOW)
        with pytest.raises(ConflictError, match="waits"):
            await policies.put_forward(session, wanted, None, by="li", reason="again", at=NOW)
        before = await service.propose(session, at=NOW, prepared_by="li")
        assert (before.policy["review_policy"], before.cells[0].price_proposed) == (None, 400)
        await service.reject(session, before.proposal_id, by="li", because="a policy comes", at=NOW)
        done = await policies.approve(session, put.policy_id, by="wang", at=NOW)
        assert (await policy_store.in_force(session))[None] == done
        with pytest.raises(PolicyDecidedError):
            await policies.reject(session, put.policy_id, by="wang", because="no", at=NOW)
        by_itself = await service.propose_when_due(session, at=NOW)
        assert by_itself is not None
        (cell,) = by_itself.cells
        assert (cell.price_proposed, cell.binding) == (300, ("affordability_cap",))
        assert (by_itself.policy["review_policy"], by_itself.policy["affordability_caps"]) == (
            put.policy_id,
            {"Z1": 300},
        )
        assert by_itself.period_end - by_itself.period_start == timedelta(weeks=6)
        with pytest.raises(ConflictError, match="decided"):
            await service.propose(session, at=NOW, prepared_by="li", policy=ReviewPolicy())
        dearer = Edit(zone_id="Z1", kind="kerb", day_type="all", band="07:00-19:00", unit_price=200)
        with pytest.raises(EditBeyondLimitError) as beyond:
            await editing.edit(session, by_itself.proposal_id, edits=[dearer], by="li", reason="no", at=NOW)
        assert (beyond.value.fields["limit"], beyond.value.fields["highest"]) == ("affordability_cap", 150)
        cheaper = replace(dearer, unit_price=100)
        await editing.edit(session, by_itself.proposal_id, edits=[cheaper], by="li", reason="sale", at=NOW)
        with pytest.raises(InvalidInputError) as early:
            await service.approve(session, by_itself.proposal_id, by="wang", effective_from=at("00:00", 6), at=NOW)
        assert early.value.fields["earliest"] == at("00:00", 8).isoformat()
        await service.approve(session, by_itself.proposal_id, by="wang", effective_from=at("00:00", 8), at=NOW)
        assert await service.propose_when_due(session, at=LATER) is None


@service_test
async def test_a_district_goes_its_own_way_when_it_has_a_policy_until_it_follows_the_city_again(
    database: Database,
) -> None:
    await two_districts(database)
    async with database.transaction() as session:
        own = await decided(session, ReviewPolicy(frozen=frozenset({"Z2"})), "370303")
        assert await policies.scopes(session) == [None, "370303"]
        with pytest.raises(ConflictError) as differ:
            await service.propose(session, at=NOW, prepared_by="li", zone_ids=["Z1", "Z2"])
        assert (differ.value.code, differ.value.fields) == ("policies_differ", {"districts": ["370303"]})
        city = await service.propose_when_due(session, at=NOW)
        district = await service.propose_when_due(session, at=NOW, district_id="370303")
        assert city is not None
        assert district is not None
        assert (city.zone_ids, city.policy["review_policy"]) == (("Z1",), None)
        assert (district.zone_ids, district.policy["review_policy"]) == (("Z2",), own.policy_id)
        assert [cell.binding for cell in district.cells] == [("frozen",)]
        assert await service.propose_when_due(session, at=LATER - timedelta(hours=1), district_id="370303") is None
        await decided(session, None, "370303")
        assert await policies.scopes(session) == [None]
        both = await service.propose(session, at=NOW, prepared_by="li")
        assert both.zone_ids == ("Z1", "Z2")
        put = await policies.put_forward(session, ReviewPolicy(), None, by="li", reason="a draft", at=NOW)
        await policies.reject(session, put.policy_id, by="li", because="a slip", at=NOW)
    async with database.transaction() as session:
        rows = list(await session.scalars(text("SELECT event FROM outbox ORDER BY position")))
        told = [event for event in map(decode, rows) if event.type.startswith("pricing.policy.")]
    # What the district decided, that it gave that up, and what became of the city's draft; never who did it.
    assert [(event.type.rpartition(".")[2], event.subject) for event in told] == [
        ("proposed", "370303"),
        ("approved", "370303"),
        ("proposed", "370303"),
        ("approved", "370303"),
        ("proposed", "city"),
        ("rejected", "city"),
    ]
    assert [fact.is_own for fact in map(fact_of, told) if isinstance(fact, PolicyApproved)] == [True, False]
    assert not any(b"wang" in row for row in rows)


REFUSED: Final = (
    (ReviewPolicy(target_low=0.9), "policy_invalid", "target_low"),
    (ReviewPolicy(floor=500, cap=400), "policy_invalid", "floor"),
    (ReviewPolicy(bands=()), "policy_invalid", "without bands"),
    (ReviewPolicy(neighbour_m=100.0), "policy_invalid", "neighbour"),
    (ReviewPolicy(frozen=frozenset({"Z9"})), "zone_unknown", "Z9"),
    (ReviewPolicy(revenue_share=1.9), "policy_infeasible", "together: step, revenue_floor"),
    (ReviewPolicy(floor=600), "policy_infeasible", "together: document, floor"),
    (
        ReviewPolicy(floor=400, affordability_caps={"Z1": 300}),
        "policy_infeasible",
        "together: floor, affordability_cap",
    ),
)


@service_test
async def test_it_is_refused_with_what_is_wrong_when_it_is_put_forward(database: Database) -> None:
    await reviewed_city.build(database)
    async with database.transaction() as session:
        for policy, code, names in REFUSED:
            with pytest.raises(ParkingError) as refusal:
                await policies.put_forward(session, policy, None, by="li", reason="try", at=NOW)
            assert refusal.value.code == code
            assert names in str(refusal.value)
        assert await policy_store.versions(session) == []


@service_test
async def test_the_record_stands_when_somebody_changes_it_by_hand_or_asks_for_what_is_not_there(
    database: Database,
) -> None:
    await reviewed_city.build(database)
    refused: list[tuple[str, Callable[[AsyncSession], Any]]] = [
        ("policy_missing", lambda s: policies.put_forward(s, None, None, by="li", reason="x", at=NOW)),
        ("policy_missing", lambda s: policies.put_forward(s, None, "370305", by="li", reason="x", at=NOW)),
        ("district_unknown", lambda s: policies.tried(s, ReviewPolicy(), "x", at=NOW)),
        ("policy_unknown", lambda s: policies.approve(s, "RP-x", by="li", at=NOW)),
    ]
    async with database.transaction() as session:
        await decided(session, ReviewPolicy(cap=500))
        for code, deed in refused:
            with pytest.raises((InvalidInputError, ConflictError, NotFoundError)) as refusal:
                await deed(session)
            assert refusal.value.code == code
    for statement in (
        "UPDATE review_policy SET policy = '{}'",
        "UPDATE review_policy SET state = 'rejected'",
        "DELETE FROM review_policy",
        "TRUNCATE review_policy",
    ):
        with pytest.raises(DBAPIError, match=r"taken back|never"):
            async with database.transaction() as session:
                await session.execute(text(statement))


def test_the_documents_say_what_a_policy_leaves_open_when_it_meets_the_prices() -> None:
    wanted = ReviewPolicy(tick=100, step_up=50, revenue_floor=10, revenue_share=0.5, rule="proportional")
    found = wanted.priced(floor=100, cap=900, tick=50, revenue_now=1000.0)
    assert (found.floor, found.cap, found.tick, found.step_up, found.step_down) == (100, 900, 100, 50, 200)
    assert (found.revenue_floor, found.rule, found.bands[0]) == (500, "proportional", (0.30, -200))
    closed = replace(wanted, floor=200, cap=400, revenue_share=None)
    assert closed.priced(floor=100, cap=900, tick=50, revenue_now=1000.0).revenue_floor == 10
    closed.refuse_unsound()
