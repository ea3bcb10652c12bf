"""The one shape in which every measurement is printed (`../shared/design/interfaces.md` section 1)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from api.bench.machine import machine

ROUND_FROM: Final = 1000
"""No measurement here is good to four digits."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number; `limit` is the raw limit of the same machine measured in the same run, in the same unit."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    target: float | None = None

    def plain(self) -> dict[str, Any]:
        """`ratio` is value over limit, None without a limit."""
        ratio = None if self.limit is None or self.limit == 0 else round(self.value / self.limit, 3)
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "limit": None if self.limit is None else _short(self.limit),
            "ratio": ratio,
            "target": self.target,
        }


def report(bench: str, figures: Sequence[Figure], **settings: object) -> str:
    """One JSON object on one line; `settings` say how it was measured."""
    plain = [figure.plain() for figure in figures]
    return msgspec.json.encode({"bench": bench, "machine": machine(), **settings, "figures": plain}).decode()


def _short(value: float) -> float:
    return round(value, 1) if abs(value) < ROUND_FROM else float(round(value))
