"""What the paths of reconciliation take and tell. Money is whole minor units, a share hundredths of a percent."""

from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from parking.domain.ids import ID_PATTERN
from pricing.reconciliation.model import DifferenceKind

MOST_CSV = 900_000
MOST_TOTALS = 1000
Id = Annotated[str, Field(pattern=ID_PATTERN)]
Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
Share = Annotated[int, Field(ge=0, le=10_000, description="Hundredths of a percent: 35 % is 3500")]
Fen = Annotated[int, Field(ge=0, le=10**12, strict=True)]
Count = Annotated[int, Field(ge=0, le=10**9, strict=True)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, LookupError, ValueError) as error:
        raise ValueError("is no time zone; write one such as Asia/Shanghai") from error
    return name


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]


Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TermsIn(_In):
    """What the contract says from one day to another, by the calendar of its time zone."""

    valid_from: Day
    valid_to: Day | None = Field(default=None, description="The first day on which it no longer holds")
    fee_share: Share
    online_threshold: Share = Field(description="Least share of device time online in a calendar month")
    deduction: Fen = Field(description="Taken off the fee of a month below the threshold")
    currency: str = Field(default="CNY", pattern="^[A-Z]{3}$")
    time_zone: TimeZone = "Asia/Shanghai"


class OutageIn(_In):
    """Time in which no device counts."""

    id: Id = Field(description="The caller's own id: sent again it changes nothing")
    concession: Id | None = Field(default=None, description="Null excuses every concession")
    start: AwareDatetime
    end: AwareDatetime
    reason: Words


class BatchesIn(_In):
    """Settle every day that is not settled yet."""

    until: Day = Field(description="The last day; it must be over")


class StatementIn(_In):
    """A provider's account of one day, as a whole or in parts."""

    provider: Id = Field(description="The method under which the ledger books its payments")
    day: Day
    time_zone: TimeZone = "Asia/Shanghai"
    csv: str = Field(max_length=MOST_CSV, description="Lines of id,time,amount,kind; amount in minor units")
    is_last: bool = Field(default=True, description="False keeps a part and compares when the last one is there")


class TerminalTotalIn(_In):
    """A terminal's own sums of one day and method."""

    terminal: Id
    method: Id
    payments: Count
    paid: Fen
    refunds: Count = 0
    refunded: Fen = 0


class TerminalTotalsIn(_In):
    """What terminals say of one day."""

    day: Day
    time_zone: TimeZone = "Asia/Shanghai"
    totals: list[TerminalTotalIn] = Field(min_length=1, max_length=MOST_TOTALS)


class DayIn(_In):
    """A day that is over."""

    day: Day
    time_zone: TimeZone = "Asia/Shanghai"


class AssignmentIn(_In):
    """Who looks into it."""

    to: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$", examples=["account:li.wei"])]


class ClosingIn(_In):
    """Why nothing is left to do."""

    reason: Words


class BalanceOut(BaseModel):
    """Debits less credits of one account."""

    account: str = Field(examples=["revenue/LZ"])
    currency: str
    balance: int


class SumOut(BaseModel):
    """Both sides of the books; the difference is zero, always."""

    currency: str
    debit: int
    credit: int
    difference: int


class TrialBalance(BaseModel):
    """Every account, in order of its name."""

    accounts: list[BalanceOut]
    sums: list[SumOut]


class TermsOut(BaseModel):
    """Terms as they were set."""

    valid_from: date
    valid_to: date | None
    fee_share: int
    online_threshold: int
    deduction: int
    currency: str
    time_zone: str


class ConcessionOut(BaseModel):
    """A concession and its contract."""

    id: str
    operator: str
    payee: str
    districts: list[str]
    terms: list[TermsOut]


class ConcessionList(BaseModel):
    """Those that the caller may see."""

    concessions: list[ConcessionOut]


class BatchOut(BaseModel):
    """One settled day."""

    day: date
    currency: str
    payments: int
    gross: int = Field(description="To the treasury, whole")
    refunds: int
    refunded: int
    net: int
    fee: int
    deduction: int
    carried_in: int
    payable: int = Field(description="Paid back to the operator, a payment of its own")
    carried_out: int = Field(description="Zero or below: taken from the days to come")


class BatchList(BaseModel):
    """In order of their days."""

    batches: list[BatchOut]


class OnlineOut(BaseModel):
    """Device time of the month without excused outages."""

    devices: int
    counted_s: int
    online_s: int
    rate: int | None = Field(description="Hundredths of a percent; null without devices")


class ExcusedOut(BaseModel):
    """An outage that counts for nobody."""

    id: str
    start: datetime
    end: datetime | None
    reason: str


class RetrofitOut(BaseModel):
    """Spaces in service, and those whose device stands and has been heard."""

    planned: int
    accepted: int
    rate: int | None


class StatementOut(BaseModel):
    """A month of one concession."""

    concession: str
    operator: str
    payee: str
    month: date
    currency: str
    gross: int
    refunded: int
    net: int
    fee_share: int
    fee: int
    deduction: int
    due: int = Field(description="Fee less deduction")
    payable: int
    carried_out: int
    online: OnlineOut
    online_threshold: int
    excused: list[ExcusedOut]
    retrofit: RetrofitOut
    days: list[BatchOut]


class OutcomeOut(BaseModel):
    """What a comparison found."""

    compared: bool = Field(description="False for a part that waits for the last one")
    differing: int
    gone: int = Field(description="Open differences that it has explained")


class DayOutcome(OutcomeOut):
    """With what was parked that day and is nobody's debt."""

    leaked_stays: int
    leaked_amount: int


class DifferenceOut(BaseModel):
    """What two sources do not agree in."""

    id: int
    kind: DifferenceKind
    reference: str
    district: str | None
    operator: str | None
    expected: int | None = Field(description="By our books; null where they say nothing")
    found: int | None = Field(description="By the other source; null where it says nothing")
    currency: str
    occurred_at: datetime
    age_days: int = Field(description="Until now, or until it was closed")
    assigned_to: str | None
    state: Literal["open", "closed"]
    closed_at: datetime | None
    closed_by: str | None
    reason: str | None


class DifferencePage(BaseModel):
    """A page in the order in which they were found; `next` is null at the end."""

    differences: list[DifferenceOut]
    next: int | None
