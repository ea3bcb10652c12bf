"""One batch: readings and zone definitions in, states, counts and changes out, all of one instant."""

import msgspec

from parking.occupancy.engine_batch import ShardState, apply_closures, apply_entries, apply_silence
from parking.occupancy.evidence import ZoneEntry
from tests.parking.occupancy.samples import (
    SECOND,
    T0,
    assert_counts_equal_spaces,
    reading,
    shard_with,
    zone,
)


def absorb(shard: ShardState, *entries: object) -> list[tuple[str, str, str]]:
    """Apply and take over; what was published, as (space, status, evidence)."""
    outcome = apply_entries(shard, [(f"9-{n}", entry) for n, entry in enumerate(entries)], T0)  # type: ignore[misc]
    shard.absorb(outcome)
    assert_counts_equal_spaces(shard.counts, shard.spaces)
    return [(change.space_id, change.status, change.evidence) for change in outcome.batch.changes]


def test_spaces_are_unknown_when_nobody_has_been_heard() -> None:
    shard = shard_with(zone("s1", "s2"))
    assert shard.counts["z1"].unknown == shard.counts["z1"].capacity == 2
    assert shard.counts["z1"].observed_at is None
    assert {state.reason for state in shard.spaces.values()} == {"never_heard"}


def test_batch_says_what_became_of_every_reading() -> None:
    shard = shard_with(zone("s1"))
    readings = [
        reading("occupied", at_s=10),
        reading("occupied", at_s=10),
        reading("occupied", at_s=20, kind="restate"),
        reading("free", at_s=5),
        reading(None, at_s=21, kind="telemetry"),
        reading("free", device="d9", space="nowhere"),
    ]
    outcome = apply_entries(shard, [("5-1", readings), ("5-2", None)], T0)
    assert outcome.batch.read == [("5-1", b"adcltu"), ("5-2", b"")]
    assert [change.space_id for change in outcome.batch.changes] == ["s1"]


def test_shard_stays_as_it_was_until_the_outcome_is_absorbed() -> None:
    shard = shard_with(zone("s1"))
    before = dict(shard.spaces), dict(shard.counts), dict(shard.devices)
    apply_entries(shard, [("5-1", [reading()])], T0)
    assert (dict(shard.spaces), dict(shard.counts), dict(shard.devices)) == before


def test_every_flip_is_published_when_a_space_flips_twice_in_one_batch() -> None:
    shard = shard_with(zone("s1"))
    published = absorb(shard, [reading("occupied", at_s=1), reading("free", at_s=2)])
    assert published == [("s1", "occupied", "change"), ("s1", "free", "change")]
    assert shard.counts["z1"].vacant == 1


def test_silence_is_waited_for_anew_only_when_it_may_come_sooner() -> None:
    shard = shard_with(zone("s1", "s2"))
    heard = [("first", reading()), ("again", reading("free", at_s=10)), ("sooner", reading(at_s=20, silence_s=60))]
    sooner = {}
    for name, observation in heard:
        outcome = apply_entries(shard, [("1-1", [observation])], T0)
        shard.absorb(outcome)
        sooner[name] = outcome.sooner
    assert {name: set(spaces) for name, spaces in sooner.items()} == {"first": {"s1"}, "again": set(), "sooner": {"s1"}}
    assert sooner["sooner"] == {"s1": shard.spaces["s1"]}


def test_counts_say_how_fresh_they_are_when_a_state_is_only_confirmed() -> None:
    shard = shard_with(zone("s1"))
    absorb(shard, [reading(at_s=1)])
    outcome = apply_entries(shard, [("5-1", [reading(at_s=60, kind="restate")])], T0)
    assert outcome.batch.changes == []
    assert [counts.observed_at for counts in outcome.batch.counts] == [T0 + 60 * SECOND]


def test_space_is_restricted_when_it_goes_out_of_service() -> None:
    shard = shard_with(zone("s1", "s2"))
    absorb(shard, [reading("occupied")])
    published = absorb(shard, zone("s1", "s2", revision=2, closed=["s1"]))
    counts = shard.counts["z1"]
    assert published == [("s1", "restricted", "inventory")]
    assert (counts.restricted, counts.restricted_occupied, counts.unknown, counts.revision) == (1, 1, 1, 2)
    assert absorb(shard, [reading("free", at_s=9)]) == [("s1", "restricted", "change")]
    assert shard.counts["z1"].restricted_occupied == 0
    assert absorb(shard, zone("s1", "s2", revision=3)) == [("s1", "free", "inventory")]


def test_space_is_forgotten_when_the_definition_lacks_it() -> None:
    shard = shard_with(zone("s1", "s2"))
    outcome = apply_entries(shard, [("5-1", zone("s2", revision=2))], T0)
    shard.absorb(outcome)
    assert [(change.space_id, change.removed) for change in outcome.batch.changes] == [("s1", True)]
    assert shard.spaces.keys() == {"s2"}
    assert shard.counts["z1"].capacity == 1


def test_older_definition_changes_nothing() -> None:
    shard = shard_with(zone("s1", "s2", revision=5))
    assert absorb(shard, zone("s1", revision=4)) == []
    assert shard.counts["z1"].capacity == 2


def test_space_keeps_its_belief_when_it_moves_to_another_zone() -> None:
    shard = shard_with(zone("s1", "s2"), zone("s3", zone_id="z2", revision=2))
    absorb(shard, [reading("occupied")])
    assert absorb(shard, zone("s1", "s3", zone_id="z2", revision=3)) == [("s1", "occupied", "inventory")]
    assert absorb(shard, zone("s2", revision=4)) == []
    assert (shard.counts["z1"].capacity, shard.counts["z2"].occupied) == (1, 1)
    assert absorb(shard, [reading("free", at_s=5)]) == [("s1", "free", "change")]
    assert shard.counts["z2"].vacant == 1


def test_space_stays_when_an_older_definition_of_its_former_zone_comes_late() -> None:
    shard = shard_with(zone("s1"), zone("s1", "s3", zone_id="z2", revision=9))
    assert absorb(shard, zone("s1", revision=8)) == []
    assert shard.spaces["s1"].zone_id == "z2"


def test_zone_is_gone_when_it_has_no_spaces() -> None:
    shard = shard_with(zone("s1"), zone("s2", zone_id="z2"))
    outcome = apply_entries(shard, [("5-1", ZoneEntry("z1", 2, [], T0))], T0)
    shard.absorb(outcome)
    assert outcome.batch.removed_zones == ["z1"]
    assert (list(shard.counts), list(shard.zones), list(shard.spaces)) == (["z2"], ["z2"], ["s2"])
    assert apply_entries(shard, [("5-2", ZoneEntry("z1", 3, [], T0))], T0).batch.removed_zones == []


def test_zone_begins_anew_when_it_comes_back_in_the_same_batch() -> None:
    shard = shard_with(zone("s1"))
    absorb(shard, [reading("occupied")])
    absorb(shard, ZoneEntry("z1", 2, [], T0), zone("s1", "s2", revision=3))
    assert shard.counts["z1"].unknown == 2


def test_silent_space_is_unknown_with_its_own_evidence() -> None:
    shard = shard_with(zone("s1", "s2"))
    absorb(shard, [reading("occupied", silence_s=90), reading("free", space="s2", device="d2", silence_s=900)])
    outcome = apply_silence(shard, ["s1", "s2", "gone"], T0 + 100 * SECOND)
    shard.absorb(outcome)
    (change,) = outcome.batch.changes
    assert (change.space_id, change.status, change.reason, change.evidence) == ("s1", "unknown", "silent", "silence")
    assert (change.observed_at, change.device_id, change.since) == (None, None, T0 + 90 * SECOND + SECOND // 2)
    assert_counts_equal_spaces(shard.counts, shard.spaces)
    assert (shard.counts["z1"].unknown, shard.counts["z1"].vacant) == (1, 1)


def test_second_restatement_is_told_once_when_it_agrees_with_the_one_that_moved_the_belief() -> None:
    shard = shard_with(zone("s1"))
    absorb(shard, [reading("free", at_s=1)])
    assert absorb(shard, [reading("occupied", at_s=60, kind="restate")]) == [("s1", "occupied", "restate")]
    outcome = apply_entries(shard, [("5-1", [reading("occupied", at_s=120, kind="restate")])], T0)
    shard.absorb(outcome)
    (change,) = outcome.batch.changes
    assert (change.status, change.previous_status, change.since) == ("occupied", "occupied", T0 + 60 * SECOND)
    assert change.grounds_at == T0 + 60 * SECOND
    assert absorb(shard, [reading("occupied", at_s=180, kind="restate")]) == []


def test_change_names_the_last_word_for_the_belief_before_when_a_device_falls_silent() -> None:
    shard = shard_with(zone("s1"))
    absorb(shard, [reading("occupied", at_s=1), reading("occupied", at_s=600, kind="restate")])
    outcome = apply_silence(shard, ["s1"], T0 + 10**6 * SECOND)
    (change,) = outcome.batch.changes
    assert (change.belief, change.observed_at, change.grounds_at) == ("unknown", None, T0 + 600 * SECOND)


def test_silence_of_the_past_is_told_when_its_readings_are_taken_in_again() -> None:
    given = [reading("free", silence_s=60), reading("free", at_s=120, kind="restate", silence_s=60)]
    as_it_was = shard_with(zone("s1"))
    absorb(as_it_was, given[:1])
    as_it_was.absorb(apply_silence(as_it_was, ["s1"], T0 + 100 * SECOND))
    absorb(as_it_was, given[1:])
    again = shard_with(zone("s1"))
    told = absorb(again, [msgspec.structs.replace(one, replayed=True) for one in given])
    assert told == [("s1", "free", "change"), ("s1", "unknown", "silence"), ("s1", "free", "restate")]
    assert again.spaces == as_it_was.spaces
    assert again.spaces["s1"].since == T0 + 120 * SECOND


def close(shard: ShardState, at_s: int) -> list[tuple[str, str, str, str | None]]:
    """Let the windows of z1 hold as of `at_s`; what was published."""
    outcome = apply_closures(shard, ["z1"], T0 + at_s * SECOND)
    shard.absorb(outcome)
    assert_counts_equal_spaces(shard.counts, shard.spaces)
    return [(c.space_id, c.status, c.evidence, c.closed_for) for c in outcome.batch.changes]


def test_space_is_restricted_exactly_in_its_window() -> None:
    shard = shard_with(zone("s1", "s2", windows=[("s1", 10, 20, "cleaning")]))
    absorb(shard, [reading("occupied"), reading("free", space="s2", device="d2")])
    assert close(shard, 9) == []
    assert close(shard, 10) == [("s1", "restricted", "restriction", "cleaning")]
    assert shard.spaces["s1"].closed_until == T0 + 20 * SECOND
    assert shard.counts["z1"].restricted_occupied == 1
    assert close(shard, 19) == []
    assert close(shard, 20) == [("s1", "occupied", "restriction", None)]
    assert close(shard, 21) == []


def test_belief_goes_on_while_a_space_is_closed() -> None:
    shard = shard_with(zone("s1", windows=[("s1", -10, 90, "cleaning")]))
    assert absorb(shard, [reading("occupied", at_s=1), reading("free", at_s=2)]) == [
        ("s1", "restricted", "change"),
        ("s1", "restricted", "change"),
    ]
    assert apply_silence(shard, ["s1"], T0 + 2000 * SECOND).batch.changes[0].closed_for == "cleaning"
    assert close(shard, 90) == [("s1", "free", "restriction", None)]


def test_window_closes_at_once_when_it_is_open_at_its_definition_and_opens_with_the_next_one() -> None:
    shard = shard_with(zone("s1"))
    absorb(shard, [reading("free")])
    assert absorb(shard, zone("s1", revision=2, windows=[("s1", -5, 60, "works")])) == [
        ("s1", "restricted", "restriction")
    ]
    assert absorb(shard, zone("s1", revision=3)) == [("s1", "free", "restriction")]


def test_reason_follows_when_one_window_meets_another() -> None:
    shard = shard_with(zone("s1", windows=[("s1", 0, 10, "cleaning"), ("s1", 10, 20, "works")]))
    assert shard.spaces["s1"].closed_for == "cleaning"
    assert close(shard, 10) == [("s1", "restricted", "restriction", "works")]
    assert close(shard, 20) == [("s1", "unknown", "restriction", None)]


def test_space_out_of_service_stays_restricted_when_its_window_ends() -> None:
    shard = shard_with(zone("s1", closed=["s1"], windows=[("s1", 0, 10, "cleaning")]))
    assert close(shard, 10) == [("s1", "restricted", "restriction", None)]


def test_window_of_the_former_zone_does_not_close_a_space_that_has_moved() -> None:
    shard = shard_with(zone("s1", "s2", windows=[("s1", 10, 20, "cleaning")]), zone("s1", zone_id="z2", revision=2))
    assert close(shard, 15) == []
    assert shard.spaces["s1"].status == "unknown"
