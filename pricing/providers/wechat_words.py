"""WeChat Pay's documents in our words: trades, refunds, and the daily trade bill."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from parking.domain.money import Money
from pricing.providers.model import (
    ProviderAnswerError,
    RefundState,
    Returned,
    ShareState,
    StatementLine,
    Trade,
    TradeState,
)
from pricing.providers.yuan import BEIJING, fen_of

_TRADES: Final[Mapping[str, TradeState]] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "open",
    "USERPAYING": "open",
    "ACCEPT": "open",
    "CLOSED": "closed",
    "REVOKED": "closed",
    "PAYERROR": "closed",
}
"""`trade_state`; REFUND is a paid trade of which something went back."""
_REFUNDS: Final[Mapping[str, RefundState]] = {
    "SUCCESS": "given",
    "PROCESSING": "asked",
    "CLOSED": "failed",
    "ABNORMAL": "asked",
}
"""ABNORMAL has left the merchant and did not reach the payer: a person sends it on at the provider, as the same refund."""

_SHARES: Final[Mapping[str, ShareState]] = {"PENDING": "due", "SUCCESS": "shared", "CLOSED": "failed"}
_RETURNS: Final[Mapping[str, RefundState]] = {"PROCESSING": "asked", "SUCCESS": "given", "FAILED": "failed"}


def trade(document: Mapping[str, Any]) -> Trade:
    """A transaction of a query or a notice. Raises `ProviderAnswerError`."""
    try:
        state = _TRADES[document["trade_state"]]
        if state != "paid":
            return Trade(order_id=document["out_trade_no"], state=state)
        amount = document["amount"]
        return Trade(
            order_id=document["out_trade_no"],
            state=state,
            reference=document["transaction_id"],
            amount=Money(amount["total"], amount["currency"]),
            paid_at=datetime.fromisoformat(document["success_time"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderAnswerError("the transaction is not in its documented form") from error


def returned(document: Mapping[str, Any]) -> Returned:
    """A refund of an answer (`status`) or a notice (`refund_status`). Raises `ProviderAnswerError`."""
    try:
        state = _REFUNDS[document["refund_status"] if "refund_status" in document else document["status"]]
        if state != "given":
            return Returned(refund_id=document["out_refund_no"], state=state)
        amount = document["amount"]
        return Returned(
            refund_id=document["out_refund_no"],
            state=state,
            # A notice of a refund names no currency: it is that of the order, and these are orders in yuan.
            amount=Money(amount["refund"], amount.get("currency", "CNY")),
            given_at=datetime.fromisoformat(document["success_time"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderAnswerError("the refund is not in its documented form") from error


def share_of(document: Mapping[str, Any], account: str) -> ShareState:
    """What became of one receiver's share. Raises `ProviderAnswerError`."""
    try:
        (result,) = (one["result"] for one in document["receivers"] if one["account"] == account)
        return _SHARES[result]
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderAnswerError("the sharing of profits is not in its documented form") from error


def return_of(document: Mapping[str, Any]) -> RefundState:
    """What became of a share that is to come back. Raises `ProviderAnswerError`."""
    try:
        return _RETURNS[document["result"]]
    except (KeyError, TypeError) as error:
        raise ProviderAnswerError("the return of a share is not in its documented form") from error


def statement(text: str) -> tuple[StatementLine, ...]:
    """A trade bill of the type ALL: a header, rows whose values begin with a backtick, and two lines of totals.

    Raises `ProviderAnswerError`, also when the totals count other rows than there are.
    """
    lines = [line for line in text.lstrip("\N{BYTE ORDER MARK}").splitlines() if line]
    rows = [line for line in lines if line.startswith("`")]
    if len(lines) != len(rows) + 2 or not rows:
        raise ProviderAnswerError("the trade bill is not in its documented form")
    *movements, totals = [line[1:].split(",`") for line in rows]
    names = lines[0].split(",")
    if totals[0] != str(len(movements)):
        raise ProviderAnswerError(f"the trade bill counts {totals[0]} rows and has {len(movements)}")
    return tuple(line for row in movements for line in _movement(dict(zip(names, row, strict=False))))


def _movement(row: Mapping[str, str]) -> Iterator[StatementLine]:
    try:
        is_refund = row["交易状态"] == "REFUND"
        yuan = row["申请退款金额"] if is_refund else row["订单金额"]
        yield StatementLine(
            kind="refund" if is_refund else "payment",
            reference=row["微信退款单号"] if is_refund else row["微信订单号"],
            order_id=row["商户订单号"],
            refund_id=row["商户退款单号"] if is_refund else None,
            amount=fen_of(yuan, row["货币种类"]),
            at=datetime.strptime(row["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING),
        )
    except (KeyError, ValueError) as error:
        raise ProviderAnswerError("a row of the trade bill is not in its documented form") from error
