"""Which stays the arrays can price; all others go one by one through the calculator.

The one place that decides it: `amounts` says how many rows it sent away.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.fees.arrays.columns import ENERGIES, USES, Mask, StayColumns
from pricing.fees.model import FeeRefusedError
from pricing.fees.soundness import require_sound
from pricing.rates.model import RateLineCollection, RateTable, TimeQuota

_LONGEST_S: Final = 400 * 86_400
_FROM_S: Final = 0
_TO_S: Final = 7_258_118_400
"""1970 and 2200: between them every instant has a date and a calendar."""


def quotas_of(table: RateTable, energy: str) -> tuple[TimeQuota, ...]:
    return tuple(quota for quota in table.quotas if not quota.energies or energy in quota.energies)


def carries_usage(table: RateTable, energy: str) -> bool:
    """Whether a stay of such a vehicle can depend on its earlier ones."""
    return bool(quotas_of(table, energy)) or any(
        collection.free is not None and collection.free.limit is not None for collection in table.collections
    )


def usage_is_simple(table: RateTable, energy: str) -> bool:
    """Whether all that is carried is the use of one quota whose windows the arrays know."""
    quotas = quotas_of(table, energy)
    has_limits = any(found.free is not None and found.free.limit is not None for found in table.collections)
    return not has_limits and len(quotas) == 1 and _has_known_windows(quotas[0])


def _has_known_windows(quota: TimeQuota) -> bool:
    return quota.window == "local_day" or (quota.window == "from_first_use" and quota.window_s is not None)


def is_simple(table: RateTable, collection: RateLineCollection, use: str, energy: str) -> bool:
    """Whether the arrays know all that the collection and the table say about such stays."""
    quotas = quotas_of(table, energy)
    once = {line.rule_id for line in collection.lines if line.mode == "per_use" and line.per == "stay"}
    return (
        not (table.charging is not None and use == "charging")
        and _is_sound(table)
        and all(line.period is None for line in collection.lines)
        and (not quotas or (len(quotas) == 1 and _has_known_windows(quotas[0])))
        and not (once and any(line.steps_from == "stay" for line in collection.lines))
        and not any({rule.rule, rule.added_to} & once or rule.rule == rule.added_to for rule in collection.short_parts)
    )


def _is_sound(table: RateTable) -> bool:
    """Whether the calculator prices anything under the table; if not, it is also the one to say why."""
    try:
        require_sound(table)
    except FeeRefusedError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """What becomes of each row before any price is looked at."""

    invalid: Mask
    """Ends before it starts."""
    one_by_one: Mask
    in_order: Mask
    """One by one, and each with the usage that the vehicle's earlier stays have left."""


def sort_rows(table: RateTable, stays: StayColumns) -> Sorted:
    length = stays.end - stays.start
    invalid = length < 0
    one_by_one = (length > _LONGEST_S) | (stays.start < _FROM_S) | (stays.end > _TO_S)
    if stays.whole:
        one_by_one[np.fromiter(stays.whole, dtype=np.int64)] = True
    in_order = np.zeros(len(stays), dtype=np.bool_)
    if stays.vehicle is not None:
        # On a charging space idle time may use a quota otherwise than the seconds of the stay tell.
        idle = (stays.use == USES.index("charging")) & (table.charging is not None)
        in_order = _in_order(table, stays, one_by_one | invalid | idle)
    return Sorted(invalid=invalid, one_by_one=(one_by_one | in_order) & ~invalid, in_order=in_order & ~invalid)


def _in_order(table: RateTable, stays: StayColumns, odd: Mask) -> Mask:
    """The stays of vehicles whose usage is more than the seconds of one window of a quota."""
    if stays.vehicle is None:
        raise TypeError("asked only of stays with vehicles")
    carries = np.array([carries_usage(table, energy) for energy in ENERGIES])
    found = np.zeros(len(stays), dtype=np.bool_)
    # Others neither use anything nor find it used.
    chosen = np.flatnonzero(carries[stays.energy] & (stays.vehicle >= 0)) if carries.any() else np.empty(0, np.int64)
    if not len(chosen):
        return found
    simple = np.array([usage_is_simple(table, energy) or not carries_usage(table, energy) for energy in ENERGIES])
    order = chosen[np.lexsort((stays.end[chosen], stays.start[chosen], stays.vehicle[chosen]))]
    vehicle, start, end = stays.vehicle[order], stays.start[order], stays.end[order]
    is_first = np.diff(vehicle, prepend=-1) != 0
    first = np.flatnonzero(is_first)
    overlaps = ~is_first
    overlaps[1:] &= start[1:] < end[:-1]
    hard = np.logical_or.reduceat(overlaps | odd[order] | ~simple[stays.energy[order]], first)
    repeated = np.diff(np.append(first, len(order))) > 1
    found[order] = (hard & repeated)[np.cumsum(is_first) - 1]
    return found
