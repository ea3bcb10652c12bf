"""Any stream of evidence, duplicated, reordered and cut by restarts: the named invariants hold throughout."""

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, cast

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from parking.occupancy.closure_watch import ClosureWatch
from parking.occupancy.device_window import DeviceWindow
from parking.occupancy.engine_batch import Outcome, ShardState, apply_closures, apply_entries, apply_silence
from parking.occupancy.evidence import EVIDENCE_KINDS, Observation, ZoneEntry
from parking.occupancy.fusion.kept import Fused
from parking.occupancy.model import ChangeBatch, SpaceState, ZoneCounts
from parking.occupancy.packed import Packed
from parking.occupancy.silence_watch import SilenceWatch
from parking.occupancy.transition import silence_ends_at
from tests.parking.occupancy.samples import SECOND, T0, assert_counts_equal_spaces, reading, shard_with, zone

T = TypeVar("T")

SPACES = [f"s{n}" for n in range(6)]
ZONES = ["z1", "z2"]

observations = st.builds(
    reading,
    st.sampled_from(["occupied", "free", None]),
    at_s=st.integers(0, 400),
    kind=st.sampled_from(EVIDENCE_KINDS),
    device=st.sampled_from(["d1", "d2", "d3", "d4"]),
    space=st.sampled_from([*SPACES, "nowhere"]),
    received_s=st.integers(0, 500),
    silence_s=st.sampled_from([1, 60, 900]),
    session=st.sampled_from([None, "a", "b"]),
    sequence=st.one_of(st.none(), st.integers(0, 300)),
    event_id=st.one_of(st.none(), st.integers(0, 50).map(str)),
    source=st.sampled_from([None, "geomagnetic", "camera", "payment"]),
    trusted=st.sampled_from([True, True, True, True, False]),
    replayed=st.sampled_from([False, False, False, True]),
)
windows = st.builds(
    lambda space, start, length, reason: (space, start, start + length, reason),
    st.sampled_from(SPACES),
    st.integers(0, 300),
    st.integers(1, 100),
    st.sampled_from(["cleaning", "works"]),
)
definitions = st.builds(
    lambda zone_id, revision, spaces, closed, windows: zone(
        *spaces, zone_id=zone_id, revision=revision, closed=closed, windows=windows
    ),
    st.sampled_from(ZONES),
    st.integers(1, 20),
    st.lists(st.sampled_from(SPACES), unique=True),
    st.lists(st.sampled_from(SPACES)),
    st.lists(windows, max_size=4, unique_by=lambda window: window[0]),
)


def stored(shard: ShardState) -> ShardState:
    """The shard as another engine would load it from the live store."""
    return ShardState(
        spaces=_through(shard.spaces, SpaceState),
        counts=_through(shard.counts, ZoneCounts),
        zones=_through(shard.zones, ZoneEntry),
        devices=_through(shard.devices, DeviceWindow),
        beliefs=_through(shard.beliefs, Fused),
    )


def _through(rows: Mapping[str, T], kind: type[T]) -> Packed[T]:
    return Packed(kind, {key: msgspec.msgpack.encode(value) for key, value in rows.items()})


class EngineMachine(RuleBasedStateMachine):
    """Readers follow the change batches only, and must end where the shard is."""

    fired: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.shard = shard_with(zone("s0", "s1", "s2"), zone("s3", "s4", zone_id="z2"))
        self.reader = {space_id: state.status for space_id, state in self.shard.spaces.items()}
        self.reader_counts = dict(self.shard.counts)
        self.accepted: list[Observation] = []
        self.watch = ClosureWatch()
        self.silences = SilenceWatch()
        self.silences.update(self.shard.spaces)
        self.now_s = 0

    @property
    def now(self) -> int:
        return T0 + self.now_s * SECOND

    def take(self, outcome: Outcome) -> None:
        self.shard.absorb(outcome)
        self.watch.update(outcome.zones)
        self.silences.update(outcome.sooner)
        batch = msgspec.msgpack.decode(msgspec.msgpack.encode(outcome.batch), type=ChangeBatch)
        for change in batch.changes:
            if change.removed:
                del self.reader[change.space_id]
            else:
                assert self.reader.get(change.space_id, "unknown") == change.previous_status
                self.reader[change.space_id] = change.status
        for zone_id in batch.removed_zones:
            self.reader_counts.pop(zone_id, None)
        self.reader_counts |= {counts.zone_id: counts for counts in batch.counts}

    @rule(items=st.lists(observations, max_size=8))
    def readings_come(self, items: list[Observation]) -> None:
        self.fired["readings"] += 1
        self.take(apply_entries(self.shard, [("1-1", items)], self.now))
        self.accepted = (self.accepted + items)[-20:]

    @rule(entry=definitions)
    def inventory_changes(self, entry: ZoneEntry) -> None:
        self.fired["inventory"] += 1
        self.take(apply_entries(self.shard, [("1-1", entry)], self.now))

    @rule(by_s=st.integers(1, 150))
    def clock_strikes(self, by_s: int) -> None:
        """As the owner of the shard does at every beat; afterwards exactly the spaces in a window are closed."""
        self.fired["windows"] += 1
        self.now_s += by_s
        self.take(apply_closures(self.shard, self.watch.due(self.now), self.now))
        for space_id, state in self.shard.spaces.items():
            entry = self.shard.zones[state.zone_id]
            if space_id in dict(entry.spaces):
                open_windows = [
                    (end, reason)
                    for space, start, end, reason in entry.closures
                    if space == space_id and start <= self.now < end
                ]
                assert open_windows == [w for w in [(state.closed_until, state.closed_for)] if w != (None, None)]

    @rule(at_s=st.integers(0, 2000))
    def time_passes(self, at_s: int) -> None:
        """Whose device has been silent for too long is found although only some moves of the space were watched."""
        self.fired["silence"] += 1
        at = T0 + at_s * SECOND
        ends = {space_id: silence_ends_at(state) for space_id, state in self.shard.spaces.items()}
        silent = self.silences.expired(self.shard.spaces, at)
        assert sorted(silent) == sorted(space_id for space_id, end in ends.items() if end is not None and end <= at)
        self.take(apply_silence(self.shard, silent, at))

    @rule()
    def last_reading_comes_again(self) -> None:
        self.fired["again"] += 1
        if self.accepted:
            outcome = apply_entries(self.shard, [("1-1", [self.accepted[-1]])], self.now)
            assert outcome.batch.read == [("1-1", b"d")]
            assert [outcome.spaces, outcome.counts, outcome.devices, outcome.batch.changes] == [{}, {}, {}, []]

    @rule()
    def engine_restarts(self) -> None:
        self.fired["restart"] += 1
        loaded = stored(self.shard)
        assert loaded == self.shard
        self.shard = loaded
        self.watch = ClosureWatch()
        self.watch.update(loaded.zones)
        self.silences = SilenceWatch()
        self.silences.update(loaded.spaces)

    @invariant()
    def counts_are_the_sums_of_their_spaces(self) -> None:
        assert_counts_equal_spaces(self.shard.counts, self.shard.spaces)

    @invariant()
    def reader_sees_what_the_engine_believes(self) -> None:
        assert self.reader == {space_id: state.status for space_id, state in self.shard.spaces.items()}
        assert self.reader_counts == self.shard.counts


def test_invariants_hold_over_any_history() -> None:
    machine = cast("Any", EngineMachine)
    machine.TestCase.settings = settings(
        max_examples=120, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    machine.TestCase("runTest").runTest()
    assert set(EngineMachine.fired) == {"readings", "inventory", "silence", "again", "restart", "windows"}


@settings(max_examples=150, deadline=None)
@given(
    statuses=st.lists(st.sampled_from(["occupied", "free", None]), min_size=1, max_size=40),
    kinds=st.lists(st.sampled_from(["change", "restate", "fault", "telemetry"]), min_size=40, max_size=40),
    counted=st.booleans(),
    devices=st.integers(1, 2),
    seed=st.integers(0, 2**32),
)
def test_order_and_copies_do_not_matter_within_the_window(
    *,
    statuses: list[Any],
    kinds: list[Any],
    counted: bool,
    devices: int,
    seed: int,
) -> None:
    frames = [
        reading(
            status,
            at_s=n,
            kind=kind,
            device=f"d{n % devices}",
            received_s=100,
            session="a" if counted else None,
            sequence=n if counted else None,
        )
        for n, (status, kind) in enumerate(zip(statuses, kinds, strict=False))
    ]
    chance = random.Random(seed)  # noqa: S311 - reproducible disorder
    shuffled = frames + chance.sample(frames, len(frames) // 2)
    chance.shuffle(shuffled)
    straight, disordered = shard_with(zone("s1")), shard_with(zone("s1"))
    straight.absorb(apply_entries(straight, [("1-1", frames)], T0))
    for n, frame in enumerate(shuffled):
        disordered.absorb(apply_entries(disordered, [(f"1-{n}", [frame])], T0))
    assert _belief(disordered) == _belief(straight)
    assert disordered.counts == straight.counts


def _belief(shard: ShardState) -> tuple[object, ...]:
    state = shard.spaces["s1"]
    return state.belief, state.reason, state.observed_at, state.device_id, state.heard_at
