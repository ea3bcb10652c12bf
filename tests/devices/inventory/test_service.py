"""Registering and binding, on the real database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.event import listen

from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import ProfileUnknownError, installed
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from tests.devices.inventory.places import add_spaces

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
EUI = "0004A30B001C0530"


class Hand:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def service(clock: Hand) -> DeviceService:
    return DeviceService(installed(), clock)


def wish(device_id: str = "d1", space_id: str | None = None, **more: object) -> NewDevice:
    return NewDevice(device_id=device_id, vendor="bosch", model="tps110", space_id=space_id, **more)  # type: ignore[arg-type]  # rows of facts


async def test_profile_fills_in_what_is_left_out_when_a_device_is_registered(
    database: Database, service: DeviceService
) -> None:
    async with database.transaction() as session:
        device = await service.register(session, wish(EUI))
    assert device.device_id == EUI.lower()
    assert (device.vendor, device.model, device.version, device.heartbeat_s) == ("Bosch", "TPS110", "0.39", 86_400)
    async with database.transaction() as session:
        assert await service.devices(session) == [(device, None)]


async def test_device_watches_its_space_when_it_is_registered_with_one(
    database: Database, service: DeviceService
) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 1)
        await service.register(session, wish("d1", "space-0"))
        ((_, binding),) = await service.devices(session)
    assert binding is not None
    assert (binding.space_id, binding.valid.start, binding.valid.end) == ("space-0", START, None)


async def test_device_moves_when_it_is_unbound_and_bound_again(
    database: Database, service: DeviceService, clock: Hand
) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 2)
        await service.register(session, wish("d1", "space-0"))
    clock.now += timedelta(hours=1)
    async with database.transaction() as session:
        with pytest.raises(ConflictError, match="d1"):
            await service.bind(session, "d1", "space-1")
    async with database.transaction() as session:
        await service.unbind(session, "d1")
        assert (await service.bind(session, "d1", "space-1")).space_id == "space-1"


async def test_device_is_gone_when_it_was_removed_and_back_when_registered_again(
    database: Database, service: DeviceService, clock: Hand
) -> None:
    async with database.transaction() as session:
        await add_spaces(session, 1)
        await service.register(session, wish("d1", "space-0"))
    clock.now += timedelta(hours=1)
    async with database.transaction() as session:
        await service.remove(session, "d1")
        assert await service.devices(session) == []
    async with database.transaction() as session:
        device = await service.register(session, wish("d1"))
        assert await service.devices(session) == [(device, None)]


async def test_only_what_is_given_changes_when_a_device_is_updated(database: Database, service: DeviceService) -> None:
    async with database.transaction() as session:
        await service.register(session, wish("d1"))
        assert (await service.update(session, "d1", heartbeat_s=60)).version == "0.39"
        device = await service.update(session, "d1", version="0.29.4")
    assert (device.version, device.heartbeat_s) == ("0.29", 60)


@pytest.mark.parametrize(
    ("asked", "error", "code"),
    [
        (wish("a b"), InvalidInputError, "device_id_invalid"),
        (wish("d1", heartbeat_s=0), InvalidInputError, "heartbeat_invalid"),
        (wish("d1", version="7"), ProfileUnknownError, "profile_unknown"),
        (wish("d1", "nowhere"), NotFoundError, "space_unknown"),
    ],
)
async def test_device_is_refused_with_a_code_when_it_cannot_be_registered(
    database: Database, service: DeviceService, asked: NewDevice, error: type[Exception], code: str
) -> None:
    async with database.transaction() as session:
        with pytest.raises(error) as caught:
            await service.register(session, asked)
    assert getattr(caught.value, "code", None) == code


async def test_nothing_can_be_done_with_a_device_when_it_is_not_registered(
    database: Database, service: DeviceService
) -> None:
    async with database.transaction() as session:
        for work in (
            service.bind(session, "d1", "s"),
            service.unbind(session, "d1"),
            service.remove(session, "d1"),
            service.update(session, "d1"),
        ):
            with pytest.raises(NotFoundError) as caught:
                await work
            assert caught.value.code == "unknown_device"


async def test_bad_rows_are_named_and_the_others_are_in_when_many_are_registered(
    database: Database, service: DeviceService
) -> None:
    wishes = [
        wish("d0", "space-0"),
        wish("d 1"),
        wish("d2", "nowhere"),
        wish("d3", version="x"),
        wish("d0", "space-1"),
        wish("d5", "space-1"),
    ]
    async with database.transaction() as session:
        await add_spaces(session, 2)
        report = await service.register_many(session, wishes)
        again = await service.register_many(session, wishes)
    codes = {(error.index, error.code) for error in report.errors}
    assert codes == {(1, "device_id_invalid"), (2, "space_unknown"), (3, "profile_unknown"), (4, "device_repeated")}
    assert (report.registered, report.bound) == (3, 2)
    assert (again.registered, again.bound) == (3, 0)
    assert {(error.index, error.code) for error in again.errors} == codes


async def test_three_thousand_devices_are_in_with_a_few_short_statements_when_a_city_is_fitted(
    database: Database, service: DeviceService
) -> None:
    async with database.transaction() as session:
        spaces = await add_spaces(session, 3_000)
    statements: list[str] = []
    listen(database.engine.sync_engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    async with database.transaction() as session:
        report = await service.register_many(session, [wish(f"d-{space}", space) for space in spaces])
    assert (report.registered, report.bound, report.errors) == (3_000, 3_000, ())
    assert 0 < len(statements) < 50
    # A statement that names each device is kept for the next one of as many, and there is none.
    assert max(map(len, statements)) < 10_000
