"""Occupancy: evidence in, one belief per space out, counted, kept live and written to history.

How a reading travels, and the file of each step:

1. `reading_stream` appends observations to `readings:{shard}`; `feed` appends zone definitions to the same streams.
2. `engine` owns shards by lease (`live_store`); a `shard_owner` reads, and `engine_batch` applies, purely:
   `device_window` finds copies and late frames, `transition` moves the belief, `tally` counts, `silence_watch` waits.
3. One script (`lua/commit.lua`) writes state, counts, device windows, the change batch and the reading position.
4. `history` copies the readings and changes to PostgreSQL, `publisher` puts changes on the bus, and `live_reader` is
   how the read model of an API process follows.

The position in the live store is the acknowledgement: a crash replays what was not committed, and changes nothing
twice.
"""
