"""The parts of a replay, opened for one command of a person and closed after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis

from api.auth import repository as keys
from api.settings import Settings
from devices.cameras.directory import CameraDirectory
from devices.cameras.intake import CameraIntake
from devices.cameras.observing import CameraSpeaker
from devices.ingest.parcel import Parcel
from devices.ingest.replay import Replay
from devices.ingest.service import IngestService
from devices.ingest.speaker import Speaker, TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.inventory.directory import DeviceDirectory
from devices.inventory.model import OPEN_END
from devices.registry import installed
from parking.bus.connection import open_redis
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import UnavailableError
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.shards import SHARDS
from parking.privacy.vault import PlateVault
from parking.raw.inbox import RedisInbox
from parking.raw.model import RawMessage

_BROKER: Final = TrustedSpeaker()


class _Nobody:
    """Who delivered it is no longer known: its word counts for no device."""

    speaker_id = ""

    def covers(self, device_id: str, district_id: str) -> bool:  # noqa: ARG002 - the port's signature
        return False


@asynccontextmanager
async def open_replay(settings: Settings) -> AsyncIterator[tuple[Replay, Database]]:
    """Raises `UnavailableError` while the live store does not know every zone that a device watches."""
    database = Database(open_engine(settings.required_database_url, pool_size=4))
    redis = open_redis(settings.required_redis_url, replicas=settings.replicas)
    try:
        directory = DeviceDirectory(database)
        await directory.refresh()
        await _check_zones(redis, directory)
        async with database.transaction() as session:
            known = {key.key_id: key for key in await keys.all_keys(session)}

        def speaker_of(speaker_id: str) -> Speaker:
            return _BROKER if not speaker_id else known.get(speaker_id, _Nobody())

        ingest = IngestService(directory, RedisInbox(redis), utc_now)
        uplinks = UplinkService(directory, ingest, installed(), utc_now)
        cameras = CameraDirectory(database, directory)
        await cameras.refresh()
        vault = PlateVault.from_setting(settings.plate_key)
        intake = CameraIntake(database, cameras, directory, ingest, installed(), vault, utc_now)

        def of_camera(message: RawMessage) -> Parcel:
            return intake.examine_again(message, CameraSpeaker(message.speaker))

        yield Replay(database, directory, ingest, uplinks, speaker_of, of_camera), database
    finally:
        await redis.aclose()
        await database.close()


async def _check_zones(redis: Redis, directory: DeviceDirectory) -> None:
    """What is said of a space that the engine does not know yet is not remembered, and would not count a second time."""
    watched = {
        watch.zone_id for entry in directory.entries.values() for watch in entry.watches if watch.end == OPEN_END
    }
    reader = LiveReader(redis)
    live = {zone_id for shard in SHARDS for zone_id in (await reader.snapshot(shard)).counts}
    missing = watched - live
    if missing:
        raise UnavailableError(
            f"the engine does not know {len(missing)} zones yet, {min(missing)} among them; let it run first",
            code="zones_not_live",
        )
