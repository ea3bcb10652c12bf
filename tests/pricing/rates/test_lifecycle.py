"""Every step of a version needs the one before it, its persons and its lawful basis; every step is on record."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from pricing.rates import assignments, audit, lifecycle, publication
from pricing.rates.service import draft, rate_in_force, version_of
from pricing.validation.validator import refuse_unsound
from tests.pricing.rates.priced_street import (
    EFFECTIVE,
    NOTICED,
    OPENING,
    ZONE,
    build,
    dearer,
    noticed,
    published,
    table,
    zibo,
)

pytestmark = pytest.mark.service
NOW = zibo("2026-02-11T09:00")
Step = Callable[[AsyncSession], Awaitable[object]]


async def refused(database: Database, step: Step, kind: type[ParkingError] = ConflictError) -> str:
    with pytest.raises(kind) as refusal:
        async with database.transaction() as session:
            await step(session)
    return refusal.value.code


def submitted(version: int) -> Step:
    return lambda session: lifecycle.submit(session, "street", version, by="li", at=NOW, refuse_unsound=refuse_unsound)


def reviewed(version: int, by: str = "sun") -> Step:
    return lambda session: lifecycle.review(session, "street", version, by=by, at=NOW, opinion="-", lawful=True)


def approved(version: int, by: str = "wang") -> Step:
    return lambda session: lifecycle.approve(session, "street", version, by=by, at=NOW)


def publicised(version: int) -> Step:
    return lambda session: lifecycle.publish(session, "street", version, by="li", at=NOW)


def withdrawn(version: int) -> Step:
    return lambda session: lifecycle.withdraw(session, "street", version, by="li", at=NOW, reason="typing error")


def given(version: int, **changes: object) -> Step:
    terms: dict[str, object] = {"noticed_on": NOTICED, "reference": "报纸", "effective_from": EFFECTIVE} | changes
    return lambda session: lifecycle.give_notice(session, "street", version, by="li", at=NOW, **terms)  # type: ignore[arg-type]


async def test_steps_are_refused_when_they_are_out_of_order_or_of_one_person(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        version = await dearer(session)
    for early in (reviewed(version), given(version), approved(version), publicised(version)):
        assert await refused(database, early) == "rate_step_refused"
    async with database.transaction() as session:
        await submitted(version)(session)
    assert await refused(database, reviewed(version, by="li")) == "two_persons_needed"
    async with database.transaction() as session:
        await reviewed(version)(session)
        await given(version)(session)
    assert await refused(database, publicised(version)) == "rate_step_refused"
    assert await refused(database, approved(version, by="li")) == "two_persons_needed"
    async with database.transaction() as session:
        await approved(version)(session)
        await publicised(version)(session)
    assert await refused(database, publicised(version)) == "rate_step_refused"
    assert await refused(database, submitted(99), NotFoundError) == "rate_version_unknown"
    async with database.transaction() as session:
        trail = await audit.trail(session, rate_table_id="street", version=version)
        digest = audit.digest_of((await version_of(session, "street", version)).table)
    assert [(row.action, row.actor) for row in trail[::-1]] == [
        ("rate.drafted", "li"),
        ("rate.submitted", "li"),
        ("rate.reviewed", "sun"),
        ("rate.noticed", "li"),
        ("rate.approved", "wang"),
        ("rate.published", "li"),
    ]
    assert {row.digest for row in trail} == {digest}


async def test_table_with_hours_without_a_price_is_not_given_to_the_review(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        by_day = replace(table().collections[0], lines=table().collections[0].lines[:1])
        kept = await draft(
            session,
            replace(table(), collections=(by_day,)),
            price_document_id="doc-1",
            prepared_by="li",
            at=NOW,
        )
    version = kept.table.version
    assert await refused(database, submitted(version), InvalidInputError) == "rate_table_unsound"
    async with database.transaction() as session:
        assert (await version_of(session, "street", version)).state == "draft"


async def test_review_withdraws_when_the_version_is_not_lawful(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        version = await dearer(session)
        await submitted(version)(session)
        found = await lifecycle.review(
            session, "street", version, by="sun", at=NOW, opinion="no free half hour", lawful=False
        )
        (last,) = await audit.trail(session, rate_table_id="street", limit=1)
    assert (found.state, last.action, last.reason) == ("withdrawn", "rate.withdrawn", "no free half hour")
    assert await refused(database, submitted(version)) == "rate_step_refused"


async def test_notice_is_refused_when_its_dates_cannot_be(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        version = await dearer(session)
        await submitted(version)(session)
        await reviewed(version)(session)
        await session.execute(text("UPDATE price_document SET valid_to = '2026-06-01+08' WHERE number = '临发改2号'"))
    cases: list[tuple[dict[str, object], str]] = [
        ({"noticed_on": date(2026, 2, 12)}, "notice_in_future"),
        ({"effective_from": EFFECTIVE - timedelta(seconds=1)}, "notice_too_short"),
        ({"effective_from": zibo("2026-06-01T00:00")}, "document_not_in_force"),
    ]
    for changes, code in cases:
        assert await refused(database, given(version, **changes), InvalidInputError) == code


async def test_draft_is_refused_when_its_legal_basis_is_not_the_registered_one(database: Database) -> None:
    await build(database)
    first = table()
    bases = {
        "document": replace(first.legal, document="临发改9号"),
        "authority": replace(first.legal, authority="市场监督管理局"),
        "form": replace(first.legal, form="government_set"),
        "valid_from": replace(first.legal, valid_from=date(2024, 1, 1)),
        "valid_to": replace(first.legal, valid_to=date(2030, 1, 1)),
    }
    for term, legal in bases.items():
        async with database.transaction() as session:
            kept = await draft(
                session, replace(first, legal=legal), price_document_id="doc-1", prepared_by="li", at=OPENING
            )
        with pytest.raises(InvalidInputError) as refusal:
            async with database.transaction() as session:
                await submitted(kept.table.version)(session)
        assert (refusal.value.code, refusal.value.fields["term"]) == ("legal_basis_differs", term)
    async with database.transaction() as session:
        kept = await draft(session, first, price_document_id=None, prepared_by="li", at=OPENING)
    assert await refused(database, submitted(kept.table.version), InvalidInputError) == "document_missing"


async def test_publication_is_refused_when_its_day_is_past_or_a_version_is_planned(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        first, second = await dearer(session), await dearer(session)
        for version in (first, second):
            await noticed(session, version)
            await approved(version)(session)
        await publicised(first)(session)
    assert await refused(database, publicised(second)) == "rate_version_planned"
    late: Step = lambda session: lifecycle.publish(  # noqa: E731 - one step of this test
        session, "street", second, by="li", at=EFFECTIVE + timedelta(seconds=1)
    )
    assert await refused(database, late, InvalidInputError) == "effective_in_past"


async def test_version_before_goes_on_when_a_planned_one_is_withdrawn(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        first = await dearer(session)
        await published(session, first)
        second = await dearer(session)
        await published(session, second, effective_from=EFFECTIVE + timedelta(days=9))
    async with database.transaction() as session:
        await withdrawn(first)(session)
    async with database.transaction() as session:
        for days, version in ((1, 1), (8, 1), (9, second)):
            found = await rate_in_force(session, ZONE, "kerb", EFFECTIVE + timedelta(days=days))
            assert found is not None
            assert found.version == version
        await withdrawn(second)(session)
        found = await rate_in_force(session, ZONE, "kerb", EFFECTIVE + timedelta(days=90))
        assert found is not None
        assert found.version == 1
        assert await assignments.standings(session, EFFECTIVE) == {
            ("street", 1): "in_force",
            ("street", first): "taken_back",
            ("street", second): "taken_back",
        }
    assert await refused(database, withdrawn(1)) == "rate_in_force_already"


async def test_street_with_a_tariff_adopts_none_and_two_persons_adopt_one(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        kept = await draft(session, table(), price_document_id="doc-1", prepared_by="li", at=OPENING)

    def adopted(by: str) -> Step:
        return lambda session: publication.adopt(
            session,
            "street",
            kept.table.version,
            effective_from=OPENING,
            approved_by=by,
            signs_seen_by="zhao",
            at=OPENING,
        )

    assert await refused(database, adopted("li")) == "two_persons_needed"
    assert await refused(database, adopted("wang")) == "rates_known_already"


async def test_all_steps_are_taken_when_a_price_is_published_within_its_document(database: Database) -> None:
    await build(database)

    def at_once(version: int, effective_from: str) -> Step:
        return lambda session: publication.publish_within_document(
            session,
            "street",
            version,
            effective_from=zibo(effective_from),
            approved_by="wang",
            at=NOW,
            refuse_unsound=refuse_unsound,
        )

    async with database.transaction() as session:
        version = await dearer(session)
    assert await refused(database, at_once(version, "2026-02-27T00:00"), InvalidInputError) == "notice_too_short"
    async with database.transaction() as session:
        await at_once(version, "2026-02-28T07:00")(session)
        found = await version_of(session, "street", version)
        trail = await audit.trail(session, rate_table_id="street", version=version)
    assert (found.state, found.noticed_on, found.reviewed_by) == ("published", NOTICED, "wang")
    assert len(trail) == 6
