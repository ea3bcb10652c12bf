"""How many of the spaces whose state is unknown are probably vacant: told beside the counts and never added to them. Pure.

Spaces of one kind in one zone are taken to be vacant with one common share q at this moment, of which two things tell: what that share
usually was at this hour of the week, and the spaces that are known now. With the usual share h, worth as many spaces as its
spread over the weeks allows (s), and V vacant and O occupied among the known,

    q ~ Beta(s h + V, s (1 - h) + O)

Uses differ (a charging space is not an ordinary one), so each use u has a share of its own around q, worth T spaces of knowledge,
and its known spaces again. The number of vacant ones among its U unknown is beta-binomial,

    mean U p,  variance U p (1 - p) (1 + (U - 1) r),    p = (T q + V_u) / (T + K_u),  r = 1 / (T + K_u + 1)

and the doubt about q itself is common to all uses. The interval is that of the beta-binomial with the mean and variance of the sum.
Which spaces are unknown is taken to be chance: a fault that strikes the popular end of a street is not seen here.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from parking.occupancy.level_counts import Kind, Numbers
from parking.places.model import PlaceKind

ALIKE: Final = 12.0
"""T: the known spaces of a use outweigh those of the others once there are more."""
_NOTHING: Final = 1.0
"""Strength of knowing nothing: a share of one half that one space outweighs."""
_LOW, _HIGH = 0.1, 0.9
_EXACT: Final = 400
"""Unknown spaces up to which the distribution is summed; above it is as good as Gaussian."""
_WITHIN: Final = 1.2816

Method = Literal["known_spaces", "usual_hours", "known_spaces_and_usual_hours", "gates"]


class Usual(NamedTuple):
    """The share of vacant spaces at this hour of the week, and how many spaces that is worth."""

    share: float
    strength: float


class Vacancy(NamedTuple):
    """How many of the unknown spaces are vacant, and the bounds of the middle 80 % of what may be."""

    vacant: int
    low: int
    high: int
    method: Method


def usual_share(seen: Sequence[float]) -> Usual:
    """From the shares of the same hour in the weeks before, at least one.

    That weeks differ by a tenth is believed as much as two weeks' own spread.
    """
    mean = min(max(sum(seen) / len(seen), 0.01), 0.99)
    spread = (2 * 0.1**2 + sum((share - mean) ** 2 for share in seen)) / (1 + len(seen))
    # The mean of few weeks is itself uncertain.
    spread *= 1 + 1 / len(seen)
    return Usual(mean, min(max(mean * (1 - mean) / spread - 1, _NOTHING), 50.0))


def estimated_vacancy(kinds: Iterable[tuple[Kind, Numbers]], usual: Mapping[str, Usual]) -> Vacancy | None:
    """Of the unknown spaces of all kinds together; None where none is unknown, or where nothing tells of one that is."""
    sorts: dict[PlaceKind | None, list[Numbers]] = {}
    for kind, numbers in kinds:
        sorts.setdefault(kind.kind, []).append(numbers)
    mean = variance = 0.0
    unknown = 0
    by_spaces = by_hours = False
    for sort, uses in sorts.items():
        open_here = sum(use.unknown for use in uses)
        if not open_here:
            continue
        known = sum(map(_known, uses))
        hours = None if sort is None else usual.get(sort)
        if not known and hours is None:
            return None
        by_spaces, by_hours = by_spaces or known > 0, by_hours or hours is not None
        unknown += open_here
        its_mean, its_variance = _of_kind(uses, hours or Usual(0.5, _NOTHING))
        mean, variance = mean + its_mean, variance + its_variance
    if not unknown:
        return None
    low, high = _bounds(unknown, mean, variance)
    method: Method = "known_spaces" if not by_hours else "usual_hours"
    return Vacancy(round(mean), low, high, "known_spaces_and_usual_hours" if by_spaces and by_hours else method)


def _known(numbers: Numbers) -> int:
    """Spaces of which the same would have been told had they been in the other state."""
    return numbers.vacant + numbers.occupied - numbers.by_word


def _of_kind(uses: list[Numbers], usual: Usual) -> tuple[float, float]:
    vacant, known = sum(use.vacant for use in uses), sum(map(_known, uses))
    weight = usual.strength + known
    common = (usual.strength * usual.share + vacant) / weight
    mean = variance = reach = 0.0
    for use in uses:
        here = _known(use)
        share = (ALIKE * common + use.vacant) / (ALIKE + here)
        alike = 1 / (ALIKE + here + 1)
        mean += use.unknown * share
        variance += use.unknown * share * (1 - share) * (1 + (use.unknown - 1) * alike)
        reach += use.unknown * ALIKE / (ALIKE + here)
    return mean, variance + reach * reach * common * (1 - common) / (weight + 1)


def _bounds(unknown: int, mean: float, variance: float) -> tuple[int, int]:
    share = min(max(mean / unknown, 1e-6), 1 - 1e-6)
    if unknown > _EXACT:
        reach = _WITHIN * math.sqrt(variance)
        return max(0, math.floor(mean - reach)), min(unknown, math.ceil(mean + reach))
    alike = (variance / (unknown * share * (1 - share)) - 1) / (unknown - 1) if unknown > 1 else 0.5
    weight = 1 / min(max(alike, 1e-6), 0.99) - 1
    chances = _chances(unknown, weight * share, weight * (1 - share))
    low = high = None
    below = 0.0
    for number, chance in enumerate(chances):
        below += chance
        if low is None and below > _LOW:
            low = number
        if below >= _HIGH:
            high = number
            break
    return 0 if low is None else low, unknown if high is None else high


def _chances(count: int, alpha: float, beta: float) -> list[float]:
    """Of 0 to `count` vacant under a beta-binomial, by the ratio of each to the one before, in logarithms."""
    logs = [0.0]
    for number in range(count):
        logs.append(
            logs[-1]
            + math.log((count - number) / (number + 1))
            + math.log((alpha + number) / (beta + count - number - 1))
        )
    most = max(logs)
    weights = [math.exp(one - most) for one in logs]
    whole = sum(weights)
    return [weight / whole for weight in weights]
