"""The doctor passes a good installation and names what is wrong with a bad one."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from api.doctor.addresses import check_addresses
from api.doctor.finding import Finding, Grade
from api.doctor.machine import check_machine
from api.embedded.folder import free_port
from api.embedded.postgres import PostgresServer
from api.settings import Settings

pytestmark = pytest.mark.service


def _settings(folder: Path, **addresses: str) -> Settings:
    names = {f"PARKING_{name.upper()}_URL": url for name, url in addresses.items()}
    return Settings.from_environment({"PARKING_DATA": str(folder), "PARKING_PORT": str(free_port()), **names})


def _failures(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.grade is Grade.FAIL]


async def test_nothing_fails_when_everything_is_right(
    database_url: str, redis_url: str, mqtt_url: str, tmp_path: Path
) -> None:
    settings = _settings(tmp_path, database=database_url, redis=redis_url, mqtt=mqtt_url)
    findings = [*check_machine(settings), *await check_addresses(settings)]
    assert _failures(findings) == []
    assert {"PostgreSQL", "Valkey", "MQTT broker", "database", "live store", "MQTT"} <= {
        one.subject for one in findings
    }


async def test_flush_setting_fails_when_readings_could_be_lost(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    await redis.config_set("appendfsync", "everysec")
    try:
        failures = _failures(await check_addresses(_settings(tmp_path, redis=redis_url)))
    finally:
        await redis.config_set("appendfsync", "always")
    setting, door = failures
    assert setting.says == "appendfsync is everysec"
    assert "appendfsync always" in setting.remedy
    assert "everysec" in door.says


async def test_memory_and_what_waits_are_said_when_it_is_limited(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    settings = _settings(tmp_path, redis=redis_url)
    said: dict[str, list[Finding]] = {}
    for limit in ("0", "100mb", "4gb"):
        await redis.config_set("maxmemory", limit)
        try:
            said[limit] = [one for one in await check_addresses(settings) if one.subject == "live store"]
        finally:
            await redis.config_set("maxmemory", "0")
    warned = {limit: [one.says for one in found if one.grade is Grade.WARN] for limit, found in said.items()}
    assert [len(found) for found in warned.values()] == [1, 1, 0]
    assert "no maxmemory" in warned["0"][0]
    assert "maxmemory of 100 MiB" in warned["100mb"][0]
    assert any("wait for the database" in one.says for one in said["4gb"])


async def test_database_fails_when_it_takes_no_writes(
    database_url: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    name = database_url.rpartition("/")[2]
    connection = await asyncpg.connect(postgres_server.address_of("postgres"))
    try:
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only TO on")
    finally:
        await connection.close()
    failures = _failures(await check_addresses(_settings(tmp_path, database=database_url)))
    assert [finding.says for finding in failures] == ["takes no writes"]


async def test_schema_fails_when_the_database_was_not_migrated(postgres_server: PostgresServer, tmp_path: Path) -> None:
    settings = _settings(tmp_path, database=postgres_server.address_of("postgres"))
    failures = _failures(await check_addresses(settings))
    assert [finding.remedy for finding in failures] == ["run 'parking migrate'"]


async def test_each_address_fails_without_its_password_when_nobody_listens(tmp_path: Path) -> None:
    place = f"nobody:secret@127.0.0.1:{free_port()}"
    settings = _settings(tmp_path, database=f"postgresql://{place}/p", redis=f"redis://{place}", mqtt=f"mqtt://{place}")
    failures = _failures(await check_addresses(settings))
    assert [finding.subject for finding in failures] == ["database", "live store", "MQTT"]
    assert not any("secret" in finding.line() for finding in failures)


def test_secrets_fail_when_others_can_read_them(tmp_path: Path) -> None:
    (tmp_path / "embedded.json").write_text("{}")
    (tmp_path / "embedded.json").chmod(0o644)
    assert [finding.subject for finding in _failures(check_machine(_settings(tmp_path)))] == ["data folder"]


def test_command_exits_with_one_when_something_fails(repository: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PARKING_DATA": str(tmp_path), "PARKING_REDIS_URL": f"redis://127.0.0.1:{free_port()}"}
    command = [sys.executable, "-m", "api.cli", "doctor"]
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert "FAIL  live store" in done.stdout
    assert done.stderr == ""
