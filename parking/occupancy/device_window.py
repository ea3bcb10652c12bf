"""What the engine remembers of each device to tell a new reading from a copy, and a newer one from a late one.

Duplicate key: the event id; else session and sequence; else the observed time with what was said. Order: session and
sequence first, then observed time, then receipt. A counter counts in *runs*: a new session, a start-up, a wrap or an
unannounced reset begins another run, and the run before it is kept so that its late frames are still recognised.
"""

from hashlib import blake2b
from typing import Final, Literal

import msgspec

from parking.occupancy.evidence import Observation

WINDOW: Final = 256
"""How far below the highest sequence number a frame can still be told from its copy."""
RING: Final = 64
"""How many recent keys are kept of readings that a counter does not identify."""
RESET_DISTANCE: Final = 32
RESET_US: Final = 60_000_000
"""A sequence at least 32 below the highest, observed over 60 s after all before it, is a reset and no late frame."""
ORDERED_KINDS: Final = frozenset({"change", "restate", "startup", "fault"})

_KEY_BYTES: Final = 6
_MASK: Final = (1 << WINDOW) - 1
_COUNTER_BITS: Final = (8, 16, 32)

Verdict = Literal["duplicate", "newer", "older"]


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One stretch of a counter."""

    session: str | None
    highest: int
    seen: bytes
    """Bit k, little endian: `highest - k` was seen."""
    started_at: int
    """Observed time of the frame that opened it, in microseconds."""


class DeviceWindow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All times in microseconds since 1970."""

    newest: int | None = None
    """Newest observed time of any accepted reading."""
    run: Run | None = None
    previous: Run | None = None
    ring: bytes = b""
    """Hashes of recent keys, newest first, six bytes each."""
    state_sequence: int | None = None
    """Sequence of the newest evidence about the state, where it lies in the current run."""
    state_observed_at: int | None = None
    state_received_at: int | None = None


NEW_DEVICE: Final = DeviceWindow()


def judge(window: DeviceWindow, observation: Observation) -> tuple[Verdict, DeviceWindow]:
    """Whether the reading is a copy, newer than all the device said about its space, or older; and what to remember.

    A duplicate changes nothing: the window comes back as it was.
    """
    ring = window.ring
    if observation.event_id is not None or observation.sequence is None:
        pushed = _push(ring, _key_of(observation))
        if pushed is None:
            return "duplicate", window
        ring = pushed
    placed = _place(window, observation, ring)
    if placed is None:
        return "duplicate", window
    run, previous, ring, in_run = placed
    observed_at, sequence = observation.observed_at, observation.sequence
    newest = observed_at if window.newest is None or observed_at > window.newest else window.newest
    state_sequence = window.state_sequence if run is not None and _continues(window.run, run) else None
    if in_run and sequence is not None and state_sequence is not None:
        newer = sequence > state_sequence
    else:
        newer = _is_later(window, observation)
    if newer and observation.kind in ORDERED_KINDS:
        return "newer", DeviceWindow(
            newest, run, previous, ring, sequence if in_run else None, observed_at, observation.received_at
        )
    return "newer" if newer else "older", DeviceWindow(
        newest, run, previous, ring, state_sequence, window.state_observed_at, window.state_received_at
    )


def _place(
    window: DeviceWindow, observation: Observation, ring: bytes
) -> tuple[Run | None, Run | None, bytes, bool] | None:
    """Current run, run before it, ring, and whether the reading lies in the current run; None for a copy."""
    run, previous, sequence = window.run, window.previous, observation.sequence
    if sequence is None:
        if observation.kind == "startup" and run is not None and _is_newest(window, observation.observed_at):
            return None, run, ring, False
        return run, previous, ring, False
    if run is None or _opens_run(window, run, observation):
        opened = Run(observation.session, sequence, b"\x01", observation.observed_at)
        return opened, previous if run is None else run, ring, True
    if previous is not None and _is_previous(run, previous, observation):
        marked = _mark(previous, sequence, observation.event_id)
        return None if marked is None else (run, marked, ring, False)
    if observation.session != run.session or run.highest - sequence >= WINDOW:
        pushed = _push(ring, _hash(f"{observation.session}/{sequence}"))
        return None if pushed is None else (run, previous, pushed, observation.session == run.session)
    marked = _mark(run, sequence, observation.event_id)
    return None if marked is None else (marked, previous, ring, True)


def _continues(before: Run | None, after: Run) -> bool:
    return before is not None and before.session == after.session and before.started_at == after.started_at


def _opens_run(window: DeviceWindow, run: Run, observation: Observation) -> bool:
    if observation.session != run.session:
        return _is_newest(window, observation.observed_at, or_equal=True) and not (
            window.previous is not None and window.previous.session == observation.session
        )
    if observation.kind == "startup":
        return _is_newest(window, observation.observed_at)
    sequence = observation.sequence
    if sequence is None or sequence > run.highest or window.newest is None:
        return False
    if run.highest - sequence >= RESET_DISTANCE and observation.observed_at > window.newest + RESET_US:
        return True
    return observation.observed_at >= window.newest and _wraps(run.highest, sequence)


def _wraps(highest: int, sequence: int) -> bool:
    """Whether a counter of 8, 16 or 32 bits, near its end, would continue at this number near zero."""
    for bits in _COUNTER_BITS:
        if highest < 1 << bits:
            quarter = 1 << (bits - 2)
            return highest >= 3 * quarter and sequence < quarter
    return False


def _is_previous(run: Run, previous: Run, observation: Observation) -> bool:
    if observation.session != previous.session:
        return False
    return observation.session != run.session or observation.observed_at < run.started_at


def _mark(run: Run, sequence: int, event_id: str | None) -> Run | None:
    """The run with the sequence marked as seen; None for a copy. Another event under a seen number is no copy."""
    ahead = sequence - run.highest
    if ahead > 0:
        seen = 1 if ahead >= WINDOW else ((int.from_bytes(run.seen, "little") << ahead) | 1) & _MASK
        return Run(run.session, sequence, _to_bytes(seen), run.started_at)
    if -ahead >= WINDOW:
        return run
    seen = int.from_bytes(run.seen, "little")
    if seen >> -ahead & 1:
        return None if event_id is None or -ahead >= RING else run
    return Run(run.session, run.highest, _to_bytes(seen | 1 << -ahead), run.started_at)


def _to_bytes(seen: int) -> bytes:
    return seen.to_bytes((seen.bit_length() + 7) >> 3, "little")


def _is_newest(window: DeviceWindow, observed_at: int, *, or_equal: bool = False) -> bool:
    return window.newest is None or observed_at > window.newest or (or_equal and observed_at == window.newest)


def _is_later(window: DeviceWindow, observation: Observation) -> bool:
    if window.state_observed_at is None or window.state_received_at is None:
        return True
    if observation.observed_at != window.state_observed_at:
        return observation.observed_at > window.state_observed_at
    return observation.received_at >= window.state_received_at


def _key_of(observation: Observation) -> bytes:
    if observation.event_id is not None:
        return _hash(f"e{observation.event_id}")
    return _hash(f"{observation.observed_at}/{observation.kind}/{observation.status}")


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_KEY_BYTES).digest()


def _push(ring: bytes, key: bytes) -> bytes | None:
    """The ring with the key in front; None when it already stands there, at a whole place and not across two."""
    place = ring.find(key)
    while place >= 0 and place % _KEY_BYTES:
        place = ring.find(key, place + 1)
    return (key + ring)[: RING * _KEY_BYTES] if place < 0 else None
