"""The accruing time of a stay, collection by collection, while it is found out what of it is free."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pricing.fees.accrual import Piece
from pricing.fees.entries import is_used_up
from pricing.fees.intervals import Interval
from pricing.fees.model import Usage
from pricing.fees.plan import CollectionPlan
from pricing.fees.usage import allowance_key
from pricing.rates.model import FreeAllowance


@dataclass(slots=True)
class Share:
    """What one collection has of the accruing seconds."""

    plan: CollectionPlan
    pieces: list[Piece]
    """In order of time."""
    seconds: int
    is_used_up: bool
    """No entry is left of the limit of its allowance."""
    by_quota: list[Interval] = field(default_factory=list)
    """Granted by quotas."""
    stacks: bool = True
    """Every quota that granted some of it lets the allowance begin after the quota."""

    @property
    def free(self) -> FreeAllowance | None:
        return self.plan.collection.free

    @property
    def is_covered(self) -> bool:
        """The allowance covers it whole."""
        return self.free is not None and not self.is_used_up and self.seconds <= self.free.seconds


def shares_of(pieces: Sequence[Piece], usage: Usage, start: int, zone: ZoneInfo) -> list[Share]:
    """One for each collection, in the order of their first seconds; the stay begins at `start`."""
    shares: dict[CollectionPlan, Share] = {}
    for piece in pieces:
        share = shares.get(piece.collection)
        if share is None:
            share = shares[piece.collection] = Share(piece.collection, [], 0, _used_up(piece, usage, start, zone))
        share.pieces.append(piece)
        share.seconds += piece.high - piece.low
    return list(shares.values())


def _used_up(piece: Piece, usage: Usage, start: int, zone: ZoneInfo) -> bool:
    collection = piece.collection.collection
    if collection.free is None or collection.free.limit is None:
        return False
    entries = usage.entries.get(allowance_key(collection, piece.place.place_id), ())
    return is_used_up(collection.free.limit, entries, piece.low, start, zone)
