"""The next moments at which the fee of a running stay rises: what a driver who asks "until when?" wants to know. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

LOOK_AHEAD: Final = timedelta(days=1)
_STRIDE: Final = timedelta(minutes=5)
_SECOND: Final = timedelta(seconds=1)


class Rise(NamedTuple):
    """A stay that ends later than `at` costs `amount` minor units, until the next rise."""

    at: datetime
    amount: int


def next_rises(
    amount_until: Callable[[datetime], int], now: datetime, *, most: int = 3, within: timedelta = LOOK_AHEAD
) -> tuple[Rise, ...]:
    """The first moments after `now`, at most `most` of them; a fee that falls again within five minutes is not seen.

    A begun unit is charged from the first second within it, so `at` is the last instant at the old amount.
    """
    rises: list[Rise] = []
    present, amount = now.replace(microsecond=0), amount_until(now)
    while present < now + within and len(rises) < most:
        following = present + _STRIDE
        reached = amount_until(following)
        if reached > amount:
            following = _first_above(amount_until, amount, present, following)
            reached = amount_until(following)
            rises.append(Rise(following - _SECOND, reached))
        present, amount = following, reached
    return tuple(rises)


def _first_above(amount_until: Callable[[datetime], int], amount: int, low: datetime, high: datetime) -> datetime:
    """The second in `(low, high]` at which the fee is above `amount` first."""
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if amount_until(middle) > amount:
            high = middle
        else:
            low = middle
    return high
