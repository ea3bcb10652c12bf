"""`docker-compose.yml` says what runs in production; its commands are started here as plain processes."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from api.cli.work import ROLES
from api.embedded.folder import free_port
from api.embedded.valkey import DURABLE
from api.installation.readiness import until_ready
from tests.architecture.source import REPOSITORY

pytestmark = pytest.mark.service
WITHIN_S = 60
PROCESSES = ("serve", "engine", "work", "modules")
ADDRESSES = {"PARKING_DATABASE_URL": "database", "PARKING_REDIS_URL": "live-store", "PARKING_MQTT_URL": "broker"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return read


def test_addresses_name_the_services_when_read(compose: dict[str, Any]) -> None:
    for process in ("migrate", *PROCESSES):
        environment = compose["services"][process]["environment"]
        for name, service in ADDRESSES.items():
            assert urlsplit(_interpolated(environment[name])).hostname == service
            assert service in compose["services"]


def test_live_store_flushes_every_write_when_started_as_written(compose: dict[str, Any]) -> None:
    command = compose["services"]["live-store"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert {f"--{name}": value.strip('"') for name, value in DURABLE.items()}.items() <= options.items()


def test_every_role_is_played_once_when_read(compose: dict[str, Any]) -> None:
    """But for the engines, of which one goes on for the other."""
    commands = [compose["services"][name]["command"] for name in PROCESSES[1:]]
    roles = [role for command in commands for role in command[command.index("--roles") + 1].split(",")]
    # The relay writes history, too.
    assert sorted([*roles, "history"]) == sorted(ROLES)
    assert compose["services"]["engine"]["deploy"]["replicas"] == 2


def test_every_server_is_watched_when_read(compose: dict[str, Any]) -> None:
    watched = {name for name, service in compose["services"].items() if "healthcheck" in service}
    assert {"database", "live-store", "broker", "serve"} <= watched


async def test_commands_make_a_ready_installation_when_run_as_written(
    compose: dict[str, Any], redis_url: str, mqtt_url: str, database_url: str, tmp_path: Path
) -> None:
    real = {"PARKING_DATABASE_URL": database_url, "PARKING_REDIS_URL": redis_url, "PARKING_MQTT_URL": mqtt_url}
    moved = {
        "PARKING_HOST": "127.0.0.1",
        "PARKING_PORT": str(free_port()),
        "PARKING_DATA": str(tmp_path),
    }
    environments = {
        name: {key: _interpolated(value) for key, value in compose["services"][name]["environment"].items()}
        for name in ("migrate", *PROCESSES)
    }
    for environment in environments.values():
        assert environment.keys() >= {*real, "PARKING_HOST", "PARKING_PORT"}
        # Each has its own address there, and a port of its own here.
        environment.update(real | moved | {"PARKING_METRICS_PORT": str(free_port())})
    async with _process(compose["services"]["migrate"]["command"], environments["migrate"]) as migrate:
        async with asyncio.timeout(WITHIN_S):
            assert await migrate.wait() == 0
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(_process(compose["services"][name]["command"], environments[name]))
            for name in PROCESSES
        ]
        async with asyncio.timeout(WITHIN_S):
            await until_ready(f"http://127.0.0.1:{moved['PARKING_PORT']}")
        assert [process.returncode for process in started] == [None] * len(PROCESSES)


@asynccontextmanager
async def _process(command: list[str], environment: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The image's entry point is `parking`, which is the same as its module."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.cli", *command, env=os.environ | dict(environment), cwd=REPOSITORY
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(WITHIN_S):
            await process.wait()


def _interpolated(value: str) -> str:
    return re.sub(r"\$\{\w+:\?\}", "secret" * 6, value)
