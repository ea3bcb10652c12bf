"""Registers devices and binds them to the spaces they watch. The caller ends the transaction.

Every change is notified, so that the directories of all processes read the registry anew, is written into the life of its
device, and is followed by the figures of the retrofit.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from devices.inventory import repository, retrofitting
from devices.inventory.life import Deed, Stage, Step, after
from devices.inventory.model import CLOCK_TOLERANCE, OLDEST_BINDING, Device, at_moment
from devices.inventory.sealing import DeviceSafe
from devices.inventory.wishes import NewDevice, RowError, checked_secrets
from devices.registry import Registry
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from parking.domain.ids import DeviceId, is_identifier
from parking.places import repository as places
from parking.places.model import Binding

LONGEST_HEARTBEAT_S: Final = 30 * 86_400
PLATFORM: Final = "system"
_EUI = re.compile(r"[0-9A-Fa-f]{16}\Z")


@dataclass(frozen=True, kw_only=True)
class RegistrationReport:
    """What a bulk registration did; `bound` leaves out devices that already watched the space asked for."""

    registered: int
    bound: int
    errors: tuple[RowError, ...] = ()
    device_ids: tuple[str, ...] = ()
    """Those that are registered, in the order of the wishes."""


@dataclass(slots=True)
class _Taken:
    """Wishes on their way into the registry, by their place in the list."""

    devices: dict[int, Device] = field(default_factory=dict)
    errors: dict[int, ParkingError] = field(default_factory=dict)
    bound: dict[int, str] = field(default_factory=dict)
    """The space to which each was bound by this call."""


class DeviceService:
    """Use cases of the registry; profiles and codec generations are those of the installed adapters.

    `by` is who does it (`account:li.wei`); `safe` seals the keys of radios, where wishes have any.
    """

    def __init__(self, registry: Registry, clock: Clock, *, by: str = PLATFORM, safe: DeviceSafe | None = None) -> None:
        self._registry = registry
        self._clock = clock
        self._by = by
        self._safe = safe or DeviceSafe(None)

    async def register(self, session: AsyncSession, wish: NewDevice, *, to_commission: bool = False) -> Device:
        """Add or change one device, and bind it when a space is named.

        A new one counts as accepted, unless it is `to_commission`: installed, tested and accepted by a person. Raises
        InvalidInputError (`device_id_invalid`, `heartbeat_invalid`, `wire_id_invalid`, `device_secret_invalid`),
        NotFoundError (`profile_unknown`, `space_unknown`), ConflictError (`device_already_bound`, `wire_id_taken`,
        `stage_wrong`), UnavailableError `secret_missing`.
        """
        taken = await self._take(session, [wish], to_commission=to_commission)
        if taken.errors:
            raise taken.errors[0]
        return taken.devices[0]

    async def register_many(
        self, session: AsyncSession, wishes: Sequence[NewDevice], *, to_commission: bool = False
    ) -> RegistrationReport:
        """As `register`, for many: a bad one becomes a `RowError`, the others pass.

        One that cannot be bound is registered all the same.
        """
        taken = await self._take(session, wishes, to_commission=to_commission)
        errors = [RowError(index, error.code, error.detail) for index, error in sorted(taken.errors.items())]
        ids = tuple(taken.devices[index].device_id for index in sorted(taken.devices))
        return RegistrationReport(registered=len(ids), bound=len(taken.bound), errors=tuple(errors), device_ids=ids)

    async def update(
        self, session: AsyncSession, device_id: str, *, version: str | None = None, heartbeat_s: int | None = None
    ) -> Device:
        """Change what is given; raises NotFoundError `unknown_device` and what `register` raises."""
        device = await self.known(session, device_id)
        changed = replace(
            device,
            version=device.version if version is None else self._registry.version(device.vendor, device.model, version),
            heartbeat_s=device.heartbeat_s if heartbeat_s is None else _heartbeat(heartbeat_s),
        )
        if changed != device:
            details = {"version": changed.version, "heartbeat_s": changed.heartbeat_s}
            await self.write(session, changed, "update", details=details)
        return changed

    async def remove(self, session: AsyncSession, device_id: str, *, reason: str | None = None) -> None:
        """Take it out of the registry; its binding ends now. Raises NotFoundError `unknown_device`."""
        device = await self.known(session, device_id)
        now = self._clock()
        spaces = await self._unbound(session, device, now)
        stage = after(device.stage, "remove", device.device_id)
        await repository.mark_removed(session, device.device_id, now)
        await repository.add_steps(session, [self._step(replace(device, stage=stage), "remove", now, reason, {})])
        await retrofitting.follow(session, now, spaces)
        await repository.notify(session)

    async def bind(
        self, session: AsyncSession, device_id: str, space_id: str, *, since: datetime | None = None
    ) -> Binding:
        """Let it watch a space from now on, or from an instant of the last day: what it said since then is of that space.

        Raises NotFoundError (`unknown_device`, `space_unknown`), ConflictError (`device_already_bound`, `stage_wrong`),
        InvalidInputError (`binding_in_future`, `binding_too_old`).
        """
        device = await self.known(session, device_id)
        now = self._clock()
        start = now if since is None else _checked_start(since, now)
        stage = after(device.stage, "install", device.device_id)
        binding = await places.bind(session, device.device_id, space_id, start)
        details = {"space": space_id} if since is None else {"space": space_id, "since": start.isoformat()}
        await self.write(session, replace(device, stage=stage), "install", details=details, spaces=[space_id])
        return binding

    async def unbind(self, session: AsyncSession, device_id: str, *, reason: str | None = None) -> Binding:
        """End its watch now; raises NotFoundError (`unknown_device`, `device_not_bound`), ConflictError `stage_wrong`."""
        device = await self.known(session, device_id)
        stage = after(device.stage, "uninstall", device.device_id)
        binding = await places.unbind(session, device.device_id, self._clock())
        await self.write(
            session,
            replace(device, stage=stage),
            "uninstall",
            reason=reason,
            details={"space": binding.space_id},
            spaces=[binding.space_id],
        )
        return binding

    async def devices(self, session: AsyncSession) -> list[tuple[Device, Binding | None]]:
        """Every device in use with the binding in force now, by id."""
        now = {binding.device_id: binding for binding in await places.bindings(session, at_moment(self._clock()))}
        return [
            (device, now.get(device.device_id)) async for part in repository.all_devices(session) for device in part
        ]

    async def known(self, session: AsyncSession, device_id: str) -> Device:
        """The device, locked until the transaction ends; raises NotFoundError `unknown_device`."""
        name = canonical_id(device_id)
        found = (await repository.known(session, [name], lock=True)).get(name)
        if found is None:
            raise NotFoundError(f"no device {device_id[:64]!r}", code="unknown_device")
        return found

    async def move(
        self,
        session: AsyncSession,
        device: Device,
        deed: Deed,
        *,
        reason: str | None = None,
        details: Mapping[str, Any] | None = None,
        spaces: Sequence[str] = (),
    ) -> Device:
        """Do what changes nothing but its stage; raises ConflictError `stage_wrong`."""
        moved = replace(device, stage=after(device.stage, deed, device.device_id))
        await self.write(session, moved, deed, reason=reason, details=details, spaces=spaces)
        return moved

    async def write(
        self,
        session: AsyncSession,
        device: Device,
        deed: Deed,
        *,
        reason: str | None = None,
        details: Mapping[str, Any] | None = None,
        spaces: Sequence[str] = (),
    ) -> None:
        """Store a device as a deed has left it, with the step, the figures of `spaces`, and the notice."""
        now = self._clock()
        await repository.upsert(session, [device])
        await repository.add_steps(session, [self._step(device, deed, now, reason, details or {})])
        await retrofitting.follow(session, now, spaces)
        await repository.notify(session)

    async def _take(self, session: AsyncSession, wishes: Sequence[NewDevice], *, to_commission: bool) -> _Taken:
        now, taken = self._clock(), _Taken()
        before = await self._draft(session, wishes, taken, to_commission=to_commission)
        sealed = self._sealed(wishes, taken)
        await repository.upsert(session, list(taken.devices.values()))
        await repository.keep_secrets(session, sealed, now)
        await self._bind_many(session, wishes, taken, now)
        moved = [device for device in taken.devices.values() if device != before.get(device.device_id)]
        await repository.upsert(session, [d for d in moved if d.stage == "installed"])
        await repository.add_steps(session, self._steps(taken, before, now))
        await retrofitting.follow(session, now, sorted(set(taken.bound.values())))
        await repository.notify(session)
        return taken

    async def _draft(
        self, session: AsyncSession, wishes: Sequence[NewDevice], taken: _Taken, *, to_commission: bool
    ) -> dict[str, Device]:
        """Say which devices are wanted and which wishes are refused; answers those that were in use before, by id."""
        drafts: dict[int, Device] = {}
        for index, wish in enumerate(wishes):
            try:
                drafts[index] = self._device(wish)
            except ParkingError as error:
                taken.errors[index] = error
        before = await repository.known(session, [draft.device_id for draft in drafts.values()], lock=True)
        owners = await repository.owners(session, {name for draft in drafts.values() for name in _names(draft)})
        listed: set[str] = set()
        for index, draft in drafts.items():
            if draft.device_id in listed:
                taken.errors[index] = ConflictError(f"{draft.device_id} stands above already", code="device_repeated")
            elif any(owners.get(name, draft.device_id) != draft.device_id for name in _names(draft)):
                taken.errors[index] = ConflictError("another device speaks under this id", code="wire_id_taken")
            else:
                listed.add(draft.device_id)
                owners |= dict.fromkeys(_names(draft), draft.device_id)
                taken.devices[index] = _merged(draft, before.get(draft.device_id), to_commission=to_commission)
        return before

    def _sealed(self, wishes: Sequence[NewDevice], taken: _Taken) -> list[repository.Secret]:
        """Seal the keys; a device whose keys cannot be kept is not registered."""
        sealed: list[repository.Secret] = []
        for index, device in list(taken.devices.items()):
            try:
                sealed += [
                    repository.Secret(device.device_id, name, *self._safe.seal(device.device_id, name, value))
                    for name, value in checked_secrets(wishes[index].secrets).items()
                ]
            except ParkingError as error:
                taken.errors[index] = error
                del taken.devices[index]
        return sealed

    async def _bind_many(
        self, session: AsyncSession, wishes: Sequence[NewDevice], taken: _Taken, now: datetime
    ) -> None:
        """Bind each device to its space unless it watches it already."""
        wanted = {
            index: places.NewBinding(device.device_id, space_id, now)
            for index, device in taken.devices.items()
            if (space_id := wishes[index].space_id) is not None
        }
        ids = [wish.device_id for wish in wanted.values()]
        present = {(b.device_id, b.space_id) for b in await places.bindings(session, at_moment(now), device_ids=ids)}
        stages: dict[int, Stage] = {}
        for index, wish in list(wanted.items()):
            if (wish.device_id, wish.space_id) in present:
                del wanted[index]
                continue
            try:
                stages[index] = after(taken.devices[index].stage, "install", wish.device_id)
            except ConflictError as error:
                taken.errors[index] = error
                del wanted[index]
        refused = await places.bind_many(session, list(wanted.values()))
        for position, (index, wish) in enumerate(wanted.items()):
            if position in refused:
                taken.errors[index] = refused[position]
            else:
                taken.bound[index] = wish.space_id
                taken.devices[index] = replace(taken.devices[index], stage=stages[index])

    def _steps(self, taken: _Taken, before: Mapping[str, Device], now: datetime) -> list[Step]:
        """One step for each device that is new, changed or bound."""
        steps: list[Step] = []
        for index, device in taken.devices.items():
            old = before.get(device.device_id)
            details = {"space": taken.bound[index]} if index in taken.bound else {}
            if old is None:
                steps.append(self._step(device, "register", now, None, details))
            elif details:
                steps.append(self._step(device, "install", now, None, details))
            elif old != device:
                steps.append(self._step(device, "update", now, None, {}))
        return steps

    def _step(self, device: Device, deed: Deed, at: datetime, reason: str | None, details: Mapping[str, Any]) -> Step:
        return Step(
            device_id=device.device_id,
            at=at,
            actor=self._by,
            deed=deed,
            stage=device.stage,
            reason=reason,
            details=details,
        )

    async def _unbound(self, session: AsyncSession, device: Device, now: datetime) -> list[str]:
        """End its watch, if it has one; answers the space."""
        if not await places.bindings(session, at_moment(now), device_ids=[device.device_id]):
            return []
        return [(await places.unbind(session, device.device_id, now)).space_id]

    def _device(self, wish: NewDevice) -> Device:
        if not is_identifier(wish.device_id):
            raise InvalidInputError(f"{wish.device_id[:64]!r} is no device id", code="device_id_invalid")
        if wish.wire_id is not None and not is_identifier(wish.wire_id):
            raise InvalidInputError("a wire id is a DevEUI, an IMEI, or what else has its form", code="wire_id_invalid")
        profile = self._registry.profile(wish.vendor, wish.model)
        device_id = canonical_id(wish.device_id)
        wire_id = None if wish.wire_id is None else canonical_id(wish.wire_id)
        checked_secrets(wish.secrets)
        return Device(
            device_id=DeviceId(device_id),
            vendor=profile.vendor,
            model=profile.model,
            version=self._registry.version(wish.vendor, wish.model, wish.version),
            heartbeat_s=profile.heartbeat_s if wish.heartbeat_s is None else _heartbeat(wish.heartbeat_s),
            wire_id=None if wire_id == device_id else wire_id,
            supplier=wish.supplier,
            batch=wish.batch,
            serial=wish.serial,
            installed_at=wish.installed_at,
        )


def canonical_id(device_id: str) -> str:
    """Write a DevEUI in lower case, as the network servers' messages are read; leave any other id as it is."""
    return device_id.lower() if _EUI.match(device_id) else device_id


def _names(device: Device) -> set[str]:
    """Every id under which it may be addressed."""
    return {device.device_id} if device.wire_id is None else {device.device_id, device.wire_id}


def _merged(draft: Device, old: Device | None, *, to_commission: bool) -> Device:
    """What a wish leaves out stays, and so does the stage of a device that is in use."""
    if old is None:
        return replace(draft, stage="registered" if to_commission else "accepted")
    return replace(
        draft,
        stage=old.stage,
        wire_id=draft.wire_id or old.wire_id,
        supplier=draft.supplier or old.supplier,
        batch=draft.batch or old.batch,
        serial=draft.serial or old.serial,
        installed_at=draft.installed_at or old.installed_at,
    )


def _checked_start(since: datetime, now: datetime) -> datetime:
    if since > now + CLOCK_TOLERANCE:
        raise InvalidInputError("a binding begins now or in the past", code="binding_in_future")
    if since < now - OLDEST_BINDING:
        hours = OLDEST_BINDING // timedelta(hours=1)
        raise InvalidInputError(f"a binding is dated back by at most {hours} h", code="binding_too_old")
    return min(since.astimezone(UTC), now)


def _heartbeat(seconds: int) -> int:
    if not 1 <= seconds <= LONGEST_HEARTBEAT_S:
        raise InvalidInputError(
            f"a heartbeat is 1 to {LONGEST_HEARTBEAT_S} seconds, not {seconds}", code="heartbeat_invalid"
        )
    return seconds
