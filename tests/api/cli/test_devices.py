"""`parking devices` against the real database."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.devices import command
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import ParkingError
from tests.devices.inventory.places import add_spaces


@pytest.fixture
def installed_city(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PARKING_DATABASE_URL", database_url)

    async def fill() -> None:
        database = Database(open_engine(database_url))
        async with database.transaction() as session:
            await add_spaces(session, 3)
        await database.close()

    asyncio.run(fill())
    return database_url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def listed() -> list[dict[str, object]]:
    return [json.loads(line) for line in run("list").stdout.splitlines()]


@pytest.mark.usefixtures("installed_city")
def test_device_is_listed_with_its_space_when_it_was_added() -> None:
    added = run("add", "--vendor", "bosch", "--model", "tps110", "--heartbeat", "300", "--space", "space-0", "d1")
    assert added.exit_code == 0
    assert listed() == [json.loads(added.stdout)]
    assert listed()[0]["space"] == "space-0"


@pytest.mark.usefixtures("installed_city")
def test_health_of_a_device_is_a_line_when_it_was_never_heard(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKING_REDIS_URL", redis_url)
    run("add", "--vendor", "PNI", "--model", "PlacePod", "--space", "space-1", "d1")
    (line,) = [json.loads(line) for line in run("health").stdout.splitlines()]
    assert (line["device"], line["space"], line["heard_at"], line["faults"]) == ("d1", "space-1", None, [])
    assert run("health", "--faulty").stdout == ""
    assert json.loads(run("health", "--device", "d1").stdout)["history"] == []
    with pytest.raises(ParkingError, match="no device"):
        run("health", "--device", "d2")


@pytest.mark.usefixtures("installed_city")
def test_device_moves_and_leaves_when_told() -> None:
    run("add", "--vendor", "PNI", "--model", "PlacePod", "d1")
    assert run("bind", "d1", "space-0").exit_code == 0
    assert run("unbind", "d1").exit_code == 0
    assert run("bind", "d1", "space-1").exit_code == 0
    assert listed()[0]["space"] == "space-1"
    assert run("remove", "d1").exit_code == 0
    assert listed() == []


@pytest.mark.usefixtures("installed_city")
def test_good_rows_are_in_and_the_others_named_when_a_file_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(
        "device,vendor,model,heartbeat_s,space\n"
        "d1,PNI,PlacePod,60,space-0\nd2,PNI,PlacePod,x,\nd3,No,One,,\nd4,PNI,PlacePod,,nowhere\nd5,PNI,PlacePod,,\n"
    )
    result = run("import", str(file))
    assert result.exit_code == 1
    assert result.stdout == "3 registered, 1 bound, 3 refused\n"
    assert [line.rpartition(" ")[2] for line in result.stderr.splitlines()] == [
        "[heartbeat_invalid]",
        "[profile_unknown]",
        "[space_unknown]",
    ]
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["row 2", "row 3", "row 4"]
    assert [device["device"] for device in listed()] == ["d1", "d4", "d5"]


@pytest.mark.usefixtures("installed_city")
def test_keys_are_sealed_and_issued_once_when_a_file_is_imported_to_be_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARKING_SECRET_KEY", "a secret of this test and of nothing else")
    file, keys = tmp_path / "devices.csv", tmp_path / "keys.csv"
    file.write_text(
        "device,vendor,model,space,wire_id,app_key,installed_at\n"
        f"d1,PNI,PlacePod,space-0,02000000000000A1,{'0a' * 16},2026-11-22T08:00:00+08:00\n"
        f"d2,PNI,PlacePod,,,{'0a' * 15},\n"
    )
    result = run("import", "--commission", "--issue-keys", str(keys), str(file))
    assert (result.stdout, result.exit_code) == ("1 registered, 1 bound, 1 refused\n", 1)
    assert "[device_secret_invalid]" in result.stderr
    assert [(one["device"], one["stage"]) for one in listed()] == [("d1", "installed")]
    assert keys.stat().st_mode & 0o777 == 0o600
    assert [line.split(",")[0] for line in keys.read_text().splitlines()] == ["device", "d1"]
    assert "0a0a" not in keys.read_text() + result.output + run("list").output
    with pytest.raises(ParkingError) as again:
        run("import", "--issue-keys", str(keys), str(file))
    assert again.value.code == "file_not_written"


@pytest.mark.usefixtures("installed_city")
def test_binding_begins_earlier_when_it_is_dated_back() -> None:
    run("add", "--vendor", "PNI", "--model", "PlacePod", "--wire-id", "02000000000000a2", "d1")
    assert run("bind", "--since", utc_now().isoformat(), "d1", "space-0").exit_code == 0
    with pytest.raises(ParkingError) as refused:
        run("bind", "--since", "yesterday", "d1", "space-0")
    assert refused.value.code == "instant_invalid"


@pytest.mark.usefixtures("installed_city")
def test_refusal_has_a_code_when_a_device_is_unknown() -> None:
    with pytest.raises(ParkingError) as caught:
        run("unbind", "d1")
    assert caught.value.code == "unknown_device"


def test_refusal_has_a_code_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKING_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ParkingError) as caught:
        run("list")
    assert caught.value.code == "database_unavailable"
