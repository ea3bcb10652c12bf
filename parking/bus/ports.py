"""What a bus promises to those who publish and those who listen, whichever implementation carries it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from parking.events.envelope import CloudEvent

Handler = Callable[[CloudEvent], Awaitable[None]]
TogetherHandler = Callable[[Sequence[CloudEvent]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """Who listens (`consumer` is also the durable name of its position), to which types, and what is done."""

    consumer: str
    types: frozenset[str]
    handler: Handler
    attempts: int = 3
    """Deliveries of one event before it becomes a dead letter."""
    together: TogetherHandler | None = None
    """Does for several events, in their order, what `handler` does for each. Where it raises, each is given to `handler` by itself,
    also those that it has done, and the bad one alone becomes a dead letter."""
    hold_subject: bool = False
    """When True, a dead letter holds back later events of its subject until it is replayed."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """An event that its consumer could not handle, kept with the reason until a person replays or drops it."""

    letter_id: str
    consumer: str
    type: str
    subject: str
    event: CloudEvent | None
    """None when the bytes on the bus are no event; `body` has them."""
    body: bytes
    reason: str
    attempts: int
    failed_at: datetime


class EventBus(Protocol):
    """At least once, in order per subject, replayable from an offset.

    A slow or failing consumer delays itself only. A crash between handling and acknowledgement delivers again, so
    handlers are idempotent on `CloudEvent.key`. Every method but `run` raises `UnavailableError` (code
    `bus_unavailable`) while the backend is down; `run` waits for it.
    """

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Durable when it returns; the order of the sequence is the order of each subject.

        Raises `UnknownEventTypeError` for a type that is not registered; then nothing is published. After an
        `UnavailableError` a part may be on the bus: publish the whole sequence again.
        """

    async def run(self, subscription: Subscription) -> None:
        """Deliver until cancelled. A new consumer starts at the oldest event kept.

        Members of one consumer, in one process or many, share its work by partition of the subjects.
        """

    async def dead_letters(self, consumer: str | None = None) -> Sequence[DeadLetter]:
        """Oldest first."""

    async def replay(self, letter_id: str) -> None:
        """Deliver a dead letter to its consumer again; raises `NotFoundError` for an unknown id."""

    async def replay_from(self, consumer: str, instant: datetime) -> None:
        """Move a consumer's position back, so that everything kept since `instant` is delivered again.

        Never moves it forward. Raises `NotFoundError` for a consumer that has no position.
        """

    async def forget(self, consumer: str) -> None:
        """Remove a consumer's position and its dead letters; a member that still runs starts again as a new one."""
