"""A city of any size in the least that makes it live: vehicles come and go at random, and every sensor speaks our own JSON.

For sizes at which the demonstration's drivers and their makes of sensors would need a machine of their own. Stays and gaps are without memory,
so a moment of the city is drawn at once for all of it; a sensor tells each change, and once in an hour that it lives.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np

from devices.transport.http import HttpPoster
from parking.domain.clock import format_instant

CHANGES_A_DAY: Final = 14.5
HEARTBEAT_S: Final = 3600
ROUSED: Final = 5_000
"""Sensors that speak for the first time in a second, after the city was switched on."""
OCCUPIED: Final = 0.6
"""Of the spaces at the beginning."""
LANES: Final = 8
"""A device always speaks through the same one, so that its words keep their order."""
BATCH: Final = 500
TICK_S: Final = 0.5
PATH: Final = "/v1/readings"
_DAY_S: Final = 86_400
_encode = msgspec.json.Encoder().encode


def device_of(space_id: str) -> str:
    """The name of the sensor on a space."""
    return f"sim-{space_id}"


class Crowd:
    """Deterministic by seed and by the instants at which it is asked; `speed` is that of the vehicles."""

    def __init__(self, space_ids: Sequence[str], *, seed: int, start: float, speed: float = 1.0) -> None:
        self._space_ids = space_ids
        self._chance = np.random.default_rng(seed)
        self._occupied = self._chance.random(len(space_ids)) < OCCUPIED
        self._sequence = np.zeros(len(space_ids), dtype=np.int64)
        self._session = str(int(start))
        self._speed = speed
        self._now = start
        self._roused = 0
        self._beat = 0
        self._owed = 0.0
        """Heartbeats that are due and not a whole one yet."""

    @property
    def truth(self) -> dict[str, bool]:
        """Which spaces are in use now."""
        return dict(zip(self._space_ids, self._occupied.tolist(), strict=True))

    def advance(self, until: float) -> list[list[bytes]]:
        """Let the city live until then; the bodies to send by lane, in order."""
        size = len(self._space_ids)
        passed = max(0.0, until - self._now)
        self._now = until
        moves = self._chance.poisson(size * CHANGES_A_DAY * self._speed * passed / _DAY_S)
        changed = np.unique(self._chance.integers(0, size, min(moves, size)))
        self._occupied[changed] ^= True
        # A sensor that has never spoken says what it sees when it does; a change before that is heard of then.
        told = changed[changed < self._roused]
        first = range(self._roused, min(size, self._roused + int(ROUSED * passed)))
        self._roused = first.stop
        self._owed += self._roused * passed / HEARTBEAT_S
        due = min(int(self._owed), self._roused)
        self._owed -= due
        beats = [(self._beat + number) % self._roused for number in range(due)]
        self._beat = (self._beat + due) % max(1, self._roused)
        at = format_instant(int(until * 1_000_000))
        words: list[list[dict[str, object]]] = [[] for _ in range(LANES)]
        for kind, indexes in (("startup", first), ("change", told.tolist()), ("restate", beats)):
            for index in indexes:
                words[index % LANES].append(self._word(index, kind, at))
        return [
            [_encode({"readings": lane[start : start + BATCH]}) for start in range(0, len(lane), BATCH)]
            for lane in words
        ]

    def _word(self, index: int, kind: str, at: str) -> dict[str, object]:
        self._sequence[index] += 1
        return {
            "device": device_of(self._space_ids[index]),
            "observed_at": at,
            "status": "occupied" if self._occupied[index] else "free",
            "kind": kind,
            "session": self._session,
            "sequence": int(self._sequence[index]),
        }


async def play(crowd: Crowd, poster: HttpPoster, *, now: Callable[[], float]) -> None:
    """Until cancelled. While the door is away the city waits: nothing piles up."""

    async def speak(lane: int, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            await poster.post(PATH, body, subject=str(lane))

    while True:
        lanes = crowd.advance(now())
        await asyncio.gather(*(speak(lane, bodies) for lane, bodies in enumerate(lanes)))
        await asyncio.sleep(TICK_S)
