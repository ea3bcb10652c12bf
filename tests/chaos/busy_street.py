"""A street at which thousands of stays are settled, and whose platform is reached by lines that are cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx

from api.auth.service import create_key
from api.terminals.reference.state import Identity
from devices.terminals import service as terminals
from devices.terminals.model import Terminal
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.places.service import import_collection
from tests.api.http_process import NO_TLS, listening
from tests.chaos.cutting import Line
from tests.pricing.kerb_city import APPROVAL, LINZI, OPENING, feature, features, put_in_force
from tests.pricing.providers.agreement_files import write_wechat
from tests.pricing.providers.wechat_server import WechatServer
from tests.scenarios.platform import PROCESSES, Platform, servers

FEE: Final = 300
STAY: Final = timedelta(minutes=60)
SLOT: Final = timedelta(minutes=61)
SLOTS: Final = 22
"""Stays of a space one after the other, all of them so late that none counts as one that nobody ends."""
TELLERS: Final = 12
"""Machines that only work online."""
MACHINES: Final = 4
"""Reference terminals, which go on alone."""
PATIENCE_S: Final = 5.0
"""A request that takes longer has got lost."""


@dataclass(frozen=True)
class Parked:
    """One stay that shall be settled; `worker` is the machine at which that is done."""

    number: int
    worker: int
    space: str
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + STAY

    @property
    def plate(self) -> str:
        return f"鲁C{self.number:05d}"


@dataclass
class BusyStreet:
    """The platform with its lines: to the door, to the database, to the provider."""

    platform: Platform
    address: str
    """Of the database, without a line between."""
    database: Database
    folder: Path
    wechat: WechatServer
    door: Line
    base: Line
    provider: Line
    terminal_key: str
    stays: list[Parked]
    identities: list[Identity]
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def lines(self) -> dict[str, Line]:
        return {"door": self.door, "database": self.base, "provider": self.provider}

    def client(self) -> httpx.AsyncClient:
        """Of a machine; its connections go over the line to the door."""
        made = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.door.port}", timeout=PATIENCE_S, verify=NO_TLS, trust_env=False
        )
        self.clients.append(made)
        return made


@asynccontextmanager
async def busy_street(path: Path, settlements: int, chance: Random, mean_bytes: float) -> AsyncIterator[BusyStreet]:
    """Everything runs inside the block; a connection to the door carries `mean_bytes` on average."""
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(servers(path))
        direct = platform.settings.required_database_url
        database = Database(open_engine(direct, pool_size=2))
        stack.push_async_callback(database.close)
        stays, spaces = _stays(settlements)
        terminal_key, identities = await _fill(database, spaces, platform)
        wechat = WechatServer(clock=utc_now)
        url = await stack.enter_async_context(listening(wechat.app))
        at_provider, address = urlsplit(url), urlsplit(direct)
        assert at_provider.port is not None
        assert address.port is not None
        # A transaction is ten times as long as its request, and a provider's order much shorter than a connection lives.
        base = await stack.enter_async_context(Line(address.port, 20 * mean_bytes, chance).open())
        provider = await stack.enter_async_context(Line(at_provider.port, mean_bytes / 4, chance).open())
        agreement = write_wechat(_folder(path / "agreement"), f"http://127.0.0.1:{provider.port}")
        cut_address = urlunsplit(address._replace(netloc=address.netloc.replace(f":{address.port}", f":{base.port}")))
        platform.settings = replace(platform.settings, database_url=cut_address, wechat_file=agreement)
        for name in PROCESSES:
            platform.start(name)
        await platform.until_ready()
        door = await stack.enter_async_context(Line(platform.settings.port, mean_bytes, chance).open())
        street = BusyStreet(
            platform, direct, database, path, wechat, door, base, provider, terminal_key, stays, identities
        )
        try:
            yield street
        finally:
            await asyncio.gather(*(client.aclose() for client in street.clients))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _stays(settlements: int) -> tuple[list[Parked], list[dict[str, Any]]]:
    """One in five at a machine that goes on alone; each worker has spaces of its own."""
    begin = utc_now().replace(microsecond=0) - SLOTS * SLOT - timedelta(minutes=1)
    workers = [TELLERS + number % MACHINES if number % 5 == 0 else number % TELLERS for number in range(settlements)]
    stays, done, spaces = [], [0] * (TELLERS + MACHINES), {}
    for number, worker in enumerate(workers):
        row, slot = divmod(done[worker], SLOTS)
        space, zone = f"P{worker}-{row}", "Z1" if worker < TELLERS else "Z2"
        if space not in spaces:
            spaces[space] = feature("space", space, zone=zone, kind="kerb", segment=f"{zone}-N", approval=APPROVAL)
        stays.append(Parked(number, worker, space, begin + slot * SLOT))
        done[worker] += 1
    return stays, list(spaces.values())


async def _fill(database: Database, spaces: list[dict[str, Any]], platform: Platform) -> tuple[str, list[Identity]]:
    """The same price at every hour: three yuan an hour, by the half hour, nothing free."""
    places = [one for one in features() if one["properties"]["feature"] not in {"space", "concession"}]
    places += [
        feature("zone", "Z2", district="370305", area_class="I", price_document="doc-1"),
        feature("segment", "Z2-N", zone="Z2"),
        feature(
            "concession", "C1", operator="LZ", payee="临淄", zones=["Z1", "Z2"], valid_from="2025-01-01T00:00:00+08:00"
        ),
        *spaces,
    ]
    kerb = LINZI.collections[0]
    line = replace(kerb.lines[0], rule_id="day-and-night", start=time(), end=time(), unit_s=1800, unit_price=150)
    table = replace(LINZI, collections=(replace(kerb, lines=(line,), free=None),), quotas=())
    identities = []
    async with database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": places}, at=OPENING)
        assert report.errors == ()
        await put_in_force(session, table, OPENING)
        await put_in_force(session, replace(table, rate_table_id="second"), OPENING, zone="Z2")
        _, terminal_key = await create_key(session, utc_now, role="terminal", name="tellers")
        for number in range(MACHINES):
            wish = Terminal(
                terminal_id=f"M{number}",
                operator_id="LZ",
                district_id="370305",
                zone_ids=("Z2",),
                located="kerb",
                registered_at=OPENING,
            )
            given = await terminals.register(session, wish, platform.settings.secret_key or "")
            identities.append(Identity(server="the door", terminal=f"M{number}", key=given.key_id, secret=given.secret))
    return terminal_key, identities
