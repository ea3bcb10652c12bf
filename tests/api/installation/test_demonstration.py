"""What the demonstration city is given before its first start: lawful prices, a past, and keys; nothing of it twice."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest
from sqlalchemy import text

import pricing.rates
from api.cli.demo import announcement
from api.embedded.postgres import PostgresServer
from api.installation.demonstration import LOGINS, make_demonstration
from api.installation.demonstration_failures import Row, day_begins, rows_of_day, told, write_rows
from api.installation.demonstration_prices import APPROVER, PREPARER
from api.installation.demonstration_record import Demonstration, is_complete, read_demonstration
from api.installation.demonstration_review import review_past
from api.installation.demonstration_stays import WEEKS
from api.installation.demonstration_turnout import turnout_then
from api.settings import Settings
from devices.inventory.retrofitting import follow
from devices.simulation.failures import COURSES, DAY
from devices.simulation.fleet import UNWATCHED
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError
from parking.domain.time_span import TimeSpan
from parking.places.repository import load_catalogue
from parking.retrofit import service as retrofit
from pricing.arrivals.scheduled import payments_told
from pricing.paid import service as paid
from pricing.paid.repository import correction
from pricing.proposals import repository as proposals
from pricing.proposals.service import propose_when_due
from pricing.proposals.watch import check_due
from pricing.rates import repository
from pricing.rates.limit_store import limits_of
from pricing.rates.policy_file import read_policy
from pricing.rates.price_limits import refuse_beyond
from pricing.rates.service import rate_in_force
from pricing.simulation.service import simulate_draft

pytestmark = pytest.mark.service
SEED = 3
STAYS = text("SELECT count(*), count(plate_token), count(*) FILTER (WHERE state = 'ended'), max(ended_at) FROM session")
OVERLAPS = text(
    "SELECT count(*) FROM (SELECT started_at < lag(ended_at) OVER (PARTITION BY plate_token ORDER BY started_at) AS twice"
    " FROM session WHERE plate_token IS NOT NULL) AS pairs WHERE twice"
)
COUNTS = text("SELECT count(*), min(hour), max(hour), sum(occupied_s)::float / sum(known_s) FROM occupancy_hour")


@dataclass(frozen=True)
class Made:
    """A demonstration after its first making."""

    place: str
    """The name of its database, or the address."""
    folder: Path
    kept: Demonstration


@pytest.fixture(scope="module")
def template(
    postgres_server: PostgresServer,
    postgres_template: str,
    copied_database: Callable[[str], AbstractContextManager[str]],
    servers_loop: asyncio.AbstractEventLoop,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Made]:
    """Made once for all tests of this file: it takes seconds of computing."""
    folder = tmp_path_factory.mktemp("demonstration")
    began = time.monotonic()
    with copied_database(postgres_template) as name:
        making = make_demonstration(postgres_server.address_of(name), folder, None, seed=SEED)
        kept = servers_loop.run_until_complete(making)
        print(f"prepared in {time.monotonic() - began:.1f} s")
        assert kept is not None
        yield Made(name, folder, kept)


@pytest.fixture
def made(
    template: Made,
    postgres_server: PostgresServer,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path: Path,
) -> Iterator[Made]:
    """A copy that the test may change, with its address and its folder."""
    folder = tmp_path / "demonstration"
    shutil.copytree(template.folder, folder)
    with copied_database(template.place) as name:
        yield Made(postgres_server.address_of(name), folder, template.kept)


@pytest.fixture
async def made_database(made: Made) -> AsyncIterator[Database]:
    opened = Database(open_engine(made.place))
    yield opened
    await opened.close()


async def test_city_has_prices_and_twelve_weeks_when_it_is_prepared_and_nothing_twice_when_again(
    made: Made, made_database: Database
) -> None:
    async with made_database.transaction() as session:
        first = (await session.execute(COUNTS)).one()
    kept = await make_demonstration(made.place, made.folder, made.kept, seed=SEED)
    async with made_database.transaction() as session:
        assert (await session.execute(COUNTS)).one() == first
        versions = await repository.versions(session)
        adopted = [version for version in versions if version.table.version == 1]
        assert [version.state for version in adopted] == ["published"] * 4
        assert {version.state for version in versions} == {"published"}
        assert {(version.prepared_by, version.approved_by) for version in versions} == {(PREPARER, APPROVER)}
        people = {row.name: row for row in await session.execute(text("SELECT name, role, district_id FROM account"))}
        modules = {row.name: row.config for row in await session.execute(text("SELECT name, config FROM city_module"))}
    assert kept is not None
    assert kept.logins.keys() == people.keys() == LOGINS.keys()
    assert (people["attendant"].role, people["attendant"].district_id) == ("attendant", "370303")
    assert set(kept.keys) == {"sensor", "integrator", "operator", "terminal"}
    assert modules["street_cleaning"] == {"notice_minutes": 2}
    rows, earliest, latest, share = first
    sensed = [place async for place in _places(made_database) if place[0] not in UNWATCHED]
    assert rows == len(sensed) * 12 * 7 * 24
    assert latest - earliest == timedelta(weeks=12, hours=-1)
    assert 0.4 < share < 0.8


async def test_prices_were_reviewed_twice_and_are_judged_when_the_city_is_prepared(made_database: Database) -> None:
    """Drivers of the past minded prices, and the monitor, which cannot read by how much, finds that they did."""
    async with made_database.transaction() as session:
        catalogue = await load_catalogue(session)
    async with made_database.transaction() as session:
        reviewed = await proposals.page(session, state=None, after=None, limit=9, district_id=None)
        if not reviewed:
            # Its notice is counted in working days, which nobody knows of a year that is not announced.
            with pytest.raises(InvalidInputError) as refusal:
                await review_past(session, at=utc_now())
            assert refusal.value.code == "calendar_unannounced"
            return
        checks = await check_due(session, at=utc_now())
        next_one = await propose_when_due(session, at=utc_now())
        turnout = await turnout_then(session, catalogue, utc_now())
    assert [(one.state, one.prepared_by, one.approved_by) for one in reviewed] == [
        ("published", PREPARER, APPROVER)
    ] * 2
    # The newest proposal stands first, the oldest one is judged first; one change tells nothing, the second one does.
    assert [check.proposal_id for check in checks] == [one.proposal_id for one in reversed(reviewed)]
    assert [check.verdict for check in checks] == ["too_early", "as_expected"]
    assert all(cell.occupancy_after is not None for check in checks for cell in check.cells)
    found = checks[-1].judgement
    assert found.response_high is not None
    assert found.response_high < 0
    moved = {(cell.zone_id, cell.kind) for one in reviewed for cell in one.cells if cell.moves}
    assert turnout.keys() <= moved
    assert any(min(hours) < 1 for hours in turnout.values())
    assert next_one is not None
    assert any(cell.moves for cell in next_one.cells)
    assert not UNWATCHED & {cell.zone_id for cell in next_one.cells}


async def test_street_without_sensors_is_told_of_by_what_drivers_paid_and_a_person_counted(
    made_database: Database,
) -> None:
    await payments_told(made_database, utc_now, movement_kept=timedelta(days=180))
    async with made_database.transaction() as session:
        learnt = await correction(session)
        known = await paid.estimated(session, [("ZD-10", "kerb")], utc_now() - timedelta(weeks=26))
    assert learnt is not None
    assert (learnt.hours, [(one.zone_id, one.kind) for one in learnt.places]) == (30, [("ZD-10", "kerb")])
    assert (known.why_not, len(known.hours)) == ({}, 12 * 7 * 24)
    assert (learnt.mean_absolute_error or 1.0) < 0.1 < (learnt.paid_error or 0.0)
    # A third does not pay, and the street is fuller than payments say by as much.
    assert sum(hour.share for hour, _ in known.hours) < 0.75 * sum(share for _, share in known.hours)


async def test_day_names_registered_devices_for_every_failure_when_it_is_told_before(
    made: Made, made_database: Database
) -> None:
    rows = await rows_of_day(made.place, seed=SEED, start=1_790_000_000.0)
    async with made_database.transaction() as session:
        devices = {row.device_id: row for row in await session.execute(text("SELECT * FROM device"))}
    assert {row.failure for row in rows} == set(COURSES)
    assert all(f"{devices[row.device].vendor}/{devices[row.device].model}" == row.profile for row in rows)
    write_rows(made.folder, rows)
    assert msgspec.json.decode((made.folder / "failures.json").read_bytes(), type=list[Row]) == rows
    assert all(
        any(course.zh in line and course.en in line for line in told(rows, made.folder)) for course in COURSES.values()
    )
    assert (day_begins(None, 5.0), day_begins(5.0, 5.0 + DAY), day_begins(5.0, 6.0 + DAY)) == (5.0, 5.0, 6.0 + DAY)


async def test_every_price_keeps_within_its_document_when_the_city_is_prepared(made_database: Database) -> None:
    now = utc_now()
    async with made_database.transaction() as session:
        limits = await limits_of(session, ["PD-CITY", "PD-LINZI", "PD-MARKET"])
        for version in await repository.versions(session):
            refuse_beyond(version.table, version.table.legal.form, limits.get(version.price_document_id or "", ()))
        unpriced = [
            place async for place in _places(made_database) if await rate_in_force(session, *place, now) is None
        ]
        linzi = await rate_in_force(session, "LZ-01", "kerb", now - timedelta(weeks=7))
    assert {zone_id for zone_id, _ in unpriced} == {"WC-01"}
    assert linzi is not None
    ((collection, percent),) = linzi.collections_for("I", "kerb", "small")
    assert (percent, [line.unit_price for line in collection.lines]) == (100, [150, 400])


async def test_retrofit_is_under_way_and_stays_as_it_is_when_the_city_is_fresh(made_database: Database) -> None:
    now = utc_now()
    async with made_database.transaction() as session:
        before = await retrofit.standing(session, now)
        await follow(session, now)
        standing = await retrofit.standing(session, now)
        weeks = await retrofit.weeks(session, now)
    assert standing == before, "every space that counts has an accepted device"
    assert all(0.85 < (one.share or 0) < 1 for one in standing if one.spaces > 100)
    assert all(one.due < one.planned for one in standing if one.planned > 20)
    counted = [(one.district_id, one.done_in_all) for one in weeks if one.done_in_all is not None]
    assert counted == sorted(counted), "nothing was lost from week to week"
    assert len({count for _, count in counted}) > len(standing)


async def test_draft_is_simulated_on_the_history_when_the_city_is_fresh(made_database: Database) -> None:
    linzi = read_policy(Path(pricing.rates.__file__).parent / "policies" / "linzi.toml")
    now = utc_now()
    async with made_database.transaction() as session:
        count, known, ended, last = (await session.execute(STAYS)).one()
        assert await session.scalar(OVERLAPS) == 0
        began = time.monotonic()
        result = await simulate_draft(
            session, replace(linzi, version=99), None, TimeSpan(now - timedelta(weeks=WEEKS), now)
        )
        print(f"{result.total.stays} of {count} stays simulated in {time.monotonic() - began:.1f} s")
    assert count == ended > 50_000
    assert 0.75 < known / count < 0.85
    assert last < now
    assert result.total.stays > 1_000
    assert result.total.free_after < result.total.stays
    assert {share.key for share in result.shares["person"]} == {"visitor", "resident", "unknown"}


async def test_interrupted_making_is_finished_when_started_again(made: Made) -> None:
    assert await is_complete(made.place, made.kept)
    begun = read_demonstration(made.folder)
    assert begun is not None
    assert begun.keys == {}
    assert not await is_complete(made.place, begun)
    finished = await make_demonstration(made.place, made.folder, begun, seed=99)
    assert finished is not None
    assert finished.seed == SEED
    assert await is_complete(made.place, finished)


async def test_missing_keys_are_made_anew_when_one_was_revoked(made: Made) -> None:
    connection = await asyncpg.connect(made.place)
    await connection.execute("UPDATE api_key SET revoked_at = now() WHERE role = 'operator'")
    await connection.close()
    assert not await is_complete(made.place, made.kept)
    renewed = await make_demonstration(made.place, made.folder, made.kept, seed=SEED)
    assert renewed is not None
    assert renewed.keys["sensor"] == made.kept.keys["sensor"]
    assert renewed.keys["operator"] != made.kept.keys["operator"]


async def test_nothing_is_made_when_the_inventory_is_somebody_elses(made: Made, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert await make_demonstration(made.place, elsewhere, None, seed=SEED) is None
    lines = announcement(Settings.from_environment({}), elsewhere, None)
    assert any("no sensors are simulated" in line for line in lines)


async def _places(database: Database) -> AsyncIterator[tuple[str, str]]:
    async with database.transaction() as session:
        for row in await session.execute(text("SELECT DISTINCT zone_id, kind FROM space ORDER BY 1, 2")):
            yield row.zone_id, row.kind
