"""Registers cameras with their bays. The caller ends the transaction; every change is notified to all processes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from devices.cameras import repository
from devices.cameras.model import Camera, bay_device, checked_zone
from devices.inventory import repository as inventory
from devices.inventory.sealing import DeviceSafe
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import Registry
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError

PASSWORD: Final = "password"  # noqa: S105 - the name under which it is sealed
_CHANNEL = re.compile(r"[0-9]{1,4}\Z")


@dataclass(frozen=True, kw_only=True)
class NewCamera:
    """A camera to register or to change; `bays` maps the number that it uses for a bay to the space."""

    camera: Camera
    bays: Mapping[str, str] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)
    heartbeat_s: int | None = None


class CameraService:
    """Use cases of cameras; a camera and its bays are devices of the registry."""

    def __init__(self, registry: Registry, devices: DeviceService, safe: DeviceSafe, clock: Clock) -> None:
        self._registry = registry
        self._devices = devices
        self._safe = safe
        self._clock = clock

    async def add(self, session: AsyncSession, wish: NewCamera) -> Camera:
        """Register a camera and bind its bays from now on; one that is known is changed, its bays added to.

        Raises InvalidInputError (`address_invalid`, `zone_invalid`, `channel_invalid`, `camera_id_invalid`, and what
        `DeviceService.register` raises), NotFoundError (`camera_adapter_unknown`, `space_unknown`), ConflictError
        (`device_already_bound`), UnavailableError `secret_missing`.
        """
        camera = self._checked(wish.camera)
        profile = self._registry.camera_profile(camera.adapter)
        known = await repository.find(session, camera.camera_id)
        if wish.password is not None:
            secret = self._safe.seal(camera.camera_id, PASSWORD, wish.password)
            camera = replace(camera, secret=secret)
        elif known is not None:
            camera = replace(camera, secret=known.secret, username=camera.username or known.username)
        ids = {camera.camera_id: None, **{bay_device(camera.camera_id, bay): space for bay, space in wish.bays.items()}}
        for device_id, space_id in ids.items():
            device = NewDevice(
                device_id=device_id,
                vendor=profile.vendor,
                model=profile.model,
                heartbeat_s=wish.heartbeat_s,
                space_id=space_id,
            )
            await self._devices.register(session, device)
        await repository.put(session, camera, at=self._clock())
        await inventory.notify(session)
        return camera

    async def remove(self, session: AsyncSession, camera_id: str) -> None:
        """Take a camera and its bays out of use; what they said stays. Raises NotFoundError `camera_unknown`."""
        await known(session, camera_id)
        await repository.drop(session, camera_id)
        for device_id in (camera_id, *await repository.bays(session, camera_id)):
            await self._devices.remove(session, device_id)

    def login_of(self, camera: Camera) -> tuple[str, str] | None:
        """User name and password, opened. Raises as `DeviceSafe.open`."""
        if camera.secret is None:
            return None
        return camera.username or camera.camera_id, self._safe.open(camera.camera_id, PASSWORD, *camera.secret)

    def _checked(self, camera: Camera) -> Camera:
        if ":" in camera.camera_id:
            raise InvalidInputError("the id of a camera has no colon: that names a bay", code="camera_id_invalid")
        if _CHANNEL.match(camera.channel) is None:
            raise InvalidInputError("a channel is a number", code="channel_invalid")
        if camera.zone is not None:
            checked_zone(camera.zone)
        if camera.mode == "frames" and not camera.address:
            raise InvalidInputError("frames are fetched from an address", code="address_invalid")
        if camera.mode == "pull":
            if self._registry.pull_plan(camera.adapter) is None:
                raise InvalidInputError(f"{camera.adapter} cameras are not pulled", code="mode_invalid")
            _check_address(camera.address)
        return camera


async def known(session: AsyncSession, camera_id: str) -> Camera:
    """Raises NotFoundError `camera_unknown`."""
    camera = await repository.find(session, camera_id)
    if camera is None:
        raise NotFoundError(f"there is no camera {camera_id[:64]!r}", code="camera_unknown")
    return camera


def _check_address(address: str | None) -> None:
    try:
        parts = urlsplit(address or "")
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        is_good = is_good and not parts.query and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise InvalidInputError(
            "the address of a camera is http://HOST[:PORT], without a login in it", code="address_invalid"
        )
