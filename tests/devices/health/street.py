"""A street of sensors and the stream that they leave, for a fleet that judges their health; pure and seeded."""

import heapq
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from devices.health.fleet import Fleet
from devices.health.model import Turn
from devices.health.policy import DAY, HOUR, MINUTE, SECOND
from devices.inventory.model import OPEN_END, Device, DeviceEntry, Watch
from parking.domain.ids import DeviceId
from parking.occupancy.evidence import Observation, SensedStatus
from parking.raw.model import Outcome

T0: Final = 1_790_000_000_000_000 // DAY * DAY
HEARTBEAT: Final = HOUR
CHANGES_A_DAY: Final = 14.5
"""devices.md 5.4: true changes of a space in a day."""
VICTIM: Final = "d0"
PARTNER: Final = "camera-0"
"""Watches the space of the victim as well."""
NEIGHBOURS: Final = 6
DAYS: Final = 7

Said = Observation | tuple[int, Outcome]
"""A reading, or an outcome with the instant of its receipt."""
Stream = list[Said]


def entry(device_id: str, space_id: str, *, heartbeat: int = HEARTBEAT, start: int = 0) -> DeviceEntry:
    device = Device(
        device_id=DeviceId(device_id), vendor="Bosch", model="TPS110", version="0.29", heartbeat_s=heartbeat // SECOND
    )
    return DeviceEntry(device, 3 * heartbeat // SECOND, (Watch(start, OPEN_END, space_id, "z1", "c1"),))


def received_at(said: Said) -> int:
    return said.received_at if isinstance(said, Observation) else said[0]


def word(
    device_id: str,
    status: SensedStatus | None,
    at: int,
    *,
    kind: str = "restate",
    space_id: str | None = None,
    **rest: object,
) -> Observation:
    """One reading, received two seconds after it was made."""
    said = Observation(
        device_id,
        space_id or f"s{device_id.rpartition('-')[2].lstrip('d')}",
        "z1",
        msgspec.convert(kind, str),
        status,
        at,
        at + 2 * SECOND,
        3 * HEARTBEAT // SECOND,
    )
    return msgspec.structs.replace(said, **rest)


def healthy(device_id: str, seed: int, *, days: int = DAYS, counted: bool = True) -> Stream:
    """What a device says that is in order: a change for each car, a heartbeat an hour after its last message."""
    chance = random.Random(f"{seed}/{device_id}")  # noqa: S311 - not for secrets
    at, sequence = T0 + chance.randrange(HOUR), 0
    status: SensedStatus = "free"
    change = T0 + int(chance.expovariate(CHANGES_A_DAY / DAY)) + HOUR
    said: Stream = [word(device_id, "free", at, kind="startup", sequence=0 if counted else None, session="a")]
    while at < T0 + days * DAY:
        sequence += 1
        at, kind = min((change, "change"), (at + HEARTBEAT, "restate"))
        if kind == "change":
            status = "occupied" if status == "free" else "free"
            change = at + 3 * MINUTE + int(chance.expovariate(CHANGES_A_DAY / DAY))
        said.append(
            word(
                device_id,
                status,
                at,
                kind=kind,
                session="a",
                sequence=sequence if counted else None,
                battery_v=3.6,
                magnetic=field_of(status == "occupied", chance),
            )
        )
    return said


def field_of(occupied: bool, chance: random.Random, shift: float = 0.0) -> tuple[float, float, float]:  # noqa: FBT001
    """A field with noise; a vehicle adds 300 of the device's units, `shift` is in vehicles."""
    base = 300.0 * (occupied + shift)
    return chance.gauss(base, 8), chance.gauss(120, 8), chance.gauss(-400, 8)


@dataclass(kw_only=True)
class Street:
    """Neighbours in order; the victim and, where it has one, the partner of its space come from the test."""

    victim: Stream
    partner: Stream = field(default_factory=list)
    empty_v: float | None = None
    days: int = DAYS
    fleet: Fleet = field(default_factory=Fleet)
    entries: dict[str, DeviceEntry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number in range(NEIGHBOURS):
            self.entries[f"d{number}"] = entry(f"d{number}", f"s{number}")
        if self.partner:
            self.entries[PARTNER] = entry(PARTNER, "s0")
        self.fleet.survey(self.entries, T0, lambda _: self.empty_v)

    def pass_days(self, end: int | None = None) -> list[Turn]:
        """Hear everything in order of receipt, with a look for silence every ten minutes; what turned, in order."""
        end = T0 + self.days * DAY if end is None else end
        turned: list[Turn] = []
        look = T0
        for said in self._merged():
            at = received_at(said)
            if at >= end:
                break
            while look <= at:
                self.fleet.miss(lambda _: T0, look)
                look += 10 * MINUTE
            self.hear(said)
            turned += self.settle()
        while look < end:
            self.fleet.miss(lambda _: T0, look)
            look += 10 * MINUTE
        return turned + self.settle()

    def hear(self, said: Said) -> None:
        if isinstance(said, Observation):
            self.fleet.hear([(said, "a")], said.received_at)
        else:
            self.fleet.hear_outcome(said[1].device_id or "", said[1], said[0])

    def settle(self) -> list[Turn]:
        turned = list(self.fleet.turns)
        self.fleet.settled()
        return turned

    def _merged(self) -> Iterator[Said]:
        streams: list[Iterable[Said]] = [healthy(f"d{n}", 1, days=self.days) for n in range(1, NEIGHBOURS)]
        ordered = [sorted(stream, key=received_at) for stream in (*streams, self.victim, self.partner)]
        return heapq.merge(*ordered, key=received_at)


def faults_of(turned: Sequence[Turn], device_id: str = VICTIM) -> list[tuple[str, str]]:
    """What turned for a device, in order."""
    return [(turn.what, turn.fault.fault) for turn in turned if turn.fault.device_id == device_id]


def during(start: int, end: int, change: Callable[[Observation], Iterable[Said]]) -> Callable[[Stream], Stream]:
    """Let `change` make of each reading that was observed in `[start, end)` what arrives instead."""

    def applied(stream: Stream) -> Stream:
        changed: Stream = []
        for said in stream:
            if isinstance(said, Observation) and start <= said.observed_at < end:
                changed += change(said)
            else:
                changed.append(said)
        return changed

    return applied
