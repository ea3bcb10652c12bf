"""Freezes hold what is planned, reverts bring the version before back, and two persons stand behind both in the end."""

from datetime import timedelta

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, NotFoundError
from pricing.rates import assignments, audit, holds, reverts, signs
from pricing.rates.service import rate_in_force
from tests.pricing.rates.priced_street import EFFECTIVE, SEGMENTS, ZONE, build, dearer, published, rate_at, zibo

pytestmark = pytest.mark.service
FROZEN = zibo("2026-02-20T09:00")
DAY = timedelta(days=1)


async def planned(database: Database) -> int:
    """A second version, planned for 28 February, with its first sign up early."""
    await build(database)
    async with database.transaction() as session:
        version = await dearer(session)
        await published(session, version)
        first = (await signs.waiting_tasks(session, zibo("2026-02-19T09:00")))[0]
        await signs.confirm(session, first.task_id, by="zhao", at=zibo("2026-02-19T09:00"))
        return version


async def version_at(database: Database, days: int, segment: str | None = None) -> int | str:
    instant = EFFECTIVE + days * DAY
    async with database.transaction() as session:
        if segment is None:
            table = await rate_in_force(session, ZONE, "kerb", instant)
            assert table is not None
            return table.version
        found = await rate_at(session, segment, instant)
        return found if isinstance(found, str) else found.table.version


async def test_planned_version_is_held_by_a_freeze_and_planned_again_when_it_is_lifted_in_time(
    database: Database,
) -> None:
    version = await planned(database)
    async with database.transaction() as session:
        freeze = await holds.freeze(session, None, by="wang", at=FROZEN, reason="投诉")
    assert await version_at(database, 30) == 1
    with pytest.raises(ConflictError) as refusal:
        async with database.transaction() as session:
            await published(session, await dearer(session))
    assert refusal.value.code == "rates_frozen"
    async with database.transaction() as session:
        assert (await assignments.standings(session, FROZEN))["street", version] == "held"
        await holds.unfreeze(session, freeze, by="wang", at=FROZEN + DAY, reason="查清")
    assert (await version_at(database, -1), await version_at(database, 0)) == (1, version)
    assert [await version_at(database, 0, segment) for segment in SEGMENTS[:2]] == [version, 1]
    async with database.transaction() as session:
        assert await holds.freezes(session) == []
        lifted, frozen = (await audit.trail(session, limit=2))[:2]
        with pytest.raises(ConflictError, match="lifted"):
            await holds.unfreeze(session, freeze, by="wang", at=FROZEN + DAY, reason="-")
        with pytest.raises(NotFoundError):
            await holds.unfreeze(session, 99, by="wang", at=FROZEN + DAY, reason="-")
    assert (frozen.action, frozen.details["held"]) == ("rates.frozen", [f"street {version}"])
    assert (lifted.action, lifted.details["planned_again"]) == ("rates.unfrozen", [f"street {version}"])


async def test_planned_version_lapses_when_its_day_passes_under_a_freeze(database: Database) -> None:
    version = await planned(database)
    async with database.transaction() as session:
        elsewhere = await holds.freeze(session, ("Z9",), by="wang", at=FROZEN, reason="-")
    assert await version_at(database, 0) == version
    async with database.transaction() as session:
        await holds.unfreeze(session, elsewhere, by="wang", at=FROZEN, reason="-")
        freeze = await holds.freeze(session, (ZONE,), by="wang", at=FROZEN, reason="投诉")
        await holds.unfreeze(session, freeze, by="wang", at=EFFECTIVE, reason="查清")
    assert await version_at(database, 30) == 1


async def test_prices_before_are_back_at_once_when_a_version_is_reverted_with_its_signs_covered(
    database: Database,
) -> None:
    version = await planned(database)
    async with database.transaction() as session:
        await signs.confirm_version(session, "street", version, by="zhao", at=EFFECTIVE)
        now = EFFECTIVE + 2 * DAY
        revert = await reverts.revert(session, "street", version, by="wang", at=now, reason="误收", await_signs=False)
    assert [await version_at(database, days, SEGMENTS[0]) for days in (1, 2)] == [version, 1]
    for by, code in (("wang", "two_persons_needed"), ("li", None), ("sun", "revert_confirmed")):
        async with database.transaction() as session:
            if code is None:
                await reverts.confirm(session, revert, by=by, at=now + DAY)
                continue
            with pytest.raises(ConflictError) as refusal:
                await reverts.confirm(session, revert, by=by, at=now + DAY)
            assert refusal.value.code == code
    async with database.transaction() as session:
        assert await holds.unconfirmed_reverts(session) == []
        assert (await assignments.standings(session, now))["street", version] == "superseded"


async def test_nothing_new_is_published_while_a_revert_waits_for_the_second_person(database: Database) -> None:
    version = await planned(database)
    now = EFFECTIVE + 2 * DAY
    async with database.transaction() as session:
        revert = await reverts.revert(session, "street", version, by="wang", at=now, reason="-", await_signs=False)
        for at, held in ((now - DAY, False), (now, True)):
            if not held:
                await holds.refuse_held(session, {ZONE}, at)
                continue
            with pytest.raises(ConflictError) as refusal:
                await holds.refuse_held(session, {ZONE}, at)
            assert refusal.value.code == "revert_unconfirmed"
        await holds.refuse_held(session, {"Z9"}, now)
        await reverts.confirm(session, revert, by="li", at=now)
        await holds.refuse_held(session, {ZONE}, now)


async def test_version_goes_on_until_the_old_sign_is_back_when_a_revert_awaits_signs(database: Database) -> None:
    version = await planned(database)
    now = EFFECTIVE + 2 * DAY
    async with database.transaction() as session:
        await reverts.revert(session, "street", version, by="wang", second="li", at=now, reason="-", await_signs=True)
        (task,) = await signs.waiting_tasks(session, now)
        assert (task.place_id, task.version) == (SEGMENTS[0], 1)
    # Only the first segment ever had the new sign; the others never left the prices before.
    assert [await version_at(database, 3, segment) for segment in SEGMENTS[:2]] == [version, 1]
    async with database.transaction() as session:
        await signs.confirm(session, task.task_id, by="zhao", at=EFFECTIVE + 4 * DAY)
    assert await version_at(database, 4, SEGMENTS[0]) == 1
    async with database.transaction() as session:
        with pytest.raises(ConflictError) as refusal:
            await reverts.revert(session, "street", 1, by="wang", at=now - DAY, reason="-", await_signs=False)
    assert refusal.value.code == "rate_not_in_force"


async def test_revert_is_refused_when_nothing_was_there_before(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        for second, code in (("wang", "two_persons_needed"), ("li", "nothing_to_revert_to")):
            with pytest.raises(ConflictError) as refusal:
                await reverts.revert(
                    session, "street", 1, by="wang", second=second, at=FROZEN, reason="-", await_signs=False
                )
            assert refusal.value.code == code
