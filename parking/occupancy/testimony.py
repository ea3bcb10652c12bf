"""What persons say of a space, as evidence: who begins or claims a stay there says that a car stands there.

It is written from the events of stays and never within their transactions, and it begins and ends no stay itself: what rests
on it is published as `testimony`, which is no word of a device. Stays that the engine's own changes began say nothing new, and a plate that
the camera of a bay has read says only what the same camera says of the bay anyway.
"""

from datetime import timedelta
from typing import Final

from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.domain.clock import Clock, to_micros
from parking.events.envelope import CloudEvent
from parking.events.session import SessionClaimed, SessionSource, SessionStarted
from parking.occupancy.evidence import EvidenceSource, Observation
from parking.occupancy.ports import ReadingStream

CONSUMER: Final = "occupancy-testimony"
OLDEST: Final = timedelta(hours=24)
"""As old as any evidence that is admitted."""
HOLDS_S: Final = 2 * 3600
"""How long it tells what the state is where nothing else speaks."""
_SAID_BY: Final[dict[SessionSource, EvidenceSource]] = {
    "terminal": "payment",
    "app": "payment",
    "attendant": "attendant",
}


class Hearing:
    """The consumer `occupancy-testimony`; told again it writes the same, which the engine drops."""

    def __init__(self, stream: ReadingStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    @property
    def subscription(self) -> Subscription:
        types = frozenset({SessionStarted.TYPE, SessionClaimed.TYPE})
        return Subscription(consumer=CONSUMER, types=types, handler=self.handle)

    async def handle(self, event: CloudEvent) -> None:
        """Raises `UnavailableError` while the stream cannot take it; the bus then delivers again."""
        fact = fact_of(event)
        if not isinstance(fact, SessionStarted | SessionClaimed) or fact.facility_id is not None:
            return
        source = _SAID_BY.get(fact.source)
        if source is None:
            return
        now = self._clock()
        said_at = min(fact.started_at if isinstance(fact, SessionStarted) else fact.claimed_at, now)
        if said_at < now - OLDEST:
            return
        observation = Observation(
            # One name a space and kind: the engine remembers every device.
            f"{source}:{fact.space_id}",
            fact.space_id,
            fact.zone_id,
            "restate",
            "occupied",
            to_micros(said_at),
            to_micros(now),
            HOLDS_S,
            event_id=event.id,
            source=source,
        )
        await self._stream.append([observation])
