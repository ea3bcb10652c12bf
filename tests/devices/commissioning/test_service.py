"""Devices are tested against the truth, accepted by a person, replaced; on the real database."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from devices.adapters.generic_json.messages import Reading
from devices.commissioning import repository
from devices.commissioning.model import Limits, Look
from devices.commissioning.service import CommissioningService
from devices.ingest.service import IngestService
from devices.inventory import repository as inventory
from devices.inventory.directory import DeviceDirectory
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from parking.raw import unknown
from parking.raw.model import Outcome, RawMessage, RawRef
from parking.retrofit.repository import counts
from tests.devices.commissioning.history import Word, tell
from tests.devices.ingest.streams import Keyring, MemoryStream
from tests.devices.inventory.places import add_spaces
from tests.devices.inventory.test_service import START, Hand

pytestmark = pytest.mark.service
MINUTE: Final = timedelta(minutes=1)
PERSON: Final = "account:li.wei"
EUI: Final = "02000000000000b1"
QUICK: Final = Limits(shortest_h=1, fewest_changes=2)

_FAULT: Final = text(
    "INSERT INTO device_fault (fault_id, device_id, fault, since, opened_at, distrusted, detail_zh, detail_en)"
    " VALUES ('f1', 'old', 'stuck', :at, :at, true, '-', '-')"
)


class Yard:
    """A registry, its commissioning, and a clock that the test moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Hand()
        self.devices = DeviceService(installed(), self.clock, by=PERSON)
        self.tests = CommissioningService(self.devices, self.clock, by=PERSON)

    async def add(self, session: AsyncSession, name: str, space: str | None = None, *, tested: bool = False) -> None:
        wish = NewDevice(device_id=name, vendor="Generic", model="JSON", space_id=space)
        await self.devices.register(session, wish, to_commission=not tested)

    async def retrofitted(self, session: AsyncSession) -> int:
        return (await counts(session, self.clock.now))["district-1"][1]


@pytest.fixture
async def yard(database: Database) -> Yard:
    made = Yard(database)
    async with database.transaction() as session:
        await add_spaces(session, 2)
        await made.tests.set_limits(session, QUICK)
    return made


def seen(minute: float, *, occupied: bool, watched: bool = False) -> Look:
    return Look(at=START + minute * MINUTE, occupied=occupied, watched=watched)


async def test_device_counts_when_a_person_has_seen_that_it_is_right(yard: Yard) -> None:
    async with yard.database.transaction() as session:
        await yard.add(session, "new", "space-0")
        test = await yard.tests.start(session, "new")
        assert (test.reference, test.limits, test.space_id) == ("person", QUICK, "space-0")
        told: list[Word] = [
            (START - MINUTE, "restate", "free"),
            (START + 10 * MINUTE, "change", "occupied"),
            (START + 30 * MINUTE, "change", "free"),
        ]
        await tell(session, "new", "space-0", told)
        yard.clock.now += timedelta(hours=2)
        looks = [
            seen(1, occupied=False),
            seen(10, occupied=True, watched=True),
            seen(30, occupied=False, watched=True),
            seen(30, occupied=True),
            seen(-5, occupied=True),
            seen(999, occupied=True),
            seen(30, occupied=False, watched=True),
        ]
        refused = await yard.tests.look(session, test.test_id, looks)
        assert [(error.index, error.code) for error in refused] == [
            (3, "look_contradicted"),
            (4, "look_before_test"),
            (5, "look_in_future"),
        ]
        _, findings = await yard.tests.findings(session, test.test_id)
        assert (findings.changes, findings.missed, findings.right, findings.trials) == (2, 0, 3, 3)
        assert (findings.readings, findings.latency_p95_s, findings.battery_v) == (2, 5, 3.6)
        assert findings.unmet == ()
        assert await yard.retrofitted(session) == 0
        ended, kept = await yard.tests.decide(session, test.test_id, "passed", reason="as seen for a day")
        assert (ended.verdict, ended.ended_by, kept) == ("passed", PERSON, findings)
        assert await yard.retrofitted(session) == 1
        assert await yard.tests.findings(session, test.test_id) == (ended, findings)
        with pytest.raises(ConflictError) as over:
            await yard.tests.look(session, test.test_id, [])
        assert over.value.code == "test_ended"
        steps = await inventory.steps(session, "new")
    assert [(step.deed, step.stage) for step in steps] == [
        ("register", "installed"),
        ("test", "testing"),
        ("pass", "accepted"),
    ]
    assert (steps[2].reason, steps[2].details["unmet"]) == ("as seen for a day", [])
    directory = DeviceDirectory(yard.database)
    await directory.refresh()
    assert directory.entries["new"].trusted


async def test_accepted_device_on_the_space_is_the_truth_when_no_person_looks(yard: Yard) -> None:
    async with yard.database.transaction() as session:
        await yard.add(session, "camera", "space-0", tested=True)
        await yard.add(session, "elsewhere", "space-1", tested=True)
        await yard.add(session, "new", "space-0")
        for unfit in ("elsewhere", "new"):
            with pytest.raises(ConflictError) as refused:
                await yard.tests.start(session, "new", reference_device_id=unfit)
            assert refused.value.code == "reference_unfit"
        test = await yard.tests.start(session, "new", reference_device_id="camera")
        truth: list[Word] = [(START + n * 5 * MINUTE, "change", "occupied" if n % 2 else "free") for n in range(1, 11)]
        await tell(session, "camera", "space-0", truth)
        await tell(session, "new", "space-0", truth[:4])
        yard.clock.now += timedelta(hours=2)
        with pytest.raises(ConflictError) as no_looks:
            await yard.tests.look(session, test.test_id, [seen(1, occupied=True)])
        assert no_looks.value.code == "reference_unfit"
        _, findings = await yard.tests.findings(session, test.test_id)
        assert (findings.changes, findings.missed, findings.false_changes) == (9, 6, 0)
        for step in (yard.tests.accept(session, "new", reason="no"), yard.devices.unbind(session, "new")):
            with pytest.raises(ConflictError):
                await step
        with pytest.raises(ConflictError) as unmet:
            await yard.tests.decide(session, test.test_id, "passed", reason="it will do")
        assert (unmet.value.code, "least_accuracy" in unmet.value.detail) == ("limits_not_met", True)
        ended, _ = await yard.tests.decide(session, test.test_id, "failed", reason="it sleeps")
        assert (ended.verdict, (await yard.devices.known(session, "new")).stage) == ("failed", "installed")
        again = await yard.tests.start(session, "new")
        passed, _ = await yard.tests.decide(session, again.test_id, "passed", reason="known to work", despite=True)
        assert passed.verdict == "passed"
        listed = await repository.listed(
            session, district_id="district-1", device_id="new", is_open=False, after=None, limit=9
        )
        assert [one.test_id for one in listed] == [again.test_id, test.test_id]


async def test_device_that_is_tested_is_heard_and_not_believed(yard: Yard) -> None:
    async with yard.database.transaction() as session:
        await yard.add(session, "new", "space-0")
        await yard.tests.start(session, "new")
    directory = DeviceDirectory(yard.database)
    await directory.refresh()
    reading = Reading(device="new", observed_at=START, status="occupied")
    parcel = IngestService(directory, MemoryStream(), yard.clock).examine([reading], Keyring("new"))
    (observation,) = parcel.observations
    assert (observation.space_id, observation.status, observation.trusted) == ("space-0", "occupied", False)


async def test_one_device_takes_the_place_of_another_when_it_is_replaced(yard: Yard) -> None:
    async with yard.database.transaction() as session:
        await yard.add(session, "old", "space-0", tested=True)
        await yard.add(session, "new")
        await yard.add(session, "bound", "space-1")
        yard.clock.now += timedelta(days=30)
        for pair, code in (
            (("old", "old"), "device_repeated"),
            (("old", "bound"), "device_already_bound"),
            (("new", "bound"), "device_not_bound"),
            (("old", "nobody"), "unknown_device"),
        ):
            async with session.begin_nested() as attempt:
                with pytest.raises(ParkingError) as refused:
                    await yard.tests.replace(session, *pair, reason="broken")
                assert refused.value.code == code
                await attempt.rollback()
        await session.execute(_FAULT, {"at": START})
        done = await yard.tests.replace(session, "old", "new", reason="broken cover", accept=True)
        assert await session.scalar(text("SELECT closed_at FROM device_fault")) == yard.clock.now
        assert (done.old.stage, done.new.stage, done.binding.space_id) == ("replaced", "accepted", "space-0")
        (before, after) = (
            await session.execute(
                text("SELECT device_id, valid FROM device_binding WHERE space_id = 'space-0' ORDER BY valid")
            )
        ).all()
        assert (before.device_id, after.device_id) == ("old", "new")
        assert before.valid.upper == after.valid.lower == yard.clock.now
        steps = [*await inventory.steps(session, "old"), *await inventory.steps(session, "new")]
        assert [(step.deed, step.reason, step.details.get("by"), step.details.get("of")) for step in steps[1:]] == [
            ("replace", "broken cover", "new", None),
            ("register", None, None, None),
            ("install", "broken cover", None, "old"),
            ("accept", "broken cover", None, None),
        ]
        with pytest.raises(ConflictError):
            await yard.devices.bind(session, "old", "space-1")
        await yard.tests.withdraw(session, "new", reason="a doubt")
        assert (await yard.devices.known(session, "new")).stage == "installed"


async def test_unknown_device_is_confirmed_from_its_first_word_or_rejected(yard: Yard) -> None:
    heard = unknown.Sightings()
    for number, name in enumerate((EUI, "stranger")):
        said = to_micros(START - timedelta(hours=3))
        outcome = Outcome("unknown_device", name)
        message = RawMessage(said, "http", "chirpstack-v4", "up", "key", b"{}", [outcome])
        heard.add(RawRef(said, 1, number, 0), message)
    async with yard.database.transaction() as session:
        await heard.write(session)
        wish = NewDevice(device_id="ZD-7", vendor="PNI", model="PlacePod", wire_id=EUI)
        with pytest.raises(NotFoundError) as nobody:
            await yard.tests.confirm(session, replace(wish, wire_id="nobody"))
        assert nobody.value.code == "unknown_device_not_held"
        device = await yard.tests.confirm(session, wish, space_id="space-0", to_commission=True)
        assert (device.device_id, device.wire_id, device.stage) == ("ZD-7", EUI, "installed")
        ((_, binding),) = await yard.devices.devices(session)
        assert binding is not None
        assert binding.valid.start == START - timedelta(hours=3)
        await yard.tests.reject(session, "stranger")
        assert await unknown.unknown_devices(session) == []
        with pytest.raises(InvalidInputError):
            await yard.tests.set_limits(session, Limits(least_accuracy=2))
