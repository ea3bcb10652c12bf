"""What terminals and holders send and get about money that comes before anything is owed."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.terminals.schemas import Amount, Id, Token, check_balance_named
from pricing.settlement.model import EntryKind, TakenMethod


class Prepayment(BaseModel):
    """Pays a running stay until an instant: what `POST /v1/quotes` says of it, less what was paid ahead before."""

    model_config = ConfigDict(extra="forbid")

    session: Id
    until: AwareDatetime
    amount: Amount
    method: TakenMethod | Literal["balance"]
    paid_at: AwareDatetime
    balance: Token | None = Field(
        default=None, description="The token of the balance that pays, for the method balance"
    )

    @model_validator(mode="after")
    def _has_its_balance(self) -> "Prepayment":
        check_balance_named(self.method, self.balance)
        return self


class PrepaymentAnswer(BaseModel):
    """The money is in the ledger. `receipt` is there once the stay has its bill."""

    id: str
    session: str
    until: datetime
    amount: Amount
    paid_ahead: Amount = Field(description="Of this stay, all prepayments together")
    receipt: str


class NewBalance(BaseModel):
    """A token for a balance of nothing; it is written down nowhere here, and whoever loses it loses the balance."""

    balance: str


class TopUp(BaseModel):
    """Money that the terminal has taken for a balance."""

    model_config = ConfigDict(extra="forbid")

    balance: Token
    amount: Amount
    method: TakenMethod
    paid_at: AwareDatetime


class Payout(BaseModel):
    """The rest of a balance, as far as it came in as cash, out of the terminal's drawer."""

    model_config = ConfigDict(extra="forbid")

    balance: Token
    paid_out_at: AwareDatetime


class BalanceAnswer(BaseModel):
    """A movement of a balance, and what is left afterwards."""

    id: str
    amount: Amount
    left: Amount


class Holder(BaseModel):
    """Who asks: in the body, because addresses are written down."""

    model_config = ConfigDict(extra="forbid")

    balance: Token


class BalanceLine(BaseModel):
    """One movement; what came in is above zero."""

    at: datetime
    kind: EntryKind
    reference: str = Field(description="Id of the top-up, payment, refund or payout")
    amount: Amount
    left: Amount


class BalanceStatement(BaseModel):
    """What is left, and the latest 200 movements, newest first."""

    left: Amount
    lines: list[BalanceLine]
