"""What the engine remembers of each device to tell a new reading from a copy, and a newer one from a late one.

Duplicate key: the event id; else a named session and its sequence; else the observed time with what was said (and the
counter, which may begin anew where nobody names its session). Order: session and sequence first, then observed time, then
what was said, never the order of arrival. A counter counts in *runs*: a new session, a start-up, a wrap or an
unannounced reset begins another run, and the run before it is kept so that its late frames are still recognised. What a
frame that comes out of order cannot be told here is put right from history (`canonical.py`).
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

_KINDS: Final = ("telemetry", "config", "count", "plate", "restate", "startup", "change", "fault")
_STATUSES: Final = ("occupied", "free", None)
_RANKS: Final = {
    (kind, status): 6 * kinds + 2 * statuses
    for kinds, kind in enumerate(_KINDS)
    for statuses, status in enumerate(_STATUSES)
}
_KEY_BYTES: Final = 6
_MASK: Final = (1 << WINDOW) - 1
_ALL: Final = b"\xff" * (WINDOW // 8)
_COUNTER_BITS: Final = (8, 16, 32)

Verdict = Literal["duplicate", "newer", "older"]
Where = Literal["current", "before", "uncounted"]


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
    state_rank: int | None = None
    """What was said then: of one instant, the greater `rank_of` is the later word."""


NEW_DEVICE: Final = DeviceWindow()
Placed = tuple[Run | None, Run | None, bytes, Where]
"""Current run, run before it, ring, and in which of the two a reading lies, if in one."""


def judge(window: DeviceWindow, observation: Observation) -> tuple[Verdict, DeviceWindow]:
    """Whether the reading is a copy, newer than all the device said about its space, or older; and what to remember.

    A duplicate changes nothing: the window comes back as it was.
    """
    placed = place(window, observation)
    if placed is None:
        return "duplicate", window
    run, previous, ring, where = placed
    observed_at, sequence, before = observation.observed_at, observation.sequence, window.newest
    newest = observed_at if before is None or observed_at > before else before
    state_sequence, state_rank = window.state_sequence, window.state_rank
    if state_sequence is not None and not (run is not None and _continues(window.run, run)):
        state_sequence = None
    is_in_run = where == "current"
    rank = rank_of(observation)
    if is_in_run and sequence is not None and state_sequence is not None:
        newer = sequence > state_sequence or (
            sequence == state_sequence and state_rank is not None and rank > state_rank
        )
    else:
        newer = where != "before" and _is_later(window, observation)
    if newer and observation.kind in ORDERED_KINDS:
        return "newer", DeviceWindow(newest, run, previous, ring, sequence if is_in_run else None, observed_at, rank)
    return "newer" if newer else "older", DeviceWindow(
        newest, run, previous, ring, state_sequence, window.state_observed_at, state_rank
    )


def place(window: DeviceWindow, observation: Observation) -> Placed | None:
    """Where a reading lies in the counting of its device, and what to remember of it; None for a copy."""
    run, previous, ring, sequence = window.run, window.previous, window.ring, observation.sequence
    if observation.event_id is not None or sequence is None or observation.session is None:
        pushed = _push(ring, _key_of(observation))
        if pushed is None:
            return None
        ring = pushed
    if sequence is None:
        if (
            observation.kind == "startup"
            and run is not None
            and _is_newest(window, observation.observed_at, or_equal=True)
        ):
            return None, run, ring, "uncounted"
        return run, previous, ring, "uncounted"
    if run is None or _opens_run(window, run, observation):
        opened = Run(observation.session, sequence, b"\x01", observation.observed_at)
        return opened, previous if run is None else run, ring, "current"
    return _place_counted(run, previous, ring, observation, sequence)


def _place_counted(
    run: Run, previous: Run | None, ring: bytes, observation: Observation, sequence: int
) -> Placed | None:
    if previous is not None and _is_previous(run, previous, observation):
        marked = _mark(previous, sequence, observation.event_id)
        return None if marked is None else (run, marked, ring, "before")
    if observation.session != run.session or run.highest - sequence >= WINDOW:
        pushed = _push(ring, _hash(f"{observation.session}/{sequence}"))
        where: Where = "current" if observation.session == run.session else "uncounted"
        return None if pushed is None else (run, previous, pushed, where)
    marked = _mark(run, sequence, observation.event_id)
    return None if marked is None else (marked, previous, ring, "current")


def rank_of(observation: Observation) -> int:
    """Which of two words of one instant counts: a fault, then a change, a start-up, a restatement; of one kind the one that
    is less certain, then the one that costs the driver less, then the one that says how long the state before lasted.
    """
    return _RANKS[observation.kind, observation.status] + (observation.previous_s is not None)


def _continues(before: Run | None, after: Run) -> bool:
    return before is not None and before.session == after.session and before.started_at == after.started_at


def _opens_run(window: DeviceWindow, run: Run, observation: Observation) -> bool:
    if observation.session != run.session:
        return _is_newest(window, observation.observed_at, or_equal=True) and not (
            window.previous is not None and window.previous.session == observation.session
        )
    sequence = observation.sequence
    if observation.kind == "startup":
        is_copy = sequence is not None and (sequence >= run.highest or _is_marked(run, sequence))
        return _is_newest(window, observation.observed_at, or_equal=not is_copy)
    if sequence is None or sequence > run.highest or window.newest is None:
        return False
    if observation.observed_at > window.newest + RESET_US and (
        run.highest - sequence >= RESET_DISTANCE or (run.session is None and _is_marked(run, sequence))
    ):
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
    if observation.session != run.session:
        return True
    sequence = observation.sequence
    if sequence is None:
        return False
    if observation.observed_at >= run.started_at:
        return _wraps(previous.highest, run.highest) and _wraps(sequence, run.highest)
    # After a wrap the frame that began the run may come behind its followers: a number near zero is of the new run.
    return not _wraps(previous.highest, sequence)


def _mark(run: Run, sequence: int, event_id: str | None) -> Run | None:
    """The run with the sequence marked as seen; None for a copy.

    Another event under a seen number is no copy, nor is another frame where the counter may have begun anew unnoticed.
    """
    ahead = sequence - run.highest
    if ahead > 0:
        return forward(run, sequence)
    if -ahead >= WINDOW:
        return run
    if _is_marked(run, sequence):
        is_copy = run.session is not None and (event_id is None or -ahead >= RING)
        return None if is_copy else run
    seen = int.from_bytes(run.seen, "little")
    return Run(run.session, run.highest, _to_bytes(seen | 1 << -ahead), run.started_at)


def forward(run: Run, sequence: int) -> Run:
    """The run with a number above all before it marked as seen."""
    ahead = sequence - run.highest
    if ahead == 1 and run.seen == _ALL:
        return Run(run.session, sequence, _ALL, run.started_at)
    seen = 1 if ahead >= WINDOW else ((int.from_bytes(run.seen, "little") << ahead) | 1) & _MASK
    return Run(run.session, sequence, _to_bytes(seen), run.started_at)


def _is_marked(run: Run, sequence: int) -> bool:
    behind = run.highest - sequence
    return 0 <= behind < WINDOW and bool(int.from_bytes(run.seen, "little") >> behind & 1)


def _to_bytes(seen: int) -> bytes:
    return seen.to_bytes((seen.bit_length() + 7) >> 3, "little")


def _is_newest(window: DeviceWindow, observed_at: int, *, or_equal: bool = False) -> bool:
    return window.newest is None or observed_at > window.newest or (or_equal and observed_at == window.newest)


def _is_later(window: DeviceWindow, observation: Observation) -> bool:
    if window.state_observed_at is None or window.state_rank is None:
        return True
    if observation.observed_at != window.state_observed_at:
        return observation.observed_at > window.state_observed_at
    return rank_of(observation) >= window.state_rank


def _key_of(observation: Observation) -> bytes:
    if observation.event_id is not None:
        return _hash(f"e{observation.event_id}")
    said = f"{observation.observed_at}/{observation.kind}/{observation.status}"
    if observation.sequence is not None or observation.previous_s is not None:
        said = f"{said}/{observation.sequence}/{observation.previous_s}"
    return _hash(said)


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_KEY_BYTES).digest()


def _push(ring: bytes, key: bytes) -> bytes | None:
    """The ring with the key in front; None when it already stands there, at a whole place and not across two."""
    place = ring.find(key)
    while place >= 0 and place % _KEY_BYTES:
        place = ring.find(key, place + 1)
    return (key + ring)[: RING * _KEY_BYTES] if place < 0 else None
