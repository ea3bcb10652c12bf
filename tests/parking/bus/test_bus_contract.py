"""What every event bus promises, run over each implementation."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from parking.bus.codec import UnknownEventTypeError
from parking.bus.keys import partition_of
from parking.bus.lane import BATCH
from parking.bus.ports import EventBus, Subscription
from parking.domain.clock import utc_now
from parking.domain.errors import NotFoundError, UnavailableError
from parking.events.envelope import CloudEvent
from parking.events.place import PlaceChanged
from parking.events.space import SpaceStateChanged
from tests.parking.bus.listening import Listener, eventually, place_changed, running, state_changed, subscribe

ZONES = [f"zone-{number}" for number in range(24)]


def neighbours(zone_id: str) -> tuple[str, str]:
    """Two zones of one partition: what delays one would show in the other."""
    number = partition_of(zone_id, PlaceChanged.TYPE)
    return zone_id, next(zone for zone in ZONES if zone != zone_id and partition_of(zone, PlaceChanged.TYPE) == number)


async def refuse(zone_id: str, revision: int) -> None:
    if zone_id == "zone-0" and revision == 1:
        raise ValueError("no such thing")


async def test_event_is_delivered_when_published_before_and_after_the_start(bus: EventBus) -> None:
    listener = Listener()
    await bus.publish([place_changed("zone-1", 1)])
    async with running(bus, subscribe(listener)):
        await eventually(lambda: listener.heard == [("zone-1", 1)])
        await bus.publish([place_changed("zone-1", 2)])
        await eventually(lambda: listener.heard == [("zone-1", 1), ("zone-1", 2)])


async def test_publishing_succeeds_when_nobody_listens(bus: EventBus) -> None:
    await bus.publish([place_changed("zone-1", 1)])
    await bus.publish([])
    assert list(await bus.dead_letters()) == []


async def test_nothing_is_published_when_a_type_is_not_registered(bus: EventBus) -> None:
    listener = Listener()
    good = place_changed("zone-1", 1)
    stranger = CloudEvent(id="1", source="t", type="no.such.thing", subject="s", time=good.time, data=good.data)
    with pytest.raises(UnknownEventTypeError):
        await bus.publish([good, stranger])
    await bus.publish([place_changed("zone-1", 2)])
    async with running(bus, subscribe(listener)):
        await eventually(lambda: listener.heard == [("zone-1", 2)])


async def test_order_of_each_subject_is_kept_when_many_are_mixed(bus: EventBus) -> None:
    listener = Listener()
    async with running(bus, subscribe(listener)):
        for revision in range(10):
            await bus.publish([place_changed(zone, revision) for zone in ZONES])
        await eventually(lambda: len(listener.heard) == 10 * len(ZONES))
    assert all(listener.revisions(zone) == list(range(10)) for zone in ZONES)


async def test_two_members_share_the_work_without_breaking_order_when_they_run_together(bus: EventBus) -> None:
    order: list[tuple[str, int]] = []

    async def remember(zone_id: str, revision: int) -> None:
        await asyncio.sleep(0)
        order.append((zone_id, revision))

    first, second = Listener(remember), Listener(remember)
    async with running(bus, subscribe(first), subscribe(second)):
        revision = 0
        async with asyncio.timeout(60):
            while not (first.heard and second.heard and revision > 10):
                await bus.publish([place_changed(zone, revision) for zone in ZONES])
                revision += 1
                await asyncio.sleep(0.02)
        await eventually(lambda: len(order) == revision * len(ZONES))
    for zone in ZONES:
        assert [number for name, number in order if name == zone] == list(range(revision))


async def test_work_of_a_cancelled_member_goes_on_at_the_other(bus: EventBus) -> None:
    first, second = Listener(), Listener()
    async with running(bus, subscribe(second)):
        async with running(bus, subscribe(first)):
            await bus.publish([place_changed(zone, 0) for zone in ZONES])
            await eventually(lambda: len(first.heard) + len(second.heard) == len(ZONES))
        await bus.publish([place_changed(zone, 1) for zone in ZONES])
        await eventually(lambda: sum(revision == 1 for _, revision in second.heard) == len(ZONES))


async def test_event_waits_and_is_no_dead_letter_when_a_server_that_its_consumer_needs_is_away(bus: EventBus) -> None:
    away = [
        ConnectionRefusedError("no database"),
        UnavailableError("no live store"),
        DBAPIError("UPDATE", None, asyncpg.ReadOnlySQLTransactionError()),
        None,
    ]

    async def fail_for_a_while(_zone: str, revision: int) -> None:
        error = away.pop(0) if revision == 1 else None
        if error is not None:
            raise error

    listener = Listener(fail_for_a_while)
    async with running(bus, subscribe(listener, attempts=1)):
        await bus.publish([place_changed("zone-0", 1), place_changed("zone-0", 2)])
        await eventually(lambda: listener.heard == [("zone-0", 1), ("zone-0", 2)])
    assert list(await bus.dead_letters()) == []


async def test_consumer_hears_each_family_that_it_wants_in_order_and_no_other(bus: EventBus) -> None:
    heard: dict[str, list[str]] = {"both": [], "inventory": [], "spaces": []}

    def listener(consumer: str, *types: str) -> Subscription:
        async def hear(event: CloudEvent) -> None:
            heard[consumer].append(event.id)

        return Subscription(consumer=consumer, types=frozenset(types), handler=hear)

    inventory = [place_changed("zone-1", number) for number in range(100)]
    spaces = [state_changed("zone-1", number) for number in range(100)]
    await bus.publish([event for pair in zip(inventory, spaces, strict=True) for event in pair])
    listeners = [
        listener("both", PlaceChanged.TYPE, SpaceStateChanged.TYPE),
        listener("inventory", PlaceChanged.TYPE),
        listener("spaces", SpaceStateChanged.TYPE),
    ]
    async with running(bus, *listeners):
        await eventually(lambda: sum(map(len, heard.values())) == 400)
    told, moved = [event.id for event in inventory], [event.id for event in spaces]
    assert (heard["inventory"], heard["spaces"]) == (told, moved)
    assert [name for name in heard["both"] if name in told] == told
    assert [name for name in heard["both"] if name in moved] == moved


async def test_events_are_handled_together_and_one_by_one_where_one_of_them_fails(bus: EventBus) -> None:
    bad, good = neighbours("zone-0")
    together: list[list[str]] = []

    async def hear_together(events: Sequence[CloudEvent]) -> None:
        if bad in [event.subject for event in events]:
            raise ValueError("which of them?")
        together.append([event.id for event in events])

    listener = Listener(refuse)
    events = [place_changed(bad, 1), *(place_changed(good, number) for number in range(BATCH + 20))]
    await bus.publish(events)
    async with running(bus, replace(subscribe(listener, attempts=1), together=hear_together)):
        await eventually(lambda: bool(together))
        assert listener.heard == [(good, number) for number in range(BATCH - 1)]
        assert together == [[event.id for event in events[BATCH:]]]
    (letter,) = await bus.dead_letters()
    assert letter.event == place_changed(bad, 1)


async def test_failing_event_becomes_a_dead_letter_with_its_reason_when_attempts_are_used_up(bus: EventBus) -> None:
    listener = Listener(refuse)
    began = utc_now()
    async with running(bus, subscribe(listener, attempts=3)):
        await bus.publish([place_changed("zone-0", 1), place_changed("zone-0", 2)])
        await eventually(lambda: listener.heard == [("zone-0", 2)])
    (letter,) = await bus.dead_letters()
    assert listener.tried.count(("zone-0", 1)) == 3
    assert (letter.consumer, letter.attempts, letter.subject) == ("listener", 3, "zone-0")
    assert letter.reason == "ValueError: no such thing"
    assert letter.event == place_changed("zone-0", 1)
    assert began <= letter.failed_at <= utc_now()
    assert list(await bus.dead_letters("listener")) == [letter]
    assert list(await bus.dead_letters("another")) == []


async def test_event_is_handled_in_the_end_when_only_the_first_attempt_fails(bus: EventBus) -> None:
    failures = [ValueError("not yet")]

    async def fail_once(_zone_id: str, _revision: int) -> None:
        if failures:
            raise failures.pop()

    listener = Listener(fail_once)
    async with running(bus, subscribe(listener)):
        await bus.publish([place_changed("zone-0", 1), place_changed("zone-0", 2)])
        await eventually(lambda: listener.heard == [("zone-0", 1), ("zone-0", 2)])
    assert list(await bus.dead_letters()) == []


async def test_other_subjects_are_not_delayed_when_one_keeps_failing(bus: EventBus) -> None:
    bad, good = neighbours("zone-0")
    listener = Listener(refuse)
    async with running(bus, subscribe(listener, attempts=1_000_000)):
        await bus.publish([place_changed(bad, 1), place_changed(bad, 2), place_changed(good, 1)])
        await eventually(lambda: listener.heard == [(good, 1)] and listener.tried.count((bad, 1)) > 3)
        await bus.publish([place_changed(good, 2)])
        await eventually(lambda: listener.heard == [(good, 1), (good, 2)])


async def test_later_events_of_the_subject_wait_for_the_replay_when_it_is_held(bus: EventBus) -> None:
    bad, good = neighbours("zone-0")
    mended = False

    async def refuse_until_mended(zone_id: str, revision: int) -> None:
        if not mended:
            await refuse(zone_id, revision)

    listener = Listener(refuse_until_mended)
    subscription = subscribe(listener, attempts=2, hold_subject=True)
    async with running(bus, subscription):
        await bus.publish([place_changed(bad, 1), place_changed(bad, 2), place_changed(good, 1)])
        await eventually(lambda: listener.heard == [(good, 1)] and len(listener.tried) == 3)
        await bus.publish([place_changed(bad, 3), place_changed(good, 2)])
        await eventually(lambda: listener.heard == [(good, 1), (good, 2)])
    # The hold outlives the members.
    async with running(bus, subscription):
        await bus.publish([place_changed(bad, 4), place_changed(good, 3)])
        await eventually(lambda: listener.revisions(good) == [1, 2, 3])
        assert listener.revisions(bad) == []
        mended = True
        (letter,) = await bus.dead_letters()
        await bus.replay(letter.letter_id)
        await eventually(lambda: listener.revisions(bad) == [1, 2, 3, 4])
        await bus.publish([place_changed(bad, 5)])
        await eventually(lambda: listener.revisions(bad) == [1, 2, 3, 4, 5])
    assert list(await bus.dead_letters()) == []


async def test_hold_goes_on_behind_the_next_failing_event_when_the_replay_succeeds(bus: EventBus) -> None:
    failing = {1, 3}

    async def refuse_some(_zone_id: str, revision: int) -> None:
        if revision in failing:
            raise ValueError(str(revision))

    listener = Listener(refuse_some)
    async with running(bus, subscribe(listener, attempts=1, hold_subject=True)):
        await bus.publish([place_changed("zone-0", revision) for revision in (1, 2, 3, 4)])
        for expected in ([2], [2, 4]):
            async with asyncio.timeout(60):
                while not (letters := await bus.dead_letters()):
                    await asyncio.sleep(0.01)
            failing.discard(int(letters[0].reason.removeprefix("ValueError: ")))
            await bus.replay(letters[0].letter_id)
            await eventually(lambda expected=expected: set(expected) <= set(listener.revisions("zone-0")))  # type: ignore[misc]
    assert listener.revisions("zone-0") == [1, 2, 3, 4]


async def test_dead_letter_is_delivered_again_when_replayed(bus: EventBus) -> None:
    mended = False

    async def refuse_until_mended(zone_id: str, revision: int) -> None:
        if not mended:
            await refuse(zone_id, revision)

    listener = Listener(refuse_until_mended)
    async with running(bus, subscribe(listener, attempts=1)):
        await bus.publish([place_changed("zone-0", 1), place_changed("zone-0", 2)])
        await eventually(lambda: listener.heard == [("zone-0", 2)])
        (letter,) = await bus.dead_letters()
        await bus.replay(letter.letter_id)
        await eventually(lambda: listener.tried.count(("zone-0", 1)) == 2)
        async with asyncio.timeout(60):
            while not (letters := await bus.dead_letters()):
                await asyncio.sleep(0.01)
        assert [again.letter_id for again in letters] == [letter.letter_id]
        mended = True
        await bus.replay(letter.letter_id)
        await eventually(lambda: listener.heard == [("zone-0", 2), ("zone-0", 1)])
    assert list(await bus.dead_letters()) == []
    with pytest.raises(NotFoundError) as refused:
        await bus.replay(letter.letter_id)
    assert refused.value.code == "dead_letter_unknown"


async def test_everything_since_an_instant_comes_again_when_replayed_from_there(bus: EventBus) -> None:
    listener = Listener()
    async with running(bus, subscribe(listener)):
        await bus.publish([place_changed("zone-1", 1), place_changed("zone-2", 1)])
        await eventually(lambda: len(listener.heard) == 2)
        await asyncio.sleep(0.005)
        middle = utc_now()
        await bus.publish([place_changed("zone-1", 2), place_changed("zone-2", 2)])
        await eventually(lambda: len(listener.heard) == 4)
        await bus.replay_from("listener", middle)
        await eventually(
            lambda: listener.revisions("zone-1") == [1, 2, 2] and listener.revisions("zone-2") == [1, 2, 2]
        )
        await bus.replay_from("listener", datetime(2020, 1, 1, tzinfo=UTC))
        await eventually(lambda: listener.revisions("zone-1") == [1, 2, 2, 1, 2])


async def test_position_never_moves_forward_when_replayed_from_the_future(bus: EventBus) -> None:
    listener = Listener()
    async with running(bus, subscribe(listener)):
        await bus.publish([place_changed("zone-1", 1)])
        await eventually(lambda: listener.heard == [("zone-1", 1)])
    await bus.publish([place_changed("zone-1", 2)])
    await bus.replay_from("listener", utc_now() + timedelta(days=1))
    async with running(bus, subscribe(listener)):
        await eventually(lambda: ("zone-1", 2) in listener.heard)
    with pytest.raises(NotFoundError):
        await bus.replay_from("nobody", utc_now())


async def test_event_is_delivered_again_when_its_member_is_gone_before_acknowledging(bus: EventBus) -> None:
    async def never_return(_zone_id: str, _revision: int) -> None:
        await asyncio.Event().wait()

    stuck, healthy = Listener(never_return), Listener()
    await bus.publish([place_changed("zone-1", revision) for revision in range(3)])
    async with running(bus, subscribe(stuck)):
        await eventually(lambda: stuck.tried == [("zone-1", 0)])
    async with running(bus, subscribe(healthy)):
        await eventually(lambda: healthy.heard == [("zone-1", 0), ("zone-1", 1), ("zone-1", 2)])


async def test_event_becomes_a_dead_letter_when_every_member_goes_down_with_it(bus: EventBus) -> None:
    async def never_return(_zone_id: str, revision: int) -> None:
        if revision == 1:
            await asyncio.Event().wait()

    await bus.publish([place_changed("zone-1", 1), place_changed("zone-1", 2)])
    for _ in range(3):
        stuck = Listener(never_return)
        async with running(bus, subscribe(stuck, attempts=2)):
            await eventually(lambda stuck=stuck: ("zone-1", 1) in stuck.tried)  # type: ignore[misc]
    survivor = Listener(never_return)
    async with running(bus, subscribe(survivor, attempts=2)):
        await eventually(lambda: survivor.heard == [("zone-1", 2)])
    (letter,) = await bus.dead_letters()
    assert letter.reason.startswith("abandoned")


async def test_consumer_is_not_delayed_when_another_is_slow(bus: EventBus) -> None:
    async def never_return(_zone_id: str, _revision: int) -> None:
        await asyncio.Event().wait()

    slow, quick = Listener(never_return), Listener()
    async with running(bus, subscribe(slow, consumer="slow"), subscribe(quick, consumer="quick")):
        await bus.publish([place_changed(zone, 1) for zone in ZONES])
        await eventually(lambda: len(quick.heard) == len(ZONES))
    assert slow.heard == []


async def test_bus_works_when_members_were_cancelled_while_starting(bus: EventBus) -> None:
    listener = Listener()
    for pause in (0, 0.001, 0.01, 0.05):
        task = asyncio.ensure_future(bus.run(subscribe(listener)))
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await bus.publish([place_changed("zone-1", 1)])
    async with running(bus, subscribe(listener)):
        await eventually(lambda: listener.heard == [("zone-1", 1)])


async def test_consumer_begins_anew_when_it_was_forgotten(bus: EventBus) -> None:
    listener = Listener(refuse)
    async with running(bus, subscribe(listener, attempts=1, hold_subject=True)):
        await bus.publish([place_changed("zone-0", 1), place_changed("zone-0", 2), place_changed("zone-1", 1)])
        await eventually(lambda: listener.heard == [("zone-1", 1)] and len(listener.tried) == 2)
    assert len(await bus.dead_letters("listener")) == 1
    await bus.forget("listener")
    await bus.forget("nobody")
    assert list(await bus.dead_letters()) == []
    again = Listener()
    async with running(bus, subscribe(again)):
        await eventually(lambda: sorted(again.heard) == [("zone-0", 1), ("zone-0", 2), ("zone-1", 1)])


async def test_event_becomes_a_dead_letter_at_once_when_its_data_is_not_what_its_type_promises(bus: EventBus) -> None:
    good = place_changed("zone-1", 1)
    bad = CloudEvent(
        id="1", source="t", type=good.type, subject="zone-1", time=good.time, data=type(good.data)(b'{"zone_id": 7}')
    )
    listener = Listener()
    async with running(bus, subscribe(listener, attempts=50)):
        await bus.publish([bad, good])
        await eventually(lambda: listener.heard == [("zone-1", 1)])
    (letter,) = await bus.dead_letters()
    assert letter.attempts == 1
    assert letter.reason.startswith("UnreadableEventError")
