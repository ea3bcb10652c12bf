"""Requests of distinct readings, made beforehand, so that the load generator only sends bytes."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
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


def batches(watchers: Sequence[Watcher], *, number: int, start_us: int, session: str) -> list[bytes]:
    """Make the bodies of `number` requests, each device in turn; `session` keeps rounds apart.

    `start_us` is the device time of every device's first reading, in microseconds since 1970 UTC.
    """
    lines = _lines(watchers, total=number * BATCH, start_us=start_us, session=session)
    return [body(lines[start : start + BATCH]) for start in range(0, len(lines), BATCH)]


def newest_by_zone(watchers: Sequence[Watcher], *, sent: int, start_us: int) -> dict[str, str]:
    """The device time of each zone's newest reading after the first `sent`, as its public document shows it."""
    rounds, rest = divmod(sent, len(watchers))
    newest: dict[str, int] = {}
    for place, watcher in enumerate(watchers):
        visits = rounds + (1 if place < rest else 0)
        if visits > 0:
            newest[watcher.zone_id] = max(newest.get(watcher.zone_id, 0), start_us + (visits - 1) * STEP_US)
    return {zone_id: format_instant(instant) for zone_id, instant in newest.items()}


def body(lines: Iterable[str]) -> bytes:
    return f'{{"readings":[{",".join(lines)}]}}'.encode()


def line(device_id: str, *, at: str, occupied: bool, kind: str, session: str, sequence: int) -> str:
    """One reading as JSON."""
    status = "occupied" if occupied else "free"
    return (
        f'{{"device":"{device_id}","observed_at":"{at}","status":"{status}","kind":"{kind}",'
        f'"session":"{session}","sequence":{sequence}}}'
    )


def _lines(watchers: Sequence[Watcher], *, total: int, start_us: int, session: str) -> list[str]:
    lines = []
    at = ""
    for number, watcher in enumerate(islice(cycle(watchers), total)):
        visit, place = divmod(number, len(watchers))
        if place == 0:
            at = format_instant(start_us + visit * STEP_US)
        step = visit + place
        lines.append(
            line(
                watcher.device_id,
                at=at,
                occupied=step // FLIP_EVERY % 2 == 1,
                kind="change" if step % FLIP_EVERY == 0 else "restate",
                session=session,
                sequence=visit,
            )
        )
    return lines
