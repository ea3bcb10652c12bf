"""Policies that set prices again and again by what they saw, each in the same world with the same drivers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pricing.evaluation.world import Floats, Ints, World
from pricing.optimizer.model import Cell, Earlier, PricingZone

Chooser = Callable[[Sequence[Cell], Mapping[str, PricingZone]], Sequence[int]]
"""The next price of every cell, from what was measured under the last one."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """How one policy did in one world; arrays by update, 0 is the period before the first one."""

    in_band: Floats
    """Share of the cells whose mean occupancy was within the target."""
    full_share: Floats
    revenue: Floats
    """Of a period, in minor units."""
    price: Floats
    """Mean over the cells."""
    moves: Ints
    """Cells whose price each update moved; one less than periods."""
    reversals: Ints
    """Of these, against the last move of the same cell."""


def reversed_share(courses: Iterable[Course], *, until: int | None = None) -> float:
    """Of all moves of these courses, those against the last one of the same cell; at the first `until` updates, or at all."""
    together = list(courses)
    moves = sum(one.moves[:until].sum() for one in together)
    return float(sum(one.reversals[:until].sum() for one in together) / max(1, moves))


def run(
    world: World, choosers: Mapping[str, Chooser], *, updates: int, target: tuple[float, float]
) -> dict[str, Course]:
    """Each policy sees only its own prices and what they did."""
    names, cells, zones = list(choosers), world.cells, world.zones
    prices: Ints = np.tile(np.array([cell.price for cell in cells], dtype=np.int64), (len(names), 1))
    before, last = prices.copy(), np.zeros(prices.shape, dtype=np.int64)
    moves, reversals = (np.zeros((updates, len(names)), dtype=np.int64) for _ in range(2))
    rows: list[tuple[Floats, ...]] = []
    pasts: list[list[tuple[Earlier, ...]]] = [[()] * len(cells) for _ in names]
    for number in range(updates + 1):
        seen = world.pass_period(number, prices, before)
        within = (seen.occupancy >= target[0]) & (seen.occupancy <= target[1])
        rows.append((within.mean(axis=1), seen.full_share.mean(axis=1), seen.revenue, prices.mean(axis=1)))
        if number == updates:
            break
        before = prices
        prices = np.array(
            [
                choosers[name](_measured(cells, before[which], seen.of(which), last[which], pasts[which]), zones)
                for which, name in enumerate(names)
            ],
            dtype=np.int64,
        )
        pasts = [
            [(*past, Earlier(int(price), float(share))) for past, price, share in zip(*one, strict=True)]
            for one in zip(pasts, before, seen.occupancy, strict=True)
        ]
        direction = np.sign(prices - before)
        moves[number] = np.count_nonzero(direction, axis=1)
        reversals[number] = np.count_nonzero(direction * last < 0, axis=1)
        last = np.where(direction != 0, direction, last)
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    return {
        name: Course(
            in_band=columns[0][:, which],
            full_share=columns[1][:, which],
            revenue=columns[2][:, which],
            price=columns[3][:, which],
            moves=moves[:, which],
            reversals=reversals[:, which],
        )
        for which, name in enumerate(names)
    }


def _measured(
    cells: Sequence[Cell],
    prices: Ints,
    seen: tuple[Floats, Floats],
    last: Ints,
    pasts: Sequence[tuple[Earlier, ...]],
) -> list[Cell]:
    return [
        replace(
            cell, price=int(price), occupancy=float(share), full_share=float(full), last_move=int(move), earlier=past
        )
        for cell, price, share, full, move, past in zip(cells, prices, *seen, last, pasts, strict=True)
    ]
