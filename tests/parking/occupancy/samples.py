"""Readings and zones in short words, for the tests of this folder."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from parking.domain.clock import to_micros, utc_now
from parking.occupancy.engine_batch import ShardState, apply_entries
from parking.occupancy.evidence import EvidenceKind, Observation, SensedStatus, ZoneEntry
from parking.occupancy.model import SpaceState, ZoneCounts
from parking.occupancy.tally import count_anew

T0: Final = 1_790_000_000_000_000
SECOND: Final = 1_000_000


def reading(
    status: SensedStatus | None = "occupied",
    *,
    at_s: float = 0,
    kind: EvidenceKind = "change",
    device: str = "d1",
    space: str = "s1",
    zone: str = "z1",
    received_s: float | None = None,
    silence_s: int = 900,
    **rest: Any,  # noqa: ANN401 - the optional fields of an observation
) -> Observation:
    """`at_s` seconds after T0, received half a second later."""
    received_s = at_s + 0.5 if received_s is None else received_s
    return Observation(
        device_id=device,
        space_id=space,
        zone_id=zone,
        kind=kind,
        status=status,
        observed_at=T0 + int(at_s * SECOND),
        received_at=T0 + int(received_s * SECOND),
        silence_s=silence_s,
        **rest,
    )


def fresh_reading(status: SensedStatus | None = "occupied", **rest: Any) -> Observation:  # noqa: ANN401 - as above
    """A reading of this moment, for engines that live by the real clock."""
    now_s = (to_micros(utc_now()) - T0) / SECOND
    return reading(status, at_s=now_s, received_s=now_s, **rest)


def zone(
    *spaces: str,
    zone_id: str = "z1",
    revision: int = 1,
    closed: Iterable[str] = (),
    windows: Iterable[tuple[str, int, int, str]] = (),
) -> ZoneEntry:
    """`closed` spaces are out of service; `windows` close a space from and until so many seconds after T0."""
    out = set(closed)
    closures = [(space, T0 + start * SECOND, T0 + end * SECOND, reason) for space, start, end, reason in windows]
    return ZoneEntry(zone_id, revision, [(space, space not in out) for space in spaces], T0, closures)


def shard_with(*zones: ZoneEntry) -> ShardState:
    shard = ShardState()
    shard.absorb(apply_entries(shard, [(f"{n}-1", entry) for n, entry in enumerate(zones, 1)], T0))
    return shard


def assert_counts_equal_spaces(counts: Mapping[str, ZoneCounts], spaces: Mapping[str, SpaceState]) -> None:
    """Every zone's counts are the sum over its spaces, and the four add up to its capacity."""
    for zone_id, counted in counts.items():
        states = [state for state in spaces.values() if state.zone_id == zone_id]
        anew = count_anew(zone_id, states, revision=counted.revision)
        assert _numbers(counted) == _numbers(anew)
        assert counted.vacant + counted.occupied + counted.unknown + counted.restricted == counted.capacity
        assert 0 <= counted.restricted_occupied <= counted.restricted
    assert {state.zone_id for state in spaces.values()} <= counts.keys()


def _numbers(counts: ZoneCounts) -> tuple[int, ...]:
    return (
        counts.capacity,
        counts.vacant,
        counts.occupied,
        counts.unknown,
        counts.restricted,
        counts.restricted_occupied,
    )
