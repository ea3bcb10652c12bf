"""Checks of this machine: interpreter, programs, data folder, port, browser files."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from api.doctor.finding import Finding, fail, ok, warn
from api.embedded.folder import port_is_free
from api.embedded.mqtt import find_mosquitto
from api.embedded.postgres_programs import find_programs
from api.embedded.process import ServiceFailedError
from api.embedded.valkey import find_valkey
from api.settings import ADDRESSES, Settings
from api.web import vendor

OLDEST_PYTHON: Final = (3, 11)


def check_machine(settings: Settings) -> list[Finding]:
    return [
        _python(),
        _program("PostgreSQL", find_programs, needed=settings.database_url is None),
        _program("Valkey", find_valkey, needed=settings.redis_url is None),
        _broker(),
        _data_folder(settings.data_dir.absolute()),
        _port(settings),
        _browser_files(),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return fail("Python", version, "install Python 3.11 or later")
    if sys.platform != "linux":
        return warn("Python", f"{version} on {sys.platform}", "embedded servers need Linux; set the PARKING_*_URL")
    return ok("Python", version)


def _program(subject: str, find: Callable[[], Path], *, needed: bool) -> Finding:
    try:
        return ok(subject, f"program in {find()}")
    except ServiceFailedError as error:
        if needed:
            return fail(subject, "no program to start", error.detail)
        return ok(subject, "no program of our own; the address that is set is used")


def _broker() -> Finding:
    mosquitto = find_mosquitto()
    if mosquitto is not None:
        return ok("MQTT broker", f"program in {mosquitto}")
    return warn("MQTT broker", "amqtt carries some thousand messages a second", "install Mosquitto for more")


def _data_folder(folder: Path) -> Finding:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return fail("data folder", f"{existing} cannot be written", "choose another with --data or PARKING_DATA")
    exposed = [path.name for path in folder.glob("*.json") if path.stat().st_mode & 0o077]
    if exposed:
        return fail("data folder", f"others can read {', '.join(exposed)} in {folder}", f"chmod 600 {folder}/*.json")
    return ok("data folder", f"{folder}{'' if folder.exists() else ', made at the first start'}")


def _port(settings: Settings) -> Finding:
    if port_is_free(settings.port, settings.host):
        return ok("port", f"{settings.port} is free")
    if (settings.data_dir / ADDRESSES).exists():
        return ok("port", f"{settings.port} is in use by the installation that runs here")
    return warn("port", f"{settings.port} is in use", "stop that program or choose another port with --port")


def _browser_files() -> Finding:
    if vendor.is_complete():
        return ok("map page", f"browser libraries are in {vendor.VENDOR}")
    return warn("map page", "browser libraries are missing", "run 'python -m api.web.vendor' (needs npm)")
