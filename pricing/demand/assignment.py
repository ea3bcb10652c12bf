"""Who moves now and who one period later: a lottery within blocks in which every unit has the same chance.

Of a block of n units the whole part of n × chance moves now, one more with the chance of the rest: shares stay near the chance in every block,
and a single unit's is exactly it. The lottery that decided and its re-draws, by which an estimate is judged, are this one function.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def redraw(blocks: Ints, chance: float, random: np.random.Generator, times: int) -> Bools:
    """(times, units): whether each unit moves now, in so many independent lotteries."""
    found = np.zeros((times, len(blocks)), dtype=np.bool_)
    for block in np.unique(blocks):
        members = np.flatnonzero(blocks == block)
        count = np.floor(len(members) * chance + random.random((times, 1)))
        rank = np.argsort(np.argsort(random.random((times, len(members))), axis=1), axis=1)
        found[:, members] = rank < count
    return found


def draw(block_of: Mapping[str, str], chance: float, seed: Sequence[int]) -> frozenset[str]:
    """Units that move now. The same seed gives the same, in whatever order the units come."""
    units = sorted(block_of)
    _, blocks = np.unique([block_of[unit] for unit in units], return_inverse=True)
    (is_now,) = redraw(blocks.astype(np.int64), chance, np.random.default_rng([*seed, 47]), 1)
    return frozenset(unit for unit, moves in zip(units, is_now, strict=True) if moves)
