"""How one partition is delivered to one consumer, whichever bus carries it: the order of each subject, retries, dead
letters, subjects held back.

A failing event waits for its next attempt with everything later about its subject behind it, while other subjects go
on. What is waiting is not acknowledged, so a crash delivers it again.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol

from parking.bus.cancellation import still_wanted
from parking.bus.codec import UnknownEventTypeError, UnreadableEventError, decode
from parking.bus.ports import Subscription
from parking.db.outage import is_away
from parking.domain.clock import Clock
from parking.domain.errors import UnavailableError

BATCH: Final = 128
_FEWEST_TOGETHER: Final = 2
ROOM: Final = 1024
"""Events that may wait in memory behind failing ones; beyond it the lane takes no new ones."""
ACKNOWLEDGE_EVERY: Final = 32
IDLE_WAIT_S: Final = 1.0
RELEASING: Final = ""
_HOPELESS: Final = (UnreadableEventError, UnknownEventTypeError)
"""Errors that no further attempt can mend."""


class LaneLostError(Exception):
    """Another member owns the partition now, or the consumer was forgotten: stop at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event in a lane. `entry_id` is its place in the partition; it keeps it as a letter and when set aside."""

    entry_id: str
    type: str
    subject: str
    body: bytes
    origin: Literal["stream", "replay", "aside"] = "stream"
    suspect: bool = False
    """It was given out before and not acknowledged: an attempt is counted before it is tried, so that an event which
    kills its process becomes a dead letter in the end."""


class Taken(NamedTuple):
    """What a lane may deliver now: letters that a person replays, and new entries."""

    replayed: list[Item]
    fresh: list[Item]
    read: int
    """How many new entries there were, those of types that nobody has subscribed to included."""


@dataclass(frozen=True, kw_only=True)
class RetryDelay:
    """Seconds before attempt n + 1: `first_s * factor ** (n - 1)`, at most `limit_s`."""

    first_s: float = 0.5
    factor: float = 4.0
    limit_s: float = 60.0

    def after(self, attempts: int) -> float:
        return float(min(self.limit_s, self.first_s * self.factor ** (attempts - 1)))


class LaneStore(Protocol):
    """One partition as the owning member of one consumer sees it. Everything raises `LaneLostError` when it is not."""

    async def abandoned(self) -> list[Item]:
        """What was given out and not acknowledged, by whomever, oldest first; all `suspect`."""

    async def take(self, count: int) -> Taken:
        """At most `count` new entries, of which those of other types may be left out as finished; replayed letters are listed until
        they are finished.
        """

    async def wait(self, timeout_s: float) -> None:
        """Return when something new may be there, at the latest after `timeout_s`."""

    async def finish(self, items: Sequence[Item]) -> None:
        """Acknowledge. A replayed letter that holds its subject turns the hold into a release (see `held`)."""

    async def count_attempt(self, item: Item) -> int:
        """Attempts so far, this one included."""

    async def bury(self, item: Item, *, reason: str, attempts: int, failed_at: datetime, hold: bool) -> None:
        """Make a dead letter, hold back its subject if asked, acknowledge."""

    async def held(self) -> dict[str, str]:
        """Subjects held back, with the entry id of the letter that holds them; `RELEASING` once it was replayed."""

    async def set_aside(self, item: Item) -> None:
        """Keep it behind the held subject, and acknowledge."""

    async def aside(self, subject: str) -> list[Item]:
        """What was set aside, oldest first; ends the release when there is nothing."""


@dataclass(slots=True)
class _Waiting:
    """A subject whose first item failed, or which is being released."""

    due: float
    items: deque[Item] = field(default_factory=deque)


class Lane:
    """Runs until cancelled, stopped or lost; one task, so nothing in it happens twice at once."""

    def __init__(self, store: LaneStore, subscription: Subscription, *, clock: Clock, delay: RetryDelay) -> None:
        self._store = store
        self._subscription = subscription
        self._clock = clock
        self._delay = delay
        self._waiting: dict[str, _Waiting] = {}
        self._held: dict[str, str] = {}
        self._replaying: set[str] = set()
        self._done: list[Item] = []
        self._stopping = False

    def stop(self) -> None:
        """End after the event in hand."""
        self._stopping = True

    async def run(self) -> None:
        try:
            await self._take_over()
            while not self._stopping:
                still_wanted()
                await self._round()
        finally:
            # What was handled stays handled, also when the lane is cancelled; what fails here is delivered again.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(IDLE_WAIT_S):
                    await self._acknowledge()

    async def _take_over(self) -> None:
        self._held = await self._store.held()
        for subject in [subject for subject, letter in self._held.items() if letter == RELEASING]:
            await self._release(subject)
        for item in await self._store.abandoned():
            await self._offer(item)

    async def _round(self) -> None:
        room = ROOM - sum(len(waiting.items) for waiting in self._waiting.values())
        wanted = max(0, min(BATCH, room))
        taken = await self._store.take(wanted)
        replayed = [item for item in taken.replayed if item.entry_id not in self._replaying]
        self._replaying.update(item.entry_id for item in replayed)
        for item in (*replayed, *await self._offered_together(taken.fresh)):
            still_wanted()
            if self._stopping:
                return
            await self._offer(item)
        await self._try_waiting()
        await self._acknowledge()
        # Less than was asked for is all there was; what came meanwhile ends the wait at once.
        if not replayed and (wanted == 0 or taken.read < wanted):
            await self._store.wait(self._patience())

    def _patience(self) -> float:
        now = asyncio.get_running_loop().time()
        dues = [waiting.due - now for waiting in self._waiting.values()]
        return max(0.001, min([IDLE_WAIT_S, *dues]))

    async def _offer(self, item: Item) -> None:
        if item.type not in self._subscription.types:
            await self._finished(item)
        elif item.subject in self._waiting:
            self._waiting[item.subject].items.append(item)
        elif item.origin != "replay" and self._held.get(item.subject, RELEASING) != RELEASING:
            # What was aside before still is.
            if item.origin == "stream":
                await self._store.set_aside(item)
        else:
            await self._deliver(item)

    async def _offered_together(self, fresh: list[Item]) -> list[Item]:
        """What is left to be offered one by one: all of it where the consumer takes one at a time, or one of them fails."""
        together = self._subscription.together
        ready = [item for item in fresh if together is not None and self._is_next(item)]
        if together is None or len(ready) < _FEWEST_TOGETHER:
            return fresh
        try:
            await together([decode(item.body) for item in ready])
        except Exception:  # noqa: BLE001 - which of them it was, and whether the servers are away, each shows by itself
            return fresh
        self._done.extend(ready)
        done = {item.entry_id for item in ready}
        return [item for item in fresh if item.entry_id not in done]

    def _is_next(self, item: Item) -> bool:
        """Whether it is wanted and nothing of its subject has to come before it."""
        is_held = self._held.get(item.subject, RELEASING) != RELEASING
        return item.type in self._subscription.types and item.subject not in self._waiting and not is_held

    async def _try_waiting(self) -> None:
        now = asyncio.get_running_loop().time()
        for subject in [subject for subject, waiting in self._waiting.items() if waiting.due <= now]:
            waiting = self._waiting.pop(subject)
            while waiting.items and not self._stopping:
                await self._offer(waiting.items.popleft())
                if subject in self._waiting:
                    self._waiting[subject].items.extend(waiting.items)
                    break
            else:
                if self._held.get(subject) == RELEASING and not self._stopping:
                    await self._release(subject)

    async def _deliver(self, item: Item) -> None:
        attempts = await self._store.count_attempt(item) if item.suspect else 0
        if attempts > self._subscription.attempts:
            await self._bury(item, "abandoned: its member stopped while handling it", attempts - 1)
            return
        try:
            await self._subscription.handler(decode(item.body))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises becomes a retry or a dead letter
            if isinstance(error, UnavailableError) or is_away(error):
                self._wait_for_servers(item)
                return
            attempts = attempts or await self._store.count_attempt(item)
            await self._failed(item, error, attempts)
        else:
            await self._finished(item)

    def _wait_for_servers(self, item: Item) -> None:
        """Nothing is wrong with the event: it is tried until the database or the live store is back, and no attempt counts."""
        due = asyncio.get_running_loop().time() + self._delay.after(2)
        self._waiting[item.subject] = _Waiting(due, deque([replace(item, suspect=False)]))

    async def _failed(self, item: Item, error: Exception, attempts: int) -> None:
        if attempts >= self._subscription.attempts or isinstance(error, _HOPELESS):
            await self._bury(item, f"{type(error).__name__}: {error}", attempts)
            return
        due = asyncio.get_running_loop().time() + self._delay.after(attempts)
        self._waiting[item.subject] = _Waiting(due, deque([replace(item, suspect=True)]))

    async def _bury(self, item: Item, reason: str, attempts: int) -> None:
        hold = self._subscription.hold_subject
        await self._store.bury(item, reason=reason, attempts=attempts, failed_at=self._clock(), hold=hold)
        self._replaying.discard(item.entry_id)
        if hold:
            self._held[item.subject] = item.entry_id

    async def _release(self, subject: str) -> None:
        """Line up what was set aside; new events of the subject stand behind it."""
        await self._acknowledge()
        items = await self._store.aside(subject)
        if items:
            self._held[subject] = RELEASING
            self._waiting[subject] = _Waiting(0.0, deque(items))
        else:
            self._held.pop(subject, None)

    async def _finished(self, item: Item) -> None:
        self._done.append(item)
        if item.origin == "replay":
            await self._acknowledge()
            self._replaying.discard(item.entry_id)
            if self._held.get(item.subject) == item.entry_id:
                await self._release(item.subject)
        elif len(self._done) >= ACKNOWLEDGE_EVERY:
            await self._acknowledge()

    async def _acknowledge(self) -> None:
        """What is done is forgotten only once it is acknowledged: a lane that is cancelled meanwhile acknowledges it as it ends."""
        done = self._done.copy()
        if done:
            await self._store.finish(done)
            del self._done[: len(done)]
