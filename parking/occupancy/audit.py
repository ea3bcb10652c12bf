"""What of a shard is not as it should be: counts against spaces, spaces against the inventory, states against history. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from parking.occupancy.engine_batch import ShardState, closed_at
from parking.occupancy.evidence import ZoneEntry
from parking.occupancy.model import SpaceState, ZoneCounts
from parking.occupancy.retrace import Told
from parking.occupancy.streams import id_order
from parking.occupancy.tally import count_anew

What = Literal[
    "counts_differ",
    "zone_missing",
    "zone_surplus",
    "zone_behind",
    "space_missing",
    "space_surplus",
    "space_elsewhere",
    "service_differs",
    "closure_differs",
    "history_differs",
    "history_of_another_life",
    "position_ahead",
    "changes_missing",
    "entries_set_aside",
    "windows_unused",
]
"""The last two are for a person to look at: nothing is wrong with what is shown."""
GRACE_US: Final = 10_000_000
"""A window of restriction may be acted on so much later than it begins or ends."""
UNUSED_US: Final = 30 * 24 * 3600 * 1_000_000
"""A device that has not spoken for so long and that no state rests on: its window is no more than memory."""


class Finding(NamedTuple):
    """One thing that is not as it should be."""

    shard: int
    what: What
    subject: str
    """Zone or space, or nothing where it is of the whole shard."""
    found: object = None
    wanted: object = None

    @property
    def name(self) -> tuple[int, str, str]:
        """By which it is known again."""
        return self.shard, self.what, self.subject


def findings(
    shard: int, state: ShardState, wanted: Mapping[str, ZoneEntry], told: Iterable[Told], *, change_id: str, at: int
) -> Iterator[Finding]:
    """`wanted` are the zones of the inventory that have spaces, `told` the last published change of each space as history has it;
    the state is that of `change_id`, looked at at `at`.
    """
    spaces = dict(state.spaces)
    yield from _counted(shard, spaces, state)
    zones = dict(state.zones)
    for zone_id in zones.keys() - wanted.keys():
        yield Finding(shard, "zone_surplus", zone_id)
    for zone_id, entry in wanted.items():
        known = zones.get(zone_id)
        if known is None:
            yield Finding(shard, "zone_missing", zone_id, None, entry.revision)
        elif known.revision != entry.revision:
            yield Finding(shard, "zone_behind", zone_id, known.revision, entry.revision)
        else:
            yield from _placed(shard, spaces, entry, at)
    named = {space_id for entry in zones.values() for space_id, _ in entry.spaces}
    for space_id in spaces.keys() - named:
        yield Finding(shard, "space_surplus", space_id, spaces[space_id].zone_id)
    yield from _told(shard, spaces, told, change_id)
    unused = _unused(state, spaces, at)
    if unused:
        yield Finding(shard, "windows_unused", "", unused, 0)


def _counted(shard: int, spaces: Mapping[str, SpaceState], state: ShardState) -> Iterator[Finding]:
    inside: dict[str, list[SpaceState]] = {zone_id: [] for zone_id in state.counts}
    for each in spaces.values():
        inside.setdefault(each.zone_id, []).append(each)
    for zone_id, states in inside.items():
        counts = state.counts.get(zone_id)
        sums = numbers(count_anew(zone_id, states, revision=0))
        found = None if counts is None else numbers(counts)
        if found != sums:
            yield Finding(shard, "counts_differ", zone_id, found, sums)


def numbers(counts: ZoneCounts) -> tuple[int, ...]:
    return (
        counts.capacity,
        counts.vacant,
        counts.occupied,
        counts.unknown,
        counts.restricted,
        counts.restricted_occupied,
    )


def _placed(shard: int, spaces: Mapping[str, SpaceState], entry: ZoneEntry, at: int) -> Iterator[Finding]:
    closed, before = closed_at(entry, at), closed_at(entry, at - GRACE_US)
    for space_id, in_service in entry.spaces:
        state = spaces.get(space_id)
        if state is None:
            yield Finding(shard, "space_missing", space_id, None, entry.zone_id)
        elif state.zone_id != entry.zone_id:
            yield Finding(shard, "space_elsewhere", space_id, state.zone_id, entry.zone_id)
        elif state.in_service != in_service:
            yield Finding(shard, "service_differs", space_id, state.in_service, in_service)
        else:
            until = closed.get(space_id, (None, None))[0]
            if state.closed_until not in (until, before.get(space_id, (None, None))[0]):
                yield Finding(shard, "closure_differs", space_id, state.closed_until, until)


def _told(shard: int, spaces: Mapping[str, SpaceState], told: Iterable[Told], change_id: str) -> Iterator[Finding]:
    """A space of which history has something newer has moved on since the state was read; one without a row is older than history."""
    newest = id_order(change_id)
    for change in told:
        state = spaces.get(change.space_id)
        if state is None or change.removed or id_order(change.change_id) > newest:
            continue
        found, wanted = (state.status, state.belief, state.since), (change.status, change.belief, change.since)
        if found != wanted:
            yield Finding(shard, "history_differs", change.space_id, found, wanted)


def _unused(state: ShardState, spaces: Mapping[str, SpaceState], at: int) -> int:
    speaking = {each.device_id for each in spaces.values()}
    oldest = at - UNUSED_US
    return sum(
        device_id not in speaking and (window.newest is None or window.newest < oldest)
        for device_id, window in state.devices.items()
    )
