"""What a facility reports of itself, as frozen values. These are other people's words: kept as said, never corrected.

Money here is only what the reporter says it has charged or taken; none of it is in the city's own books.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from parking.domain.money import Money

FRESH_FOR: Final = timedelta(minutes=10)
"""A count that is older says nothing any more: gate systems push one every half minute (peers.md)."""
Direction = Literal["entry", "exit"]
PaidBy = Literal["cash", "card", "wechat", "alipay", "etc", "prepaid", "other"]
"""ETC is the toll tag (电子不停车收费)."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A vehicle went in or out; known by the reporter's own visit or ticket id, by its plate, or by both."""

    facility_id: str
    item_id: str
    direction: Direction
    at: datetime
    visit_id: str | None
    plate_token: str | None
    lane: str | None = None
    fee: Money | None = None
    """Of an exit: what the reporter's system has charged for the visit; None when it does not say."""


@dataclass(frozen=True, kw_only=True)
class ReportedPayment:
    """Money that the facility has taken for a visit."""

    facility_id: str
    item_id: str
    at: datetime
    visit_id: str | None
    plate_token: str | None
    amount: Money
    method: PaidBy


@dataclass(frozen=True, kw_only=True)
class FacilityCount:
    """The newest free spaces that a facility has told."""

    facility_id: str
    item_id: str
    observed_at: datetime
    capacity: int
    vacant: int


class TariffStep(msgspec.Struct, frozen=True, kw_only=True):
    """What a stay costs that lasts from `from_minutes` up to `to_minutes`; None is open (ChargingRule of DB4401/T 133)."""

    from_minutes: int
    to_minutes: int | None
    amount: int
    per_minutes: int | None
    """The amount is for each begun unit of so many minutes; None for the whole step."""


class ReportedTariff(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of a facility in its own words, and in steps where it gives them."""

    text: str
    text_en: str | None
    currency: str
    opening_hours: str | None
    steps: tuple[TariffStep, ...]
    valid_from: datetime
    valid_to: datetime | None


def overlaps(steps: tuple[TariffStep, ...]) -> bool:
    """Whether steps are out of order, empty, or share time."""
    reached: int | None = 0
    for step in steps:
        if reached is None or step.from_minutes < reached:
            return True
        if step.to_minutes is not None and step.to_minutes <= step.from_minutes:
            return True
        reached = step.to_minutes
    return False
