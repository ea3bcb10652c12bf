"""The environment comes first, then the installation that runs in the data folder."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from api.settings import ADDRESSES, SettingMissingError, Settings, find_settings
from parking.domain.errors import InvalidInputError


def _running(folder: Path) -> None:
    addresses = {"database_url": "postgresql://d", "redis_url": "redis://r", "mqtt_url": "mqtt://m"}
    (folder / ADDRESSES).write_text(json.dumps(addresses | {"host": "127.0.0.1", "port": 8123}))


def test_addresses_are_found_when_an_installation_runs_in_the_folder(tmp_path: Path) -> None:
    _running(tmp_path)
    found = find_settings({"PARKING_DATA": str(tmp_path)})
    assert (found.database_url, found.redis_url, found.mqtt_url) == ("postgresql://d", "redis://r", "mqtt://m")
    assert found.api_url == "http://127.0.0.1:8123"


def test_environment_wins_when_both_are_there(tmp_path: Path) -> None:
    _running(tmp_path)
    found = find_settings({"PARKING_DATA": str(tmp_path), "PARKING_REDIS_URL": "redis://own", "PARKING_PORT": "9000"})
    assert (found.redis_url, found.port, found.database_url) == ("redis://own", 9000, "postgresql://d")


def test_missing_address_is_refused_when_it_is_needed(tmp_path: Path) -> None:
    with pytest.raises(SettingMissingError, match="PARKING_DATABASE_URL"):
        _ = find_settings({"PARKING_DATA": str(tmp_path)}).required_database_url


def test_port_is_refused_when_it_is_no_number() -> None:
    with pytest.raises(InvalidInputError, match="PARKING_PORT"):
        Settings.from_environment({"PARKING_PORT": "eighty"})


@pytest.mark.parametrize(
    "name", ["PARKING_MOVEMENT_DAYS", "PARKING_PICTURE_DAYS", "PARKING_UNHEARD_HOURS", "PARKING_RAW_DAYS"]
)
def test_time_is_refused_when_it_is_no_number_of_its_unit(name: str) -> None:
    found = Settings.from_environment({name: "90"})
    days = {found.movement_kept.days, found.pictures_kept.days, found.raw_kept.days}
    assert 90 in {*days, found.unheard_after // timedelta(hours=1)}
    for wrong in ("half a year", "-1"):
        with pytest.raises(InvalidInputError, match=name):
            Settings.from_environment({name: wrong})


@pytest.mark.parametrize(
    ("name", "least"), [("PARKING_READING_DAYS", 70), ("PARKING_CHANGE_DAYS", 100), ("PARKING_HOUR_DAYS", 400)]
)
def test_history_is_kept_as_long_as_others_look_back(name: str, least: int) -> None:
    kept = Settings.from_environment({name: str(least)}).history_kept
    assert timedelta(days=least) in {kept.readings, kept.changes, kept.hours}
    with pytest.raises(InvalidInputError, match=f"{name} is at least {least}"):
        Settings.from_environment({name: str(least - 1)})


def test_readings_are_kept_as_long_as_messages_that_may_be_taken_in_again() -> None:
    with pytest.raises(InvalidInputError, match="PARKING_READING_DAYS is at least 365"):
        Settings.from_environment({"PARKING_RAW_DAYS": "365"})


def test_replicas_are_waited_for_only_where_it_is_said() -> None:
    assert Settings.from_environment({}).replicas == 0
    found = Settings.from_environment({"PARKING_REPLICAS": "1"})
    assert (found.replicas, found.process_environment()["PARKING_REPLICAS"]) == (1, "1")
    for wrong in ("-1", "all"):
        with pytest.raises(InvalidInputError, match="PARKING_REPLICAS"):
            Settings.from_environment({"PARKING_REPLICAS": wrong})


def test_file_of_addresses_is_refused_when_it_is_damaged(tmp_path: Path) -> None:
    (tmp_path / ADDRESSES).write_text("{")
    with pytest.raises(InvalidInputError, match=ADDRESSES):
        find_settings({"PARKING_DATA": str(tmp_path)})


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")],  # noqa: S104 - compared
)
def test_address_is_reachable_from_here_when_listening_elsewhere(host: str, url: str) -> None:
    assert Settings.from_environment({"PARKING_HOST": host}).api_url == url


def test_secrets_reach_child_processes_and_never_a_representation(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"PARKING_DATA": str(tmp_path), "PARKING_SECRET_KEY": "sign", "PARKING_PLATE_KEY": "seal"}
    )
    child = settings.process_environment()
    assert (child["PARKING_SECRET_KEY"], child["PARKING_PLATE_KEY"]) == ("sign", "seal")
    assert "sign" not in repr(settings)
    assert "seal" not in repr(settings)


def test_calendar_of_the_city_goes_before_the_library_when_it_is_set(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(
        '[[year]]\ncountry = "CN"\nyear = 2040\nsource = "an announcement"\nbreaks = [[2040-01-01, 2040-01-03]]\n'
    )
    settings = Settings.from_environment({"PARKING_DATA": str(tmp_path), "PARKING_CALENDAR": str(file)})
    assert settings.calendars()("CN").is_announced(2040)
    assert settings.process_environment()["PARKING_CALENDAR"] == str(file)
    assert not Settings.from_environment({}).calendars()("CN").is_announced(2040)
