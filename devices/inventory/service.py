"""Registers devices and binds them to the spaces they watch. The caller ends the transaction.

Every change is notified, so that the directories of all processes read the registry anew.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from devices.inventory import repository
from devices.inventory.model import Device
from devices.inventory.wishes import NewDevice, RowError
from devices.registry import Registry
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError, ParkingError
from parking.domain.ids import DeviceId, is_identifier
from parking.domain.time_span import TimeSpan
from parking.places import repository as places
from parking.places.model import Binding

LONGEST_HEARTBEAT_S: Final = 30 * 86_400
_EUI = re.compile(r"[0-9A-Fa-f]{16}\Z")


@dataclass(frozen=True, kw_only=True)
class RegistrationReport:
    """What a bulk registration did; `bound` leaves out devices that already watched the space asked for."""

    registered: int
    bound: int
    errors: tuple[RowError, ...] = ()


class DeviceService:
    """Use cases of the registry; profiles and codec generations are those of the installed adapters."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock

    async def register(self, session: AsyncSession, wish: NewDevice) -> Device:
        """Add or replace one device, and bind it when a space is named.

        Raises InvalidInputError `device_id_invalid` or `heartbeat_invalid`, NotFoundError `profile_unknown` or
        `space_unknown`, ConflictError `device_already_bound`.
        """
        device = self._device(wish)
        await repository.upsert(session, [device])
        if wish.space_id is not None:
            await places.bind(session, device.device_id, wish.space_id, self._clock())
        await repository.notify(session)
        return device

    async def register_many(self, session: AsyncSession, wishes: Sequence[NewDevice]) -> RegistrationReport:
        """Add or replace devices and bind them from now on; a bad one becomes a `RowError`, the others pass."""
        errors: list[RowError] = []
        devices: dict[str, Device] = {}
        spaces: dict[str, tuple[int, str]] = {}
        for index, wish in enumerate(wishes):
            try:
                device = self._device(wish)
            except ParkingError as error:
                errors.append(RowError(index, error.code, error.detail))
                continue
            if device.device_id in devices:
                errors.append(RowError(index, "device_repeated", f"{device.device_id} stands above already"))
                continue
            devices[device.device_id] = device
            if wish.space_id is not None:
                spaces[device.device_id] = index, wish.space_id
        await repository.upsert(session, list(devices.values()))
        refused, bound = await self._bind_many(session, spaces)
        await repository.notify(session)
        return RegistrationReport(registered=len(devices), bound=bound, errors=(*errors, *refused))

    async def update(
        self, session: AsyncSession, device_id: str, *, version: str | None = None, heartbeat_s: int | None = None
    ) -> Device:
        """Change what is given; raises NotFoundError `unknown_device` and what `register` raises."""
        device = await self._known(session, device_id)
        changed = replace(
            device,
            version=device.version if version is None else self._registry.version(device.vendor, device.model, version),
            heartbeat_s=device.heartbeat_s if heartbeat_s is None else _heartbeat(heartbeat_s),
        )
        await repository.upsert(session, [changed])
        await repository.notify(session)
        return changed

    async def remove(self, session: AsyncSession, device_id: str) -> None:
        """Take it out of the registry; its binding ends now. Raises NotFoundError `unknown_device`."""
        device = await self._known(session, device_id)
        now = self._clock()
        if await places.bindings(session, _at(now), device_ids=[device.device_id]):
            await places.unbind(session, device.device_id, now)
        await repository.mark_removed(session, device.device_id)
        await repository.notify(session)

    async def bind(self, session: AsyncSession, device_id: str, space_id: str) -> Binding:
        """Let it watch a space from now on.

        Raises NotFoundError `unknown_device` or `space_unknown`, ConflictError `device_already_bound`.
        """
        device = await self._known(session, device_id)
        binding = await places.bind(session, device.device_id, space_id, self._clock())
        await repository.notify(session)
        return binding

    async def unbind(self, session: AsyncSession, device_id: str) -> Binding:
        """End its watch now; raises NotFoundError `unknown_device` or `device_not_bound`."""
        device = await self._known(session, device_id)
        binding = await places.unbind(session, device.device_id, self._clock())
        await repository.notify(session)
        return binding

    async def devices(self, session: AsyncSession) -> list[tuple[Device, Binding | None]]:
        """Every device in use with the binding in force now, by id."""
        now = {binding.device_id: binding for binding in await places.bindings(session, _at(self._clock()))}
        return [(device, now.get(device.device_id)) for device in await repository.all_devices(session)]

    async def _known(self, session: AsyncSession, device_id: str) -> Device:
        device = await repository.device(session, canonical_id(device_id))
        if device is None:
            raise NotFoundError(f"no device {device_id[:64]!r}", code="unknown_device")
        return device

    async def _bind_many(self, session: AsyncSession, spaces: dict[str, tuple[int, str]]) -> tuple[list[RowError], int]:
        """Bind each device to its space unless it watches it already; the number says which wish it came from."""
        now = self._clock()
        present = {
            (binding.device_id, binding.space_id)
            for binding in await places.bindings(session, _at(now), device_ids=list(spaces))
        }
        wanted = [(d, index, space) for d, (index, space) in spaces.items() if (d, space) not in present]
        refused = await places.bind_many(session, [places.NewBinding(d, space, now) for d, _, space in wanted])
        errors = [RowError(wanted[position][1], error.code, error.detail) for position, error in refused.items()]
        return errors, len(wanted) - len(refused)

    def _device(self, wish: NewDevice) -> Device:
        if not is_identifier(wish.device_id):
            raise InvalidInputError(f"{wish.device_id[:64]!r} is no device id", code="device_id_invalid")
        profile = self._registry.profile(wish.vendor, wish.model)
        return Device(
            device_id=DeviceId(canonical_id(wish.device_id)),
            vendor=profile.vendor,
            model=profile.model,
            version=self._registry.version(wish.vendor, wish.model, wish.version),
            heartbeat_s=profile.heartbeat_s if wish.heartbeat_s is None else _heartbeat(wish.heartbeat_s),
        )


def canonical_id(device_id: str) -> str:
    """Write a DevEUI in lower case, as the network servers' messages are read; leave any other id as it is."""
    return device_id.lower() if _EUI.match(device_id) else device_id


def _heartbeat(seconds: int) -> int:
    if not 1 <= seconds <= LONGEST_HEARTBEAT_S:
        raise InvalidInputError(
            f"a heartbeat is 1 to {LONGEST_HEARTBEAT_S} seconds, not {seconds}", code="heartbeat_invalid"
        )
    return seconds


def _at(instant: datetime) -> TimeSpan:
    """The span of one moment."""
    return TimeSpan(instant, instant + datetime.resolution)
