"""Linzi's kerb on a running platform, and the people and machines who use it over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from api.auth.accounts.service import create_account
from api.auth.service import create_key
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.places.service import import_collection
from tests.pricing.kerb_city import APPROVAL, LINZI, OPENING, STACKED, feature, features, put_in_force
from tests.scenarios.platform import PROCESSES, Platform, servers

Json = dict[str, Any]
TERMINAL: Final = "T1"
ATTENDANT: Final = ("attendant", "an attendant of the test")
SENSORS: Final = {"node-1": "S4", "node-2": "S5"}
"""Device to space; both have watched their space since yesterday."""
HEARTBEAT_S: Final = 1
_keys = count(1)


@dataclass
class Kerb:
    """The platform with Linzi's tariff in Z1, and in Z2 the reading of it in which the free half hour stacks."""

    platform: Platform
    database: Database
    terminal_key: str
    sensor_key: str

    @property
    def client(self) -> httpx.AsyncClient:
        return self.platform.client

    async def post(self, path: str, body: Json, *, key: str | None = None, expect: int = 201) -> Json:
        """A terminal's request, with a fresh idempotency key unless one is given."""
        headers = {
            "Authorization": f"Bearer {self.terminal_key}",
            "Idempotency-Key": key or f"request-{next(_keys)}",
        }
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == expect, answer.text
        document: Json = answer.json()
        return document

    async def start(self, space: str, started_at: str, plate: str | None) -> Json:
        return await self.post("/v1/sessions", {"space": space, "plate": plate, "started_at": started_at})

    async def stop(self, session: str, ended_at: str) -> Json:
        return await self.post(f"/v1/sessions/{session}/stop", {"ended_at": ended_at}, expect=200)

    async def stay(self, space: str, started_at: str, ended_at: str, plate: str | None = None) -> Json:
        return await self.stop((await self.start(space, started_at, plate))["id"], ended_at)

    async def reading(self, device: str, status: str, observed_at: str, kind: str, sequence: int) -> None:
        item = {
            "device": device,
            "observed_at": observed_at,
            "status": status,
            "kind": kind,
            "sequence": sequence,
        }
        headers = {"Authorization": f"Bearer {self.sensor_key}"}
        answer = await self.client.post("/v1/readings", json={"readings": [item]}, headers=headers)
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text

    async def bill(self, space: str) -> Json:
        """What the page behind the space's code shows."""
        return await self.platform.get(f"/v1/spaces/{space}/bill")


@asynccontextmanager
async def kerb(path: Path) -> AsyncIterator[Kerb]:
    """Everything runs inside the block, in processes of its own."""
    async with servers(path) as platform:
        database = Database(open_engine(platform.settings.required_database_url, pool_size=1))
        try:
            terminal_key, sensor_key = await _fill(database)
            for name in PROCESSES:
                platform.start(name)
            await platform.until_ready()
            yield Kerb(platform, database, terminal_key, sensor_key)
        finally:
            await database.close()


async def _fill(database: Database) -> tuple[str, str]:
    yesterday = utc_now() - timedelta(days=1)
    devices = [
        NewDevice(device_id=device, vendor="Generic", model="JSON", heartbeat_s=HEARTBEAT_S, space_id=space)
        for device, space in SENSORS.items()
    ]
    async with database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": _features()}, at=yesterday)
        assert report.errors == ()
        await put_in_force(session, LINZI, OPENING)
        await put_in_force(session, replace(STACKED, rate_table_id="linzi-stacked"), OPENING, zone="Z2")
        registered = await DeviceService(installed(), lambda: yesterday).register_many(session, devices)
        assert registered.errors == ()
        name, password = ATTENDANT
        await create_account(session, name=name, password=password, role="attendant", now=utc_now())
        _, terminal_key = await create_key(session, utc_now, role="terminal", name=TERMINAL)
        _, sensor_key = await create_key(session, utc_now, role="sensor", name="sensors")
    return terminal_key, sensor_key


def _features() -> list[Json]:
    """To S1 and S2 (lawful) and S3 (not approved) come the watched S4 and S5, and S6 in the zone Z2."""
    kept = [one for one in features() if one["id"] != "C1"]
    return [
        *kept,
        feature("zone", "Z2", district="370305", area_class="I", price_document="doc-1"),
        feature(
            "concession", "C1", operator="LZ", payee="临淄", zones=["Z1", "Z2"], valid_from="2025-01-01T00:00:00+08:00"
        ),
        feature("segment", "Z2-N", zone="Z2"),
        feature("space", "S4", zone="Z1", kind="kerb", segment="Z1-N", approval=APPROVAL),
        feature("space", "S5", zone="Z1", kind="kerb", segment="Z1-N", approval=APPROVAL),
        feature("space", "S6", zone="Z2", kind="kerb", segment="Z2-N", approval=APPROVAL),
    ]
