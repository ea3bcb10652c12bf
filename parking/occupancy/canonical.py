"""The one order of a set of frames about a space, whatever the order and the copies in which they arrived. Pure.

Each device's frames go by its counter, run after run; what no counter orders goes by observed time, and of one instant
by what is said. A frame that its counter puts before another cannot have been observed later, so it takes the other's
time; where a clock has jumped back by more than frames are held up, the later frame takes the time of the one before it.
Frames of several devices are merged by these times, of one instant the greater device id is the later.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from parking.occupancy.device_window import NEW_DEVICE, ORDERED_KINDS, DeviceWindow, place, rank_of
from parking.occupancy.evidence import Observation
from parking.occupancy.transition import claim

HELD_UP_US: Final = 3600 * 1_000_000
"""Network servers hold frames back for up to an hour (devices.md, section 2)."""


def in_order(frames: Iterable[Observation]) -> list[Observation]:
    """The frames of one space without copies, oldest first, each observed no earlier than the one before it."""
    by_device: defaultdict[str, list[Observation]] = defaultdict(list)
    for frame in frames:
        by_device[frame.device_id].append(frame)
    placed = [
        (frame.observed_at, device_id, number, frame)
        for device_id, own in by_device.items()
        for number, frame in enumerate(_of_device(own))
    ]
    placed.sort(key=lambda item: item[:3])
    return [frame for *_, frame in placed]


def _of_device(frames: Sequence[Observation]) -> list[Observation]:
    counted: list[tuple[int, int, Observation]] = []
    uncounted: list[Observation] = []
    for run, frame in _in_runs(_by_time(frames)):
        # What says nothing of the state only proves life at its own time.
        if run is None or frame.sequence is None or frame.kind not in ORDERED_KINDS:
            uncounted.append(frame)
        else:
            counted.append((run, frame.sequence, frame))
    counted.sort(key=lambda item: (item[0], item[1], item[2].observed_at, rank_of(item[2])))
    return _without_echoes(_merged(_timed([frame for *_, frame in counted]), uncounted))


def _in_runs(frames: Iterable[Observation]) -> Iterator[tuple[int | None, Observation]]:
    """Each frame that is no copy, with the number of the run of its counter; None where no counter orders it."""
    window, number = NEW_DEVICE, 0
    events: set[str] = set()
    for frame in frames:
        placed = None if frame.event_id in events else place(window, frame)
        if placed is None:
            continue
        if frame.event_id is not None:
            events.add(frame.event_id)
        run, previous, ring, where = placed
        if (run is not None and (window.run is None or run.started_at != window.run.started_at)) or (
            run is not None and window.run is not None and run.session != window.run.session
        ):
            number += 1
        newest = frame.observed_at if window.newest is None else max(window.newest, frame.observed_at)
        window = DeviceWindow(newest, run, previous, ring)
        yield {"current": number, "before": number - 1, "uncounted": None}[where], frame


def _timed(frames: list[Observation]) -> list[Observation]:
    """The frames of one counter, in its order, with times that do not run against it."""
    times: list[int] = []
    for frame in frames:
        jumped = bool(times) and frame.observed_at < times[-1] - HELD_UP_US
        times.append(times[-1] if jumped else frame.observed_at)
    for index in range(len(times) - 2, -1, -1):
        times[index] = min(times[index], times[index + 1])
    return [
        frame if frame.observed_at == at else msgspec.structs.replace(frame, observed_at=at)
        for frame, at in zip(frames, times, strict=True)
    ]


def _merged(counted: Sequence[Observation], uncounted: Sequence[Observation]) -> Iterator[Observation]:
    waiting = list(reversed(uncounted))
    for frame in counted:
        while waiting and (waiting[-1].observed_at, rank_of(waiting[-1])) < (frame.observed_at, rank_of(frame)):
            yield waiting.pop()
        yield frame
    yield from reversed(waiting)


def _without_echoes(frames: Iterable[Observation]) -> list[Observation]:
    """Of words that say the same in one instant, as the messages of one frame may, the one that says most."""
    kept: list[Observation] = []
    for frame in frames:
        before = kept[-1] if kept else frame
        if before is not frame and _is_echo(before, frame):
            kept.pop()
        kept.append(frame)
    return kept


def _is_echo(before: Observation, frame: Observation) -> bool:
    return (
        before.observed_at == frame.observed_at
        and {before.kind, frame.kind} <= ORDERED_KINDS
        and claim(before) == claim(frame)
        and before.trusted == frame.trusted
        and rank_of(before) <= rank_of(frame)
    )


def _by_time(frames: Sequence[Observation]) -> list[Observation]:
    """By observed time; of sessions that begin in one instant the one that lasts longer is the later."""
    last: dict[str | None, int] = {}
    for frame in frames:
        last[frame.session] = max(frame.observed_at, last.get(frame.session, frame.observed_at))

    def key(frame: Observation) -> tuple[int, int, str, bool, int, int, tuple[int, ...], str]:
        sequence = -1 if frame.sequence is None else frame.sequence
        session = frame.session or ""
        is_startup = frame.kind == "startup"
        said = rank_of(frame), frame.previous_s or (), frame.event_id or ""
        return frame.observed_at, last[frame.session], session, is_startup, sequence, *said

    return sorted(frames, key=key)
