"""Requests of distinct readings, made beforehand, so that the load generator only sends bytes."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from parking.domain.clock import format_instant

BATCH: Final = 100
FLIP_EVERY: Final = 10
"""A device reports a change once in so many readings; the rest are heartbeats, as on the street."""
STEP_US: Final = 1_000
"""Device time between two readings of one device."""


class Watcher(NamedTuple):
    """A device and where it watches."""

    device_id: str
    zone_id: str
    space_id: str


class Volley(NamedTuple):
    """Bodies ready to be sent, and per zone the device time of its newest reading (microseconds since 1970 UTC)."""

    bodies: list[bytes]
    newest: dict[str, int]


def volley(watchers: Sequence[Watcher], *, readings: int, start_us: int, session: str) -> Volley:
    """Make `readings` (rounded up to whole batches), each device in turn; `session` keeps rounds apart."""
    lines = _lines(watchers, start_us=start_us, session=session)
    batches = -(-readings // BATCH)
    bodies = [_body([next(lines) for _ in range(BATCH)]) for _ in range(batches)]
    rounds, rest = divmod(batches * BATCH, len(watchers))
    newest: dict[str, int] = {}
    for place, watcher in enumerate(watchers):
        visits = rounds + (1 if place < rest else 0)
        if visits:
            last = start_us + (visits - 1) * STEP_US
            newest[watcher.zone_id] = max(newest.get(watcher.zone_id, 0), last)
    return Volley(bodies, newest)


def _body(lines: list[str]) -> bytes:
    return f'{{"readings":[{",".join(lines)}]}}'.encode()


def _lines(watchers: Sequence[Watcher], *, start_us: int, session: str) -> Iterator[str]:
    visit = 0
    while True:
        at = format_instant(start_us + visit * STEP_US)
        for place, watcher in enumerate(watchers):
            step = visit + place
            status = "occupied" if step // FLIP_EVERY % 2 else "free"
            kind = "change" if step % FLIP_EVERY == 0 else "restate"
            yield (
                f'{{"device":"{watcher.device_id}","observed_at":"{at}","status":"{status}","kind":"{kind}",'
                f'"session":"{session}","sequence":{visit}}}'
            )
        visit += 1
