"""How many vehicles are in a facility that only counts at its gates: entries and exits with their drift taken out. Pure.

A gate misses some passages, so the plain balance of entries and exits walks away from the truth, however small the share. Here
the number inside and the two shares are one uncertain state, a Gaussian over

    x = (n, a, b)

n: vehicles inside; a: vehicles that enter unseen for each one that is seen to enter (m / (1 - m) of a miss rate m); b: the same
of exits. One seen entry moves n by 1 + a and one seen exit by -(1 + b), so between two looks, with E entries and X exits,

    n' = n + E (1 + a) - X (1 + b)        var += E a (1 + a) + X b (1 + b)

because the number of unseen before a seen one is geometric. Whatever tells of n itself is an *anchor* z = n + noise, and corrects by
the covariances all three: that is how a and b are learnt from a gate that always ends above or below the truth. Anchors are counts that somebody
reports, the vehicles that are known to be inside by plate or ticket (`gate_tracks.py`), and the emptiest moment of the night, once it is
known what is usual. An estimate outside of 0..capacity is no number to be clamped but evidence of drift: the part of the
Gaussian outside is cut off, and what moves n moves a and b with it. Per passage a few dozen multiplications; no randomness, no clock.
"""

import math
from typing import Final, Literal

import msgspec

SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
MISSED: Final = 0.015
"""Share of passages that a gate misses before anything is learnt; 1 to 3 % are usual for loops and plate readers."""
MISSED_SPREAD: Final = 0.015
_WANDERS: Final = 1e-9
"""Growth of the variance of a and b with each passage: gates change slowly, by half a point over 25,000 passages."""
_MOST_MISSED: Final = 0.5
_SURPRISE: Final = 5.0
"""Standard deviations from which on an anchor tells of something else than misses, as a balance set anew."""
_COUNT_DEVIATION: Final = 0.5
"""A vehicle under the barrier while somebody counts."""
_IMPOSSIBLE: Final = 1e-6
WITHIN: Final = 1.2816
"""Standard deviations to either side of the middle 80 % of a Gaussian."""
USEFUL_SHARE: Final = 0.2
"""An interval wider than this share of the capacity helps nobody to find a space."""
USEFUL_SPACES: Final = 2
"""Of a very small facility so many spaces may be open."""
QUIET_FROM: Final = 7.0
"""So many expected passages and none seen happen by chance once in a thousand times."""
_QUIET_UNKNOWN: Final = HOUR // 2
"""How long a gate may be quiet of which nobody knows yet when its passages come."""
_SOFT: Final = 0.3
"""Weight of the last day in what is usual."""
_NIGHTS: Final = 3
"""Nights that must be known before one corrects."""

Direction = Literal["entry", "exit"]
Spread = tuple[float, float, float, float, float, float]
"""Covariances nn, na, nb, aa, ab, bb."""


class GateCount(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What is believed of one facility. Times are microseconds since 1970 UTC; `occupied` is not a whole number."""

    begun_at: int
    at: int
    """Of the newest passage or anchor."""
    capacity: int
    occupied: float
    missed_in: float = MISSED
    missed_out: float = MISSED
    spread: Spread
    counted_at: int = 0
    """Of the newest reported count: it holds every passage before it, also one that is told later."""
    looked_at: int = 0
    """Up to where passages were matched with each other."""
    hours: tuple[float, ...] = ()
    """Usual passages of each hour of the day in UTC; none before a whole day was seen."""
    today: tuple[float, ...] = (0.0,) * 24
    low: float | None = None
    """The fewest vehicles of the day so far, with their variance."""
    low_spread: float = 0.0
    usual_low: float = 0.0
    usual_low_spread: float = 0.0
    nights: int = 0


def begin(capacity: int, at: int) -> GateCount:
    """Nothing is known but the capacity: anything from empty to full."""
    v = MISSED_SPREAD**2
    return GateCount(
        begun_at=at,
        at=at,
        capacity=capacity,
        occupied=capacity / 2,
        spread=(capacity * capacity / 12 + 1.0, 0.0, 0.0, v, 0.0, v),
        looked_at=at,
    )


def passed(count: GateCount, direction: Direction, at: int) -> GateCount:
    """One vehicle was seen to enter or leave. One that a reported count already holds changes nothing."""
    if at <= count.counted_at:
        return count
    count = _strike(count, at)
    a, b = count.missed_in, count.missed_out
    nn, na, nb, aa, ab, bb = count.spread
    if direction == "entry":
        moved = count.occupied + 1 + a
        nn, na, nb = nn + 2 * na + aa + a * (1 + a), na + aa, nb + ab
    else:
        moved = count.occupied - 1 - b
        nn, na, nb = nn - 2 * nb + bb + b * (1 + b), na - ab, nb - bb
    hour = at // HOUR % 24
    today = (*count.today[:hour], count.today[hour] + 1, *count.today[hour + 1 :])
    return _noted(
        _bounded(
            msgspec.structs.replace(
                count,
                at=max(at, count.at),
                occupied=moved,
                spread=(nn, na, nb, aa + _WANDERS, ab, bb + _WANDERS),
                today=today,
            )
        )
    )


def counted(count: GateCount, occupied: int, at: int) -> GateCount:
    """Somebody reports how many are inside; it holds every passage before it, also one that is told later."""
    count = msgspec.structs.replace(count, counted_at=max(at, count.counted_at), at=max(at, count.at))
    return anchored(count, float(occupied), _COUNT_DEVIATION)


def anchored(count: GateCount, occupied: float, deviation: float, *, lasting: float = 0.0) -> GateCount:
    """Something tells how many are inside now, give or take `deviation` (above zero) by chance and `lasting` in the same way each time.

    An error that lasts does not average out, so such an anchor takes away only the doubt that exceeds it. What lies
    beyond all that misses explain is believed, but nothing is learnt from it of the misses.
    """
    nn = count.spread[0]
    noise, floor = deviation * deviation, lasting * lasting
    if nn <= floor:
        return count
    if (occupied - count.occupied) ** 2 > _SURPRISE**2 * (nn + noise + floor):
        _, _, _, aa, ab, bb = count.spread
        spread = (noise + floor, 0.0, 0.0, aa, ab, bb)
        return _noted(_bounded(msgspec.structs.replace(count, occupied=occupied, spread=spread)))
    share = (nn - floor) / (nn + noise)
    variance = floor + (nn - floor) * (1 - share)
    return _noted(_bounded(_told(count, count.occupied + share * (occupied - count.occupied), variance)))


def missed_share(count: GateCount, direction: Direction, missed: int, seen: int) -> GateCount:
    """Of vehicles that must have passed, so many were missed and so many seen: their other passage tells."""
    if missed + seen == 0:
        return count
    nn, na, nb, aa, ab, bb = count.spread
    entry = direction == "entry"
    mean, variance = (count.missed_in, aa) if entry else (count.missed_out, bb)
    odds = missed / max(1, seen)
    noise = max(mean, 0.005) * (1 + mean) / max(1, seen)
    share = variance / (variance + noise)
    by = share * (odds - mean)
    gains = (na / variance, 1.0, ab / variance) if entry else (nb / variance, ab / variance, 1.0)
    n_gain, a_gain, b_gain = gains
    cut = variance * share
    return _bounded(
        msgspec.structs.replace(
            count,
            occupied=count.occupied + n_gain * by,
            missed_in=_odds(count.missed_in + a_gain * by),
            missed_out=_odds(count.missed_out + b_gain * by),
            spread=(
                nn - n_gain * n_gain * cut,
                na - n_gain * a_gain * cut,
                nb - n_gain * b_gain * cut,
                aa - a_gain * a_gain * cut,
                ab - a_gain * b_gain * cut,
                bb - b_gain * b_gain * cut,
            ),
        )
    )


def resized(count: GateCount, capacity: int) -> GateCount:
    return count if capacity == count.capacity else _bounded(msgspec.structs.replace(count, capacity=capacity))


def interval(count: GateCount) -> tuple[int, int]:
    """The fewest and the most vehicles inside with 80 % probability, within 0..capacity."""
    reach = WITHIN * math.sqrt(max(0.0, count.spread[0]))
    low = max(0, math.floor(count.occupied - reach + 0.5))
    high = min(count.capacity, math.ceil(count.occupied + reach - 0.5))
    low = min(low, count.capacity)
    return low, max(low, high)


def is_useful(count: GateCount) -> bool:
    low, high = interval(count)
    return high - low <= max(USEFUL_SPACES, USEFUL_SHARE * count.capacity)


def is_quiet(count: GateCount, now: int) -> bool:
    """Whether so many passages should have come since the last one that the gate must be cut off."""
    if now - count.at <= HOUR // 4:
        return False
    if not count.hours:
        return now - count.at > _QUIET_UNKNOWN
    if now - count.at >= 2 * DAY:
        return True
    expected, at = 0.0, count.at
    while at < now:
        end = min(now, (at // HOUR + 1) * HOUR)
        expected += count.hours[at // HOUR % 24] * (end - at) / HOUR
        at = end
    return expected > QUIET_FROM


def _told(count: GateCount, occupied: float, variance: float) -> GateCount:
    """Give n this mean and variance; what is known of a and b moves along by their covariances."""
    nn, na, nb, aa, ab, bb = count.spread
    by, cut = occupied - count.occupied, (nn - variance) / (nn * nn)
    kept = variance / nn
    return msgspec.structs.replace(
        count,
        occupied=occupied,
        missed_in=_odds(count.missed_in + na / nn * by),
        missed_out=_odds(count.missed_out + nb / nn * by),
        spread=(variance, na * kept, nb * kept, aa - na * na * cut, ab - na * nb * cut, bb - nb * nb * cut),
    )


def _bounded(count: GateCount) -> GateCount:
    """Cut off what lies outside of 0..capacity once the mean does: mean and variance of the truncated Gaussian."""
    if 0.0 <= count.occupied <= count.capacity:
        return count
    deviation = math.sqrt(count.spread[0])
    # Half a vehicle of room, as the Gaussian stands for whole numbers.
    low, high = (-0.5 - count.occupied) / deviation, (count.capacity + 0.5 - count.occupied) / deviation
    inside = _below(high) - _below(low)
    if inside < _IMPOSSIBLE:
        # Far outside: more than the spread allows, as after a batch that was lost. Begin anew at the bound.
        edge = 0.0 if count.occupied < 0 else float(count.capacity)
        return _told(count, edge, min(count.spread[0], max(1.0, (count.occupied - edge) ** 2)))
    tilt = (_density(low) - _density(high)) / inside
    mean = count.occupied + deviation * tilt
    shrink = 1 + (low * _density(low) - high * _density(high)) / inside - tilt * tilt
    return _told(count, min(max(mean, 0.0), float(count.capacity)), count.spread[0] * min(1.0, max(shrink, 1e-6)))


def _strike(count: GateCount, at: int) -> GateCount:
    """Close the days that ended before `at`: what was usual of them, and what their emptiest moment corrects."""
    if at // DAY <= count.at // DAY:
        return count
    whole = count.begun_at // DAY < count.at // DAY
    usual, low = count.hours, count.low
    if whole:
        usual = count.today if not usual else tuple(map(_mixed, usual, count.today))
    closed = msgspec.structs.replace(count, hours=usual, today=(0.0,) * 24, low=None)
    if not whole or low is None:
        return closed
    if count.nights >= _NIGHTS:
        since = count.occupied - low
        closed = anchored(closed, count.usual_low + since, math.sqrt(count.usual_low_spread + 1.0))
    if count.low_spread > 1.0 + (0.02 * count.capacity) ** 2:
        return closed
    first = count.nights == 0
    off = 0.0 if first else low - count.usual_low
    return msgspec.structs.replace(
        closed,
        usual_low=low if first else count.usual_low + _SOFT * off,
        usual_low_spread=(0.05 * count.capacity) ** 2
        if first
        else (1 - _SOFT) * (count.usual_low_spread + _SOFT * off * off),
        nights=count.nights + 1,
    )


def _noted(count: GateCount) -> GateCount:
    if count.low is not None and count.occupied >= count.low:
        return count
    return msgspec.structs.replace(count, low=count.occupied, low_spread=count.spread[0])


def _mixed(usual: float, last: float) -> float:
    return (1 - _SOFT) * usual + _SOFT * last


def _odds(value: float) -> float:
    return min(max(value, 0.0), _MOST_MISSED)


def _below(deviations: float) -> float:
    return 0.5 * math.erfc(-deviations / math.sqrt(2))


def _density(deviations: float) -> float:
    return math.exp(-0.5 * deviations * deviations) / math.sqrt(2 * math.pi)
