"""Lost messages, by the gaps in a device's counter: serial arithmetic over sessions, wraps, resets and late frames.

A message is counted once however often and through whichever stream it is heard of, so a frame that nobody could read is
not a lost one.
"""

from typing import Final

import msgspec

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import DAY, HOUR, SECOND, Policy

_WINDOW: Final = 63
"""How far below the highest number a late frame is still told from a copy."""
_MASK: Final = (1 << _WINDOW) - 1
_RESET_DISTANCE: Final = 32
_RESET: Final = 60 * SECOND
"""As the engine takes it (`parking.occupancy.device_window`): so far below the highest, and later by so much."""
_COUNTER_BITS: Final = (8, 16, 32)
_NONE: Final = -1


class Hour(msgspec.Struct, array_like=True, gc=False):
    """What one hour of receipt added."""

    start: int
    expected: int
    received: int


class Counter(msgspec.Struct, array_like=True):
    """The counter of one device in its present session, and the last day by hours."""

    session: str | None = None
    former: str | None = None
    highest: int = _NONE
    seen: int = 0
    """Bit k: `highest - k` was heard of."""
    newest: int = 0
    """Time of the newest message counted."""
    hours: list[Hour] = []


def count(counter: Counter, session: str | None, sequence: int, at: int, *, restarted: bool = False) -> None:
    """Take a message in that was sent at `at` with this number; `restarted`: it says that the counter began anew."""
    if counter.highest == _NONE or session != counter.session:
        if counter.highest != _NONE and session == counter.former:
            return
        _begin(counter, session, sequence, at)
        return
    ahead = sequence - counter.highest
    if ahead <= 0 and restarted and at > counter.newest:
        _begin(counter, session, sequence, at)
        return
    if ahead < 0 and at >= counter.newest:
        ahead = _around(counter.highest, sequence) or ahead
    if ahead > 0:
        _advance(counter, session, sequence, ahead, at)
    elif ahead < 0:
        _look_back(counter, session, sequence, -ahead, at)


def interrupt(counter: Counter) -> None:
    """What came meanwhile was not heard, so the next number says nothing of a loss."""
    counter.former, counter.session, counter.highest = None, None, _NONE


def loss(counter: Counter, now: int) -> tuple[int, int]:
    """Messages expected and lost within a day."""
    hours = [hour for hour in counter.hours if hour.start > now - DAY]
    expected = sum(hour.expected for hour in hours)
    return expected, max(0, expected - sum(hour.received for hour in hours))


def judge(counter: Counter, now: int, policy: Policy) -> Judgement:
    expected, lost = loss(counter, now)
    if not expected:
        return None
    share = lost / expected
    if lost >= policy.least_lost and share >= policy.loss_opens:
        since = next(h.start for h in counter.hours if h.start > now - DAY and h.expected > h.received)
        return Finding(
            since,
            f"24 小时内 {expected} 条消息丢失 {lost} 条（{share:.0%}）",
            f"{lost} of {expected} messages within 24 hours were lost ({share:.0%})",
        )
    return CLEAR if share < policy.loss_closes else None


def _begin(counter: Counter, session: str | None, sequence: int, at: int) -> None:
    if session != counter.session:
        counter.former = counter.session
    counter.session, counter.highest, counter.seen = session, sequence, 1
    _add(counter, at, 1, 1)


def _advance(counter: Counter, session: str | None, sequence: int, ahead: int, at: int) -> None:
    if ahead > 1 and ahead > (at - counter.newest) // SECOND + _WINDOW:
        # No device sends more than a message a second for long: it counts from elsewhere now.
        _begin(counter, session, sequence, at)
        return
    counter.highest = sequence
    counter.seen = ((counter.seen << ahead) | 1) & _MASK if ahead < _WINDOW else 1
    _add(counter, at, ahead, 1)


def _look_back(counter: Counter, session: str | None, sequence: int, back: int, at: int) -> None:
    if back >= _RESET_DISTANCE and at > counter.newest + _RESET:
        _begin(counter, session, sequence, at)
    elif back < _WINDOW and not counter.seen >> back & 1:
        counter.seen |= 1 << back
        _add(counter, at, 0, 1)


def _around(highest: int, sequence: int) -> int | None:
    """How far ahead the number is if a counter of 8, 16 or 32 bits, near its end, went on at zero."""
    for bits in _COUNTER_BITS:
        size = 1 << bits
        if highest < size:
            near_end, near_zero = highest >= 3 * size // 4, sequence < size // 4
            return sequence + size - highest if near_end and near_zero else None
    return None


def _add(counter: Counter, at: int, expected: int, received: int) -> None:
    counter.newest = max(counter.newest, at)
    start = counter.newest - counter.newest % HOUR
    hours = counter.hours
    if hours and hours[-1].start == start:
        hours[-1].expected += expected
        hours[-1].received += received
        return
    hours.append(Hour(start, expected, received))
    if hours[0].start <= start - DAY:
        counter.hours = [hour for hour in hours if hour.start > start - DAY]
