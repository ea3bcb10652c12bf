"""What a table must hold for a fee to exist at all, so that a missing length is a refusal and never a crash or a zero.

Whether a sound table says what its authors mean is the validator's question.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pricing.fees.refusals import refused
from pricing.rates.model import LineMode, RateLine, RateTable


def require_sound(table: RateTable) -> None:
    """Raise `FeeRefusedError` (`table_invalid`) that names the quota, collection, cap or line without its length."""
    for quota in table.quotas:
        if quota.window != "local_day" and not _is_length(quota.window_s):
            raise refused(table, "table_invalid", "a quota needs the length of its window", quota=quota.quota_id)
    for collection in table.collections:
        where = {"collection": collection.collection_id}
        limit = collection.free.limit if collection.free is not None else None
        if limit is not None and limit.window != "local_day" and not _is_length(limit.window_s):
            raise refused(table, "table_invalid", "a limit of entries needs the length of its window", **where)
        for cap in collection.caps:
            if cap.scope == "from_entry" and not _is_length(cap.window_s):
                raise refused(table, "table_invalid", "a cap needs the length of its window", cap=cap.cap_id, **where)
        for line in collection.lines:
            if not _LENGTHS[line.mode](line):
                detail = f"a line of mode {line.mode} needs its lengths"
                raise refused(table, "table_invalid", detail, rule=line.rule_id, **where)
    if table.rounding.to < 1:
        raise refused(table, "table_invalid", "fees are multiples of at least one minor unit")


def _is_length(seconds: int | None) -> bool:
    return seconds is not None and seconds > 0


def _steps(line: RateLine) -> bool:
    units = [step.units for step in line.steps]
    return bool(units) and all(step.unit_s > 0 for step in line.steps) and None not in units[:-1]


def _tiers(line: RateLine) -> bool:
    ends = [tier.up_to_s for tier in line.tiers]
    return bool(ends) and None not in ends[:-1] and all(_is_length(end) for end in ends if end is not None)


_LENGTHS: Final[Mapping[LineMode, Callable[[RateLine], bool]]] = MappingProxyType(
    {
        "per_unit": lambda line: line.period is not None or _is_length(line.unit_s),
        "steps": _steps,
        "tiers": _tiers,
        "per_use": lambda _: True,
        "free": lambda _: True,
    }
)
