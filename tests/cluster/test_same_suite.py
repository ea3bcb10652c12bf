"""Tests of the parts that use the live store and the bus, again: the same ones, with a cluster behind the same client."""

import pytest

from tests.parking.bus.test_bus_contract import (
    test_consumer_begins_anew_when_it_was_forgotten,
    test_dead_letter_is_delivered_again_when_replayed,
    test_event_is_delivered_again_when_its_member_is_gone_before_acknowledging,
    test_event_is_delivered_when_published_before_and_after_the_start,
    test_everything_since_an_instant_comes_again_when_replayed_from_there,
    test_failing_event_becomes_a_dead_letter_with_its_reason_when_attempts_are_used_up,
    test_later_events_of_the_subject_wait_for_the_replay_when_it_is_held,
    test_order_of_each_subject_is_kept_when_many_are_mixed,
    test_two_members_share_the_work_without_breaking_order_when_they_run_together,
)
from tests.parking.bus.test_lease import (
    test_work_moves_to_the_other_when_its_lease_is_taken_away,
)
from tests.parking.bus.test_outbox import (
    test_event_reaches_its_listener_when_everything_runs,
)
from tests.parking.bus.test_redis_streams import (
    test_bytes_that_are_no_event_become_a_dead_letter_when_they_stand_on_the_stream,
    test_lane_is_lost_when_the_lease_belongs_to_somebody_else,
    test_tail_shows_what_came_since_an_instant_when_it_is_of_the_type,
    test_unfinished_events_stay_when_the_retention_is_over,
    test_work_goes_on_elsewhere_when_a_member_is_killed,
)
from tests.parking.occupancy.test_engine import (
    test_commit_is_taken_once_when_it_is_repeated,
    test_nothing_happens_twice_when_an_engine_starts_where_another_stopped,
    test_paused_engine_harms_nobody_when_it_wakes_as_a_zombie,
    test_reading_is_applied_when_its_engine_died_before_the_commit,
    test_space_is_unknown_again_when_its_device_falls_silent,
    test_space_is_unknown_until_heard_of_and_then_as_the_device_says,
    test_two_engines_share_the_shards_and_one_takes_all_when_the_other_leaves,
    test_unreadable_entry_is_set_aside_and_blocks_nobody,
)
from tests.parking.occupancy.test_failover import (
    test_commits_that_the_promoted_replica_lacks_are_written_again_as_they_were,
    test_history_has_nothing_twice_when_nobody_remembers_what_the_replica_lacks,
)
from tests.parking.occupancy.test_feed import (
    test_engine_learns_the_inventory_and_its_changes,
)
from tests.parking.occupancy.test_history import (
    test_history_begins_at_the_first_entry_when_the_live_store_was_wiped,
    test_history_has_every_reading_but_the_copies_and_every_change,
    test_second_writer_writes_nothing_when_the_position_has_moved,
    test_stream_is_trimmed_below_what_history_has_committed_only,
)
from tests.parking.occupancy.test_live_reader import (
    test_reader_follows_from_its_snapshot,
    test_reader_is_told_of_a_gap_when_entries_before_its_position_were_trimmed,
    test_snapshot_is_empty_when_nothing_ever_happened,
)
from tests.parking.occupancy.test_publisher import (
    test_one_publisher_works_when_two_run_and_the_other_goes_on_when_it_stops,
    test_position_follows_and_equal_counts_are_skipped_when_entries_are_published,
    test_reading_ends_as_events_on_the_bus_when_engine_and_publisher_run,
)
from tests.parking.occupancy.test_reading_stream import (
    test_readings_stand_in_order_in_entries_of_bounded_size,
)
from tests.parking.raw.test_keeper import (
    test_message_is_kept_word_for_word_and_once_when_the_keeper_is_killed_in_between,
    test_second_keeper_keeps_nothing_when_the_position_has_moved,
    test_store_that_begins_anew_is_read_from_its_first_entry,
)

pytestmark = pytest.mark.service

__all__ = [
    "test_bytes_that_are_no_event_become_a_dead_letter_when_they_stand_on_the_stream",
    "test_commit_is_taken_once_when_it_is_repeated",
    "test_commits_that_the_promoted_replica_lacks_are_written_again_as_they_were",
    "test_consumer_begins_anew_when_it_was_forgotten",
    "test_dead_letter_is_delivered_again_when_replayed",
    "test_engine_learns_the_inventory_and_its_changes",
    "test_event_is_delivered_again_when_its_member_is_gone_before_acknowledging",
    "test_event_is_delivered_when_published_before_and_after_the_start",
    "test_event_reaches_its_listener_when_everything_runs",
    "test_everything_since_an_instant_comes_again_when_replayed_from_there",
    "test_failing_event_becomes_a_dead_letter_with_its_reason_when_attempts_are_used_up",
    "test_history_begins_at_the_first_entry_when_the_live_store_was_wiped",
    "test_history_has_every_reading_but_the_copies_and_every_change",
    "test_history_has_nothing_twice_when_nobody_remembers_what_the_replica_lacks",
    "test_lane_is_lost_when_the_lease_belongs_to_somebody_else",
    "test_later_events_of_the_subject_wait_for_the_replay_when_it_is_held",
    "test_message_is_kept_word_for_word_and_once_when_the_keeper_is_killed_in_between",
    "test_nothing_happens_twice_when_an_engine_starts_where_another_stopped",
    "test_one_publisher_works_when_two_run_and_the_other_goes_on_when_it_stops",
    "test_order_of_each_subject_is_kept_when_many_are_mixed",
    "test_paused_engine_harms_nobody_when_it_wakes_as_a_zombie",
    "test_position_follows_and_equal_counts_are_skipped_when_entries_are_published",
    "test_reader_follows_from_its_snapshot",
    "test_reader_is_told_of_a_gap_when_entries_before_its_position_were_trimmed",
    "test_reading_ends_as_events_on_the_bus_when_engine_and_publisher_run",
    "test_reading_is_applied_when_its_engine_died_before_the_commit",
    "test_readings_stand_in_order_in_entries_of_bounded_size",
    "test_second_keeper_keeps_nothing_when_the_position_has_moved",
    "test_second_writer_writes_nothing_when_the_position_has_moved",
    "test_snapshot_is_empty_when_nothing_ever_happened",
    "test_space_is_unknown_again_when_its_device_falls_silent",
    "test_space_is_unknown_until_heard_of_and_then_as_the_device_says",
    "test_store_that_begins_anew_is_read_from_its_first_entry",
    "test_stream_is_trimmed_below_what_history_has_committed_only",
    "test_tail_shows_what_came_since_an_instant_when_it_is_of_the_type",
    "test_two_engines_share_the_shards_and_one_takes_all_when_the_other_leaves",
    "test_two_members_share_the_work_without_breaking_order_when_they_run_together",
    "test_unfinished_events_stay_when_the_retention_is_over",
    "test_unreadable_entry_is_set_aside_and_blocks_nobody",
    "test_work_goes_on_elsewhere_when_a_member_is_killed",
    "test_work_moves_to_the_other_when_its_lease_is_taken_away",
]
