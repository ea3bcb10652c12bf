"""The read model takes change batches over whole and never calls a stale number fresh."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.public.atlas import Atlas
from api.public.documents import space_document, zone_document
from api.public.facility_documents import facility_document
from api.public.read_model import ReadModel
from parking.domain.clock import Micros
from parking.domain.errors import NotFoundError, UnavailableError
from parking.occupancy.live_reader import ShardChange
from parking.occupancy.model import ChangeBatch, ZoneCounts
from parking.occupancy.shards import SHARDS, shard_of
from tests.api.city_in_memory import BEAT_US, NOW_US, SPACES, catalogue, fill, filled_model, freed, snapshots, zone


def test_zone_is_unknown_in_full_when_the_live_store_has_not_heard_of_it() -> None:
    model = filled_model()
    model.adopt_inventory(Atlas(catalogue(zone("Z3", "gaoxin"))))
    counts, _ = model.zone("Z3")
    assert (counts.capacity, counts.unknown, counts.vacant, counts.observed_at) == (0, 0, 0, None)
    empty = ReadModel(now_us=lambda: NOW_US)
    empty.adopt_inventory(Atlas(catalogue()))
    view = empty.zone("Z1")
    assert (view.counts.capacity, view.counts.unknown, view.counts.restricted, view.stale) == (3, 2, 1, True)
    assert empty.missing_zones() == ["Z1", "Z2"]


def test_questions_are_refused_by_name_when_there_is_no_inventory_or_no_such_zone() -> None:
    with pytest.raises(UnavailableError) as unavailable:
        ReadModel(now_us=lambda: NOW_US).zone("Z1")
    assert unavailable.value.code == "inventory_unavailable"
    with pytest.raises(NotFoundError) as unknown:
        filled_model().zone("Z9")
    assert unknown.value.code == "zone_unknown"


def test_space_and_counts_move_together_when_a_batch_is_applied() -> None:
    model = filled_model()
    model.apply(freed("1001-0"))
    assert model.zone("Z1").counts.vacant == 2
    document = space_document(model, SPACES[0])
    assert (document["status"], document["age_s"], document["reason"]) == ("free", 0, None)
    assert model.positions[shard_of("Z1")] == "1001-0"


def test_everything_is_stale_when_the_feed_is_lost_and_fresh_again_when_it_is_back() -> None:
    model = filled_model()
    assert zone_document(model, "Z1")["stale"] is False
    model.observe({}, connected=False)
    assert zone_document(model, "Z1")["stale"] is True
    assert facility_document(model, catalogue().facilities[next(iter(catalogue().facilities))])["stale"] is True
    model.observe(dict.fromkeys(SHARDS, NOW_US + 1), connected=True)
    assert zone_document(model, "Z1")["stale"] is False


def test_shard_is_stale_when_its_engine_has_been_silent() -> None:
    now = 0.0
    model = fill(ReadModel(now_us=lambda: NOW_US, monotonic=lambda: now))
    now = 2.9
    model.observe(dict.fromkeys(SHARDS, BEAT_US), connected=True)
    assert not model.zone("Z1").stale
    now = 3.1
    assert model.zone("Z1").stale, "nobody has looked at the pulse since: the process itself was stopped"
    assert zone_document(model, "Z1")["stale"] is True
    model.observe(dict.fromkeys(SHARDS, BEAT_US), connected=True)
    assert model.zone("Z1").stale
    frame = model.journal.after(model.journal.next_sequence - 1, 100)
    assert frame is not None
    assert set(frame[0].zone_ids) == {"Z1", "Z2"}
    model.apply(freed("1001-0"))
    assert not model.zone("Z1").stale
    assert shard_of("Z2") == shard_of("Z1") or model.zone("Z2").stale


def test_shard_is_stale_when_its_changes_have_not_been_read_while_its_engine_is_well() -> None:
    now = 0.0
    model = fill(ReadModel(now_us=lambda: NOW_US, monotonic=lambda: now))
    now = 4.0
    model.observe(dict.fromkeys(SHARDS, BEAT_US + 1), connected=True)
    assert model.zone("Z1").stale, "a process that was stopped hears the pulse before it has read on"
    model.heard(SHARDS, 2.0)
    model.observe({}, connected=True)
    assert not model.zone("Z1").stale
    model.heard(SHARDS, 0.5)
    assert not model.zone("Z1").stale, "what was asked later and answered before counts"


def test_shard_is_stale_when_its_heartbeat_moves_and_says_that_it_is_old() -> None:
    """Behind a backlog, and in a process that was stopped: what it hears when it wakes was said long ago."""
    wall: int = NOW_US
    model = fill(ReadModel(now_us=lambda: Micros(wall), monotonic=lambda: wall / 1e6))
    wall += 60_000_000
    model.heard(SHARDS, wall / 1e6)
    model.observe(dict.fromkeys(SHARDS, wall - 10_000_000), connected=True)
    assert model.zone("Z1").stale
    model.observe(dict.fromkeys(SHARDS, wall - 2_000_000), connected=True)
    assert not model.zone("Z1").stale, "clocks of two machines need not agree to the second"


def test_confirmation_moves_the_time_of_a_space_when_the_belief_is_the_same() -> None:
    model = filled_model()
    shard = shard_of("Z1")
    theirs = snapshots()[shard]
    state = theirs.spaces["S1"]
    later = type(state)(state.zone_id, "occupied", state.since, NOW_US, NOW_US, 900, "d1", "restate", None, None)
    theirs.spaces["S1"] = later
    theirs.spaces["S2"] = type(state)("Z1", "occupied", NOW_US, NOW_US, NOW_US, 900, "d2", "change", None, None)
    model.confirm(shard, theirs.spaces.items())
    assert space_document(model, SPACES[0])["observed_at"] == "2026-07-01T08:00:00.000000Z"
    assert space_document(model, SPACES[1])["status"] == "free"


def test_removed_zone_and_space_are_forgotten_when_a_batch_says_so() -> None:
    model = filled_model()
    change = freed("1001-0")
    change.batch.changes[0] = type(change.batch.changes[0])(
        "S1", "Z1", "unknown", "occupied", NOW_US, None, NOW_US, "inventory", None, None, None, "unknown", True
    )
    batch = ChangeBatch(NOW_US, change.batch.changes, [], [], ["Z1"])
    model.apply(ShardChange(shard=shard_of("Z1"), change_id="1001-0", batch=batch))
    assert "Z1" in model.missing_zones()
    assert space_document(model, SPACES[0])["reason"] == "never_heard"


def test_listeners_hear_of_a_zone_only_when_its_numbers_move_or_some_seconds_passed() -> None:
    model = filled_model()
    shard = shard_of("Z1")

    def confirm(number: int) -> tuple[str, ...]:
        counts = ZoneCounts("Z1", 3, 1, 1, 0, 1, 0, NOW_US + number, 1)
        before = model.journal.next_sequence
        model.apply(ShardChange(shard=shard, change_id=f"1001-{number}", batch=ChangeBatch(NOW_US, [], [counts], [])))
        frames = model.journal.after(before, 100)
        assert frames is not None
        return frames[0].zone_ids if frames else ()

    assert confirm(0) == ("Z1",)
    assert confirm(1) == ()
    model.now_us = lambda: NOW_US + 6_000_000
    assert confirm(2) == ("Z1",)


@given(st.lists(st.booleans(), max_size=30))
def test_the_four_counts_add_up_to_capacity_at_every_moment(frees: list[bool]) -> None:
    model = filled_model()
    for number, free in enumerate(frees):
        model.apply(freed(f"{2000 + number}-0", status="free" if free else "occupied"))
        document = zone_document(model, "Z1")
        parts = document["vacant"] + document["occupied"] + document["unknown"] + document["restricted"]
        assert parts == document["capacity"]
