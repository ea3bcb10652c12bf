"""The words and the arithmetic of reconciliation: shares in hundredths of a percent, fen to the fen. No database."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError

WHOLE: Final = 10_000
"""A hundred percent, in the hundredths of a percent in which contracts write their shares."""
DifferenceKind = Literal[
    "missing_in_ledger",
    "missing_at_provider",
    "provider_amount_differs",
    "terminal_total_differs",
    "drawer_differs",
    "stay_unbilled",
    "reported_payment_unmatched",
    "reported_payment_differs",
    "reported_stays_differ",
]
"""The last three are of facilities with systems of their own; `reported_stays_differ` counts stays, not money."""


NightStep = Literal["drawers_and_stays", "facilities", "provider_bill", "batches", "open_differences"]
"""What is done for each day once it is over, in this order."""
CITY_TIME: Final = ZoneInfo("Asia/Shanghai")
"""By whose calendar a day is over; the country has one."""


class TermsUnknownError(NotFoundError):
    """Nobody has written down what the concession's contract says for these days."""

    code = "terms_unknown"


class ConcessionUnknownError(NotFoundError):
    """There is no such concession."""

    code = "concession_unknown"


class DifferenceUnknownError(NotFoundError):
    """There is no such difference."""

    code = "difference_unknown"


class ReconciliationRefusedError(InvalidInputError):
    """What was sent can never be right."""

    code = "reconciliation_invalid"


class ReconciliationConflictError(ConflictError):
    """What was sent contradicts what is already there."""

    code = "reconciliation_conflict"


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number; a half goes up, as the contracts say."""
    return (2 * numerator + denominator) // (2 * denominator)


def share(part: int, whole: int) -> int | None:
    """`part` of `whole` in hundredths of a percent, half up; None where there is nothing to have a share of."""
    return None if whole == 0 else half_up(part * WHOLE, whole)


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What the contract of a concession says over a span of days, `[valid_from, valid_to)` by the local calendar."""

    concession_id: str
    operator_id: str
    valid_from: date
    valid_to: date | None
    fee_share: int
    """The operator's fee, in hundredths of a percent of gross less refunds."""
    online_threshold: int
    """Least share of device time online in a calendar month, in hundredths of a percent."""
    deduction: int
    """Taken off the fee of a month below the threshold, in minor units."""
    currency: str
    time_zone: str

    def start_of(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.time_zone))


@dataclass(frozen=True, kw_only=True, slots=True)
class OnlineTime:
    """Device-seconds of a period without excused outages, and those of them in which the device was heard."""

    devices: int
    counted_s: int
    online_s: int

    @property
    def rate(self) -> int | None:
        return share(self.online_s, self.counted_s)

    def is_below(self, threshold: int) -> bool:
        """Exact, not by the rounded rate; where no device is, none is offline."""
        return self.online_s * WHOLE < threshold * self.counted_s


@dataclass(frozen=True, kw_only=True, slots=True)
class Retrofit:
    """Spaces that were to get a device, and those whose device stands and has been heard."""

    planned: int
    accepted: int

    @property
    def rate(self) -> int | None:
        return share(self.accepted, self.planned)


@dataclass(frozen=True, kw_only=True, slots=True)
class Takings:
    """Money that moved and that no batch has counted before, in minor units."""

    payments: int = 0
    gross: int = 0
    refunds: int = 0
    refunded: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What the batches before leave to the next one."""

    exact: int = 0
    """Fee of the month so far in 1/`WHOLE` of a minor unit, before rounding."""
    fee: int = 0
    """Fee of the month so far as it was allotted to its days."""
    carried: int = 0
    """Zero or below: what the operator owes from deductions and refunds above its fee."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """One day of one concession: the money goes to the treasury gross, `payable` is paid back to the operator."""

    concession_id: str
    day: date
    currency: str
    takings: Takings
    exact: int
    fee: int
    deduction: int
    online: OnlineTime | None
    """Of the whole month, on its last day; None on every other."""
    carried_in: int
    payable: int
    carried_out: int

    @property
    def net(self) -> int:
        return self.takings.gross - self.takings.refunded


def batch_of(terms: Terms, day: date, takings: Takings, before: Before, online: OnlineTime | None) -> Batch:
    """The fee is rounded on the sum of the month, so that its days add up to the month to the fen."""
    exact = before.exact + (takings.gross - takings.refunded) * terms.fee_share
    fee = half_up(exact, WHOLE) - before.fee
    deduction = terms.deduction if online is not None and online.is_below(terms.online_threshold) else 0
    due = before.carried + fee - deduction
    return Batch(
        concession_id=terms.concession_id,
        day=day,
        currency=terms.currency,
        takings=takings,
        exact=exact,
        fee=fee,
        deduction=deduction,
        online=online,
        carried_in=before.carried,
        payable=max(due, 0),
        carried_out=min(due, 0),
    )


def is_last_of_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def month_after(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
