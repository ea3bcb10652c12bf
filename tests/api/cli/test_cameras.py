"""`parking cameras`: register, list, remove and decode; a login is printed once and a plate never unasked."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.cameras import command
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from tests.devices.inventory.places import add_spaces

pytestmark = pytest.mark.service
ANPR = "<EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>鲁C12345</licensePlate></ANPR></EventNotificationAlert>"


@pytest.fixture
def installed_city(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PARKING_DATABASE_URL", database_url)
    monkeypatch.setenv("PARKING_SECRET_KEY", "s" * 32)

    async def fill() -> None:
        database = Database(open_engine(database_url))
        async with database.transaction() as session:
            await add_spaces(session, 3)
        await database.close()

    asyncio.run(fill())
    return database_url


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=typed, catch_exceptions=False)


def refused(*arguments: str) -> str:
    with pytest.raises(ParkingError) as refusal:
        run(*arguments)
    return refusal.value.code


@pytest.mark.usefixtures("installed_city")
def test_cameras_are_listed_with_their_bays_until_they_are_removed() -> None:
    pushing = run("add", "cam-1", "--adapter", "hikvision", "--bay", "12=space-0", "--bay", "13=space-1")
    assert json.loads(pushing.stdout)["bays"] == ["cam-1:12", "cam-1:13"]
    assert "key: sp_" in pushing.stderr
    pulled = (
        "add",
        "cam-2",
        "--adapter",
        "dahua",
        "--mode",
        "pull",
        "--address",
        "http://192.0.2.7",
        "--user",
        "admin",
    )
    assert "a password" not in run(*pulled, "--bay", "1=space-2", typed="a password\n").output.replace(
        "password at", ""
    )
    assert "password: " in run("add", "cam-3", "--adapter", "ga1400", "--digest").stderr
    listed = [json.loads(line) for line in run("list").stdout.splitlines()]
    assert [(one["camera"], one["mode"], one["bays"]) for one in listed] == [
        ("cam-1", "push", ["cam-1:12", "cam-1:13"]),
        ("cam-2", "pull", ["cam-2:1"]),
        ("cam-3", "push", []),
    ]
    again = run("add", "cam-1", "--adapter", "hikvision", "--bay", "12=space-0", "--zone", "Asia/Shanghai")
    assert (json.loads(again.stdout)["zone"], again.stderr) == ("Asia/Shanghai", "")
    assert json.loads(run("list").stdout.splitlines()[0])["bays"] == ["cam-1:12", "cam-1:13"]
    assert run("remove", "cam-1").exit_code == 0
    assert [json.loads(line)["camera"] for line in run("list", "--mode", "push").stdout.splitlines()] == ["cam-3"]


@pytest.mark.usefixtures("installed_city")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "c:1", "--adapter", "hikvision"), "camera_id_invalid"),
        (("add", "c", "--adapter", "nobody"), "camera_adapter_unknown"),
        (("add", "c", "--adapter", "dahua", "--mode", "pull", "--address", "ftp://x"), "address_invalid"),
        (("add", "c", "--adapter", "dahua", "--mode", "pull", "--address", "http://u:p@x"), "address_invalid"),
        (("add", "c", "--adapter", "ga1400", "--mode", "pull", "--address", "http://x"), "mode_invalid"),
        (("add", "c", "--adapter", "dahua", "--zone", "Mars/Olympus"), "zone_invalid"),
        (("add", "c", "--adapter", "dahua", "--bay", "12"), "bay_invalid"),
        (("add", "c", "--adapter", "dahua", "--bay", "12=nowhere"), "space_unknown"),
        (("remove", "c"), "camera_unknown"),
        (("test", "c"), "camera_unknown"),
    ],
)
def test_refusal_has_its_code_when_a_camera_cannot_be(arguments: tuple[str, ...], code: str) -> None:
    assert refused(*arguments) == code


def test_plate_is_masked_unless_it_is_asked_for_when_a_message_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "alert.xml"
    file.write_text(ANPR, encoding="utf-8")
    assert json.loads(run("decode", "hikvision", str(file)).stdout)["plate"] == "鲁C1***5"
    assert json.loads(run("decode", "hikvision", str(file), "--plates").stdout)["plate"] == "鲁C12345"
    assert refused("decode", "dahua", str(file)) == "envelope_invalid"
