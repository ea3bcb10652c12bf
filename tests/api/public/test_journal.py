"""The ring of recent changes: bounded, without holes, and honest about what is gone."""

import asyncio

from api.public.journal import BEGINNING, Journal
from api.public.position import read_position, write_position
from parking.occupancy.shards import SHARD_COUNT, Shard

ONE = Shard(1)
TWO = Shard(2)


def test_listener_gets_what_it_missed_when_it_names_its_position() -> None:
    journal = Journal()
    journal.record(ONE, (1000, 0), zone_ids=("A",))
    seen = read_position(journal.position)
    journal.record(TWO, (1000, 5), zone_ids=("B",))
    journal.record(ONE, (1001, 0), zone_ids=("C",))
    missed = journal.since(seen)
    assert missed is not None
    assert [frame.zone_ids for frame in missed] == [("B",), ("C",)]
    assert journal.since(read_position(journal.position)) == []


def test_listener_starts_over_when_its_place_is_gone_or_was_never_here() -> None:
    journal = Journal(capacity=4)
    start = list(journal.orders)
    for number in range(10):
        journal.record(ONE, (1000 + number, 0), zone_ids=("A",))
    assert journal.since(start) is None
    assert journal.after(0, 100) is None
    ahead = list(journal.orders)
    ahead[ONE] = (9999, 0)
    assert journal.since(ahead) is None
    journal.forget(TWO, (5000, 0))
    assert journal.since(start) is None


def test_ring_keeps_its_bound_when_many_changes_come() -> None:
    journal = Journal(capacity=100)
    for number in range(1000):
        journal.record(ONE, (number, 0), zone_ids=("A", "B", "C"))
    frames = journal.after(journal.next_sequence - 25, 10_000)
    assert frames is not None
    assert sum(frame.weight for frame in frames) == 100
    assert len(journal.after(journal.next_sequence - 25, 8) or []) == 2


def test_position_moves_without_a_frame_when_a_batch_changed_nothing() -> None:
    journal = Journal()
    journal.record(ONE, (7, 0))
    assert journal.next_sequence == 0
    assert journal.orders[ONE] == (7, 0)
    assert journal.orders != BEGINNING


async def test_waiting_ends_when_a_frame_comes() -> None:
    journal = Journal()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(journal.wait(0))
        await asyncio.sleep(0)
        journal.record(ONE, (1, 0), zone_ids=("A",))


def test_position_is_read_as_written_and_short() -> None:
    orders = [(1_790_000_000_000 + shard * 77, shard) for shard in range(SHARD_COUNT)]
    text = write_position(orders)
    assert read_position(text) == orders
    assert len(text) < 120
