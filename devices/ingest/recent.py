"""Remembers for a while what was appended, so that a repeated request is answered and not stored again."""

from collections.abc import Hashable
from collections.abc import Set as AbstractSet
from typing import Final

from parking.occupancy.evidence import Observation

GENERATION: Final = 50_000


def duplicate_key(observation: Observation) -> Hashable:
    """What makes two messages one: the sender's id, else the counter in its session, else everything said."""
    if observation.event_id is not None:
        return observation.device_id, observation.event_id
    if observation.session is not None and observation.sequence is not None:
        return observation.device_id, observation.session, observation.sequence
    return (
        observation.device_id,
        observation.observed_at,
        observation.kind,
        observation.status,
        observation.sequence,
    )


class RecentKeys:
    """Between one and two generations of keys; the engine finds the duplicates that this has forgotten."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._generation = generation
        self._young: set[Hashable] = set()
        self._old: set[Hashable] = set()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._young or key in self._old

    def add(self, keys: AbstractSet[Hashable]) -> None:
        self._young |= keys
        if len(self._young) > self._generation:
            self._old, self._young = self._young, set()
