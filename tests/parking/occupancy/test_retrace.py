"""A shard that is taken from a checkpoint through what history has after it is what it was, whatever happened in between."""

import random
from collections import Counter
from typing import Final

import msgspec
import pytest

from parking.occupancy.changes import space_fact
from parking.occupancy.engine_batch import Outcome, ShardState, apply_entries, apply_silence
from parking.occupancy.evidence import EVIDENCE_KINDS, Observation
from parking.occupancy.live_store import shard_state
from parking.occupancy.retrace import Entry, Retracing, Told
from parking.occupancy.shard_image import EMPTY, ShardImage, pack, unpack
from tests.parking.occupancy.samples import SECOND, T0, assert_counts_equal_spaces, reading, shard_with, zone

SPACES: Final = [f"s{n}" for n in range(6)]
STORIES: Final = 60
STEPS: Final = 60


class Story:
    """An engine's life with a history beside it that notes what the writer of history would."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - reproducible
        self.inventory = {"z1": zone("s0", "s1", "s2"), "z2": zone("s3", "s4", zone_id="z2")}
        self.shard = shard_with(*self.inventory.values())
        self.now_s = 0
        self.readings: list[Entry] = []
        self.told: list[Told] = []
        self.fired: Counter[str] = Counter()

    @property
    def now(self) -> int:
        return T0 + self.now_s * SECOND

    def step(self, *, moves_inventory: bool) -> None:
        self.now_s += self.chance.randint(1, 120)
        what = self.chance.choices(["readings", "silence", "inventory"], [8, 3, 1 if moves_inventory else 0])[0]
        self.fired[what] += 1
        if what == "readings":
            self._hear([self._reading() for _ in range(self.chance.randint(1, 4))])
        elif what == "silence":
            self._take(apply_silence(self.shard, sorted(self.shard.spaces), self.now), [])
        else:
            self._move_inventory()

    def checkpoint(self) -> ShardImage:
        """And history forgets what it no longer has to tell."""
        self.readings, self.told = [], []
        hashes = {
            "spaces": self.shard.spaces.data,
            "counts": self.shard.counts.data,
            "zones": self.shard.zones.data,
            "devices": self.shard.devices.data,
        }
        named = {name: {key.encode(): data for key, data in part.items()} for name, part in hashes.items()}
        return unpack(pack(msgspec.structs.replace(EMPTY, hashes=named)))

    def _reading(self) -> Observation:
        at_s = self.now_s - self.chance.choice([0, 0, 0, 0, 1, 90, 400])
        return reading(
            self.chance.choice(["occupied", "free", "occupied", "free", None]),
            at_s=at_s,
            kind=self.chance.choice(["change", "change", "restate", *EVIDENCE_KINDS]),
            device=self.chance.choice(["d1", "d2", "d3", "d4"]),
            space=self.chance.choice([*SPACES, "nowhere"]),
            received_s=self.now_s,
            silence_s=self.chance.choice([60, 900]),
            session=self.chance.choice([None, "a", "b"]),
            sequence=self.chance.choice([None, *range(30)]),
            event_id=self.chance.choice([None, None, *map(str, range(20))]),
            trusted=self.chance.random() > 0.1,
        )

    def _hear(self, items: list[Observation]) -> None:
        entry_id = f"{self.now // 1000}-0"
        outcome = apply_entries(self.shard, [(entry_id, items)], self.now)
        letters = outcome.batch.read[0][1].decode()
        kept = [
            msgspec.structs.replace(item, space_id="") if letter == "u" else item
            for item, letter in zip(items, letters, strict=True)
            if letter != "d"
        ]
        self.fired.update(letters)
        self._take(outcome, [(entry_id, kept)] if kept else [])

    def _move_inventory(self) -> None:
        taken = self.chance.sample(SPACES, self.chance.randint(2, 5))
        cut = self.chance.randint(1, len(taken) - 1)
        closed = [space for space in taken if self.chance.random() < 0.2]
        for zone_id, spaces in (("z1", taken[:cut]), ("z2", taken[cut:])):
            entry = zone(
                *spaces,
                zone_id=zone_id,
                revision=self.inventory[zone_id].revision + 1,
                closed=closed,
                windows=[(space, self.now_s, self.now_s + 100_000, "works") for space in spaces[:1]],
            )
            self.inventory[zone_id] = entry
            self._take(apply_entries(self.shard, [("0-0", entry)], self.now), [])

    def _take(self, outcome: Outcome, readings: list[Entry]) -> None:
        self.shard.absorb(outcome)
        self.readings += readings
        for item, change in enumerate(outcome.batch.changes):
            fact = space_fact(change)
            self.told.append(
                Told(
                    change.at,
                    f"{self.now // 1000}-0",
                    item,
                    change.space_id,
                    change.zone_id,
                    fact.status,
                    change.belief,
                    change.since,
                    change.observed_at,
                    change.evidence,
                    change.device_id,
                    change.confidence,
                    fact.reason,
                )
            )


def retraced(image: ShardImage, story: Story) -> Retracing:
    retracing = Retracing(shard_state(image.hashes), story.told)
    known = retracing.state.zones
    retracing.define(
        [e for e in story.inventory.values() if (k := known.get(e.zone_id)) is None or k.revision < e.revision],
        story.now,
    )
    retracing.hear(story.readings)
    retracing.settle({}, story.now)
    return retracing


@pytest.mark.parametrize("moves_inventory", [False, True])
def test_retraced_shard_is_the_one_that_was_lost(*, moves_inventory: bool) -> None:
    fired: Counter[str] = Counter()
    for seed in range(STORIES):
        story = Story(seed)
        for _ in range(story.chance.randint(0, STEPS)):
            story.step(moves_inventory=moves_inventory)
        image = story.checkpoint()
        for _ in range(story.chance.randint(0, STEPS)):
            story.step(moves_inventory=moves_inventory)
        found = retraced(image, story)
        assert_counts_equal_spaces(found.state.counts, found.state.spaces)
        assert found.changes(story.now) == [], seed
        assert dict(found.state.devices) == dict(story.shard.devices), seed
        if moves_inventory:
            assert published(found.state) == published(story.shard), seed
        else:
            assert dict(found.state.spaces) == dict(story.shard.spaces), seed
            assert dict(found.state.counts) == dict(story.shard.counts), seed
        fired += story.fired
    wanted = {"readings", "silence", *"acoldtu"} | ({"inventory"} if moves_inventory else set())
    assert set(fired) == wanted


def published(shard: ShardState) -> dict[str, tuple[object, ...]]:
    return {
        space_id: (state.zone_id, state.status, state.belief, state.since, state.closed_until)
        for space_id, state in shard.spaces.items()
    }
