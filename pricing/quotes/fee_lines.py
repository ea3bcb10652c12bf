"""Fee lines as JSON: the same members in quotes, bills and the database."""

from collections.abc import Sequence
from typing import Any

import msgspec

from pricing.fees.model import FeeLine


def lines_json(lines: Sequence[FeeLine]) -> list[dict[str, Any]]:
    """Members start, end (RFC 3339), rule, quantity, unit_price, amount, why."""
    return [msgspec.to_builtins(line) for line in lines]


def read_lines(rows: Sequence[dict[str, Any]]) -> tuple[FeeLine, ...]:
    return msgspec.convert(rows, tuple[FeeLine, ...])
