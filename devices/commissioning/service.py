"""Use cases between the register and a device whose word counts: tests, their verdicts, replacement, unknown devices.

The caller ends the transaction. Whoever does something is the `by` of the `DeviceService` handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from devices.commissioning import repository
from devices.commissioning.judging import judge, looks_of
from devices.commissioning.model import DeviceTest, Findings, Limits, Look, Verdict, checked_limits
from devices.commissioning.network import network_of
from devices.health import service as health
from devices.inventory import retrofitting
from devices.inventory.life import Deed
from devices.inventory.model import CLOCK_TOLERANCE, OLDEST_BINDING, Device, at_moment
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice, RowError
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from parking.domain.sortable_ids import new_sortable_id
from parking.places import repository as places
from parking.places.model import Binding
from parking.raw import repository as raw
from parking.raw import unknown
from parking.raw.repository import Wanted

MESSAGES: Final = 20_000
"""Of the newest so many the radio is judged: a month of a device that speaks every two minutes."""
EARLIER: Final = timedelta(hours=24)
"""How far before a test its device's word is read: the state at its beginning was said then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replacement:
    """What a replacement did."""

    old: Device
    new: Device
    binding: Binding
    """Of the new device."""


class CommissioningService:
    """Use cases of tests and replacement, over those of the registry."""

    def __init__(self, devices: DeviceService, clock: Clock, *, by: str) -> None:
        self._devices = devices
        self._clock = clock
        self._by = by

    async def start(
        self, session: AsyncSession, device_id: str, *, reference_device_id: str | None = None
    ) -> DeviceTest:
        """Begin to test a device on the space that it watches, against a person's looks or an accepted device there.

        Raises NotFoundError (`unknown_device`, `device_not_bound`), ConflictError (`stage_wrong`, `reference_unfit`).
        """
        device = await self._devices.known(session, device_id)
        now = self._clock()
        binding = await self._binding(session, device.device_id, now)
        reference = None if reference_device_id is None else await self._fit(session, reference_device_id, binding, now)
        test = DeviceTest(
            test_id=new_sortable_id(now),
            device_id=device.device_id,
            space_id=binding.space_id,
            reference="person" if reference is None else "device",
            reference_device_id=reference,
            limits=await repository.limits(session) or Limits(),
            started_at=now,
            started_by=self._by,
        )
        await self._devices.move(session, device, "test", details={"test": test.test_id, "space": test.space_id})
        if not await repository.add(session, test):
            raise ConflictError(f"device {device.device_id} is being tested", code="stage_wrong")
        return test

    async def look(self, session: AsyncSession, test_id: str, looks: Sequence[Look]) -> list[RowError]:
        """Keep what a person saw, each look once; a bad one becomes a `RowError`, the others pass.

        Codes: `look_before_test`, `look_in_future`, `look_contradicted` (another was kept of that instant). Raises
        NotFoundError `test_unknown`, ConflictError (`test_ended`, `reference_unfit` where a device is the truth).
        """
        test = await self._going_on(session, test_id)
        if test.reference != "person":
            raise ConflictError("this test holds the device against another, not against looks", code="reference_unfit")
        refused: list[RowError] = []
        for index, look in enumerate(looks):
            try:
                await self._keep_look(session, test, look)
            except ParkingError as error:
                refused.append(RowError(index, error.code, error.detail))
        return refused

    async def findings(self, session: AsyncSession, test_id: str) -> tuple[DeviceTest, Findings]:
        """What a test has shown so far, or had shown when it ended. Raises NotFoundError `test_unknown`."""
        test = await self.get(session, test_id)
        stored = await repository.findings_of(session, test_id)
        return test, stored if stored is not None else await self._judged(session, test)

    async def decide(
        self, session: AsyncSession, test_id: str, verdict: Verdict, *, reason: str, despite: bool = False
    ) -> tuple[DeviceTest, Findings]:
        """End a test by a person's word: the device is accepted, or stays to be tested again.

        To pass although a limit is not met is a word of its own, `despite`. Raises NotFoundError `test_unknown`,
        ConflictError (`test_ended`, `limits_not_met`).
        """
        test = await self._going_on(session, test_id)
        findings = await self._judged(session, test)
        if verdict == "passed" and findings.unmet and not despite:
            raise ConflictError(f"not met: {', '.join(findings.unmet)}", code="limits_not_met")
        device = await self._devices.known(session, test.device_id)
        ended = replace(test, ended_at=self._clock(), ended_by=self._by, verdict=verdict, reason=reason)
        await repository.end(session, ended, findings)
        details = {"test": test_id, "space": test.space_id, "unmet": list(findings.unmet)}
        deed: Deed = "pass" if verdict == "passed" else "fail"
        await self._devices.move(session, device, deed, reason=reason, details=details, spaces=[test.space_id])
        return ended, findings

    async def accept(self, session: AsyncSession, device_id: str, *, reason: str) -> Device:
        """Let a device's word count on a person's word, without a test. Raises `unknown_device`, `stage_wrong`."""
        return await self._stand(session, device_id, "accept", reason)

    async def withdraw(self, session: AsyncSession, device_id: str, *, reason: str) -> Device:
        """Take an acceptance back: the device is heard and does not count. Raises as `accept`."""
        return await self._stand(session, device_id, "withdraw", reason)

    async def replace(
        self, session: AsyncSession, old_id: str, new_id: str, *, reason: str, accept: bool = False
    ) -> Replacement:
        """Put one device in the place of another: the same space, the same moment, both histories kept, old faults over.

        The new one is to be tested unless it is accepted already or by `accept`. Raises NotFoundError (`unknown_device`,
        `device_not_bound`), ConflictError (`stage_wrong`, `device_already_bound`, `device_repeated`).
        """
        first, second = sorted([old_id, new_id])
        found = {name: await self._devices.known(session, name) for name in (first, second)}
        old, new = found[old_id], found[new_id]
        if old.device_id == new.device_id:
            raise ConflictError("a device does not replace itself", code="device_repeated")
        now = self._clock()
        told = {"space": (await self._binding(session, old.device_id, now)).space_id}
        old = await self._devices.move(session, old, "replace", reason=reason, details=told | {"by": new.device_id})
        await places.unbind(session, old.device_id, now)
        binding = await places.bind(session, new.device_id, told["space"], now)
        new = await self._devices.move(session, new, "install", reason=reason, details=told | {"of": old.device_id})
        if accept and new.stage != "accepted":
            new = await self._devices.move(session, new, "accept", reason=reason, details=told)
        await retrofitting.follow(session, now, [binding.space_id])
        await health.close_all(session, old.device_id, at=now)
        return Replacement(old=old, new=new, binding=binding)

    async def confirm(
        self, session: AsyncSession, wish: NewDevice, *, space_id: str | None = None, to_commission: bool = False
    ) -> Device:
        """Register a device that has spoken and that nobody knew; `wish` names it, its profile, and its wire id.

        Its binding reaches back to its first word, as far as a binding may, so that what was kept can be taken in again.
        Raises NotFoundError `unknown_device_not_held`, and as `DeviceService.register` and `DeviceService.bind`.
        """
        wire_id = wish.wire_id or wish.device_id
        held = await unknown.unknown_device(session, wire_id)
        if not held:
            raise NotFoundError("no device is held under that id", code="unknown_device_not_held")
        device = await self._devices.register(session, wish, to_commission=to_commission)
        if space_id is not None:
            since = max(min(one.first_seen for one in held), self._clock() - OLDEST_BINDING)
            await self._devices.bind(session, device.device_id, space_id, since=since)
        await unknown.forget_unknown(session, wire_id)
        return await self._devices.known(session, device.device_id)

    async def reject(self, session: AsyncSession, wire_id: str) -> None:
        """It is none of the city's and stays quiet. Raises NotFoundError `unknown_device_not_held`."""
        await unknown.reject_unknown(session, wire_id, by=self._by, at=self._clock())

    async def get(self, session: AsyncSession, test_id: str) -> DeviceTest:
        """Raises NotFoundError `test_unknown`."""
        return _known(await repository.find(session, test_id), test_id)

    async def set_limits(self, session: AsyncSession, wanted: Limits) -> Limits:
        """For tests that begin from now on. Raises InvalidInputError `limits_invalid`."""
        await repository.set_limits(session, checked_limits(wanted), by=self._by, at=self._clock())
        return wanted

    async def _stand(self, session: AsyncSession, device_id: str, deed: Deed, reason: str) -> Device:
        device = await self._devices.known(session, device_id)
        bound = await places.bindings(session, at_moment(self._clock()), device_ids=[device.device_id])
        return await self._devices.move(session, device, deed, reason=reason, spaces=[one.space_id for one in bound])

    async def _going_on(self, session: AsyncSession, test_id: str) -> DeviceTest:
        test = _known(await repository.find(session, test_id, lock=True), test_id)
        if test.ended_at is not None:
            raise ConflictError("this test has ended", code="test_ended")
        return test

    async def _keep_look(self, session: AsyncSession, test: DeviceTest, look: Look) -> None:
        if look.at < test.started_at - CLOCK_TOLERANCE:
            raise InvalidInputError("this was seen before the test began", code="look_before_test")
        if look.at > self._clock() + CLOCK_TOLERANCE:
            raise InvalidInputError("nothing is seen in the future", code="look_in_future")
        look = replace(look, at=look.at.astimezone(UTC))
        if await repository.add_look(session, test.test_id, look, by=self._by) != look:
            raise ConflictError("another look is kept of this instant", code="look_contradicted")

    async def _judged(self, session: AsyncSession, test: DeviceTest) -> Findings:
        start, end = test.started_at, self._clock()
        told = await repository.said(session, test.device_id, test.space_id, start - EARLIER, end)
        if test.reference_device_id is None:
            looks = await repository.looks(session, test.test_id)
        else:
            other = await repository.said(session, test.reference_device_id, test.space_id, start, end)
            looks = [look for look in looks_of(other) if look.at >= start]
        kept = await raw.listed(session, Wanted(since=start, until=end, device_id=test.device_id), limit=MESSAGES)
        outcomes = [one for message in reversed(kept) for one in message.outcomes if one.device_id == test.device_id]
        network = network_of([one for one in told if one.received_at >= start], outcomes)
        return judge(told, looks, test.limits, start=start, end=end, network=network)

    async def _binding(self, session: AsyncSession, device_id: str, now: datetime) -> Binding:
        found = await places.bindings(session, at_moment(now), device_ids=[device_id])
        if not found:
            raise NotFoundError(f"device {device_id} is bound to no space", code="device_not_bound")
        return found[0]

    async def _fit(self, session: AsyncSession, device_id: str, binding: Binding, now: datetime) -> str:
        """The id of a device that can be the truth of this binding's space."""
        device = await self._devices.known(session, device_id)
        here = await places.bindings(session, at_moment(now), device_ids=[device.device_id])
        watches = any(one.space_id == binding.space_id for one in here)
        if device.stage != "accepted" or not watches or device.device_id == binding.device_id:
            raise ConflictError("the reference is another, accepted device on the same space", code="reference_unfit")
        return device.device_id


def _known(test: DeviceTest | None, test_id: str) -> DeviceTest:
    if test is None:
        raise NotFoundError(f"there is no test {test_id[:64]!r}", code="test_unknown")
    return test
