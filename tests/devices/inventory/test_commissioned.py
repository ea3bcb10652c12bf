"""Devices that are registered to be tested first: wire ids, sealed keys, bindings of the past, and the steps of a life."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from devices.inventory import repository
from devices.inventory.sealing import DeviceSafe, SecretUnreadableError
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, UnavailableError
from tests.devices.inventory.places import add_spaces
from tests.devices.inventory.test_service import START, Hand

pytestmark = pytest.mark.service
KEY = "00112233445566778899aabbccddeeff"
IMEI = "000000000000017"
SAFE = DeviceSafe("a secret of this installation alone")


def service(clock: Hand) -> DeviceService:
    return DeviceService(installed(), clock, by="account:li.wei", safe=SAFE)


def wish(device_id: str, space_id: str | None = None, **more: object) -> NewDevice:
    return NewDevice(device_id=device_id, vendor="Generic", model="JSON", space_id=space_id, **more)  # type: ignore[arg-type]  # rows of facts


async def test_life_is_written_down_when_a_device_goes_through_it(database: Database) -> None:
    clock = Hand()
    devices = service(clock)
    async with database.transaction() as session:
        await add_spaces(session, 1)
        assert (await devices.register(session, wish("d1"), to_commission=True)).stage == "registered"
        await devices.bind(session, "d1", "space-0")
        assert (await devices.known(session, "d1")).stage == "installed"
        # What is registered again keeps its stage.
        assert (await devices.register(session, wish("d1", serial="S7"))).stage == "installed"
        clock.now += timedelta(hours=1)
        await devices.unbind(session, "d1", reason="the wrong kerb")
        await devices.remove(session, "d1")
        steps = await repository.steps(session, "d1")
    assert [(step.deed, step.stage) for step in steps] == [
        ("register", "registered"),
        ("install", "installed"),
        ("update", "installed"),
        ("uninstall", "registered"),
        ("remove", "removed"),
    ]
    assert {step.actor for step in steps} == {"account:li.wei"}
    assert (steps[3].reason, steps[3].details) == ("the wrong kerb", {"space": "space-0"})
    async with database.transaction() as session:
        with pytest.raises(Exception, match="append"):
            await session.execute(text("DELETE FROM device_step"))


async def test_wire_id_belongs_to_one_device_when_two_ask_for_it(database: Database) -> None:
    devices = service(Hand())
    async with database.transaction() as session:
        await devices.register(session, wish("d1", wire_id=IMEI))
        assert (await devices.register(session, wish("d1"))).wire_id == IMEI
        report = await devices.register_many(
            session, [wish("d2", wire_id=IMEI), wish("d3", wire_id="d1"), wish(IMEI), wish("d4", wire_id="d4")]
        )
        assert {(error.index, error.code) for error in report.errors} == {(n, "wire_id_taken") for n in (0, 1, 2)}
        assert all(IMEI not in error.detail for error in report.errors)
        assert report.device_ids == ("d4",)
        await devices.remove(session, "d1")
        assert (await devices.register(session, wish("d2", wire_id=IMEI))).wire_id == IMEI


async def test_keys_are_sealed_when_a_device_comes_with_them(database: Database) -> None:
    devices = service(Hand())
    async with database.transaction() as session:
        await devices.register(session, wish("d1", secrets={"app_key": KEY}))
        ((device_id, name, key_id, sealed),) = await repository.secrets(session, ["d1"])
        assert KEY.encode() not in sealed
        assert SAFE.open(device_id, name, key_id, sealed) == KEY
        with pytest.raises(SecretUnreadableError):
            SAFE.open("d2", name, key_id, sealed)
        with pytest.raises(SecretUnreadableError):
            DeviceSafe("another secret, of another installation").open(device_id, name, key_id, sealed)
        for code, refused, safe in (
            ("secret_missing", {"app_key": KEY}, DeviceSafe(None)),
            ("device_secret_invalid", {"app_key": "x"}, SAFE),
            ("device_secret_invalid", {"pin": KEY}, SAFE),
        ):
            other = DeviceService(installed(), Hand(), safe=safe)
            with pytest.raises((UnavailableError, InvalidInputError)) as caught:
                await other.register(session, wish("d2", secrets=refused))
            assert caught.value.code == code
            assert KEY not in caught.value.detail


async def test_binding_is_dated_back_when_the_device_was_up_before(database: Database) -> None:
    devices = service(Hand())
    async with database.transaction() as session:
        await add_spaces(session, 1)
        for name in ("d1", "d2"):
            await devices.register(session, wish(name), to_commission=True)
        binding = await devices.bind(session, "d1", "space-0", since=START - timedelta(hours=5))
        assert binding.valid.start == START - timedelta(hours=5)
        # Several devices may watch one space.
        assert (await devices.bind(session, "d2", "space-0")).valid.start == START
        for since, code in ((timedelta(hours=25), "binding_too_old"), (-timedelta(hours=1), "binding_in_future")):
            with pytest.raises(InvalidInputError) as refused:
                await devices.bind(session, "d2", "space-0", since=START - since)
            assert refused.value.code == code
        with pytest.raises(ConflictError) as taken:
            await devices.bind(session, "d1", "space-0", since=START - timedelta(hours=6))
        assert taken.value.code == "device_already_bound"
        (_, step) = await repository.steps(session, "d1")
        assert step.details == {"space": "space-0", "since": (START - timedelta(hours=5)).isoformat()}
