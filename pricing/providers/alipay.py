"""Alipay: codes to scan, asynchronous notices, query, close, refund and the daily trade bill.

Source: Alipay open platform documentation: signing (RSA2), asynchronous notices, `alipay.trade.precreate`, `.query`,
`.close`, `.refund`, `.fastpay.refund.query`. Amounts are in yuan with two places, times in China's time.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from parking.domain.clock import Clock
from parking.domain.money import Money
from pricing.providers import alipay_bill, signatures
from pricing.providers.exchange import exchange
from pricing.providers.model import (
    Channel,
    Order,
    ProviderAnswerError,
    ProviderAwayError,
    ProviderRefusedError,
    RefundOrder,
    Returned,
    ShareState,
    StatementLine,
    Trade,
    TradeState,
)
from pricing.providers.yuan import BEIJING, fen_of, yuan_of
from pricing.settlement.model import ProviderMethod
from pricing.settlement.notices import NoticeForgedError

T = TypeVar("T")
_TRADES: Final[Mapping[str, TradeState]] = {
    "WAIT_BUYER_PAY": "open",
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",
    "TRADE_CLOSED": "closed",
}
"""A trade that was given back as a whole is closed as well; an order that is known as paid stays so."""
_DONE: Final = "10000"
_AWAY: Final = "20000"
_UNKNOWN: Final = frozenset({"ACQ.TRADE_NOT_EXIST", "isp.bill_not_exist"})
_TIME: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, kw_only=True)
class AlipayMerchant:
    """What an installation has agreed with Alipay. `notify_url` is where this installation hears of payments."""

    app_id: str
    seller_id: str
    private_key: RSAPrivateKey = field(repr=False)
    alipay_key: RSAPublicKey
    url: str
    notify_url: str
    description: str
    payees: frozenset[str] = frozenset()
    """Whose money the account may take; empty is of everyone who has no account of his own."""


class Alipay:
    """A `PaymentProvider` and a `StatementSource`. `client` is opened and closed by who made it."""

    name: ProviderMethod = "alipay"
    accepted = "success"
    channels: frozenset[Channel] = frozenset({"native"})

    def __init__(self, merchant: AlipayMerchant, client: httpx.AsyncClient, clock: Clock) -> None:
        self._merchant = merchant
        self._client = client
        self._clock = clock

    @property
    def merchant_id(self) -> str:
        return self._merchant.seller_id

    @property
    def payees(self) -> frozenset[str]:
        return self._merchant.payees

    @property
    def sign_in(self) -> None:
        """Nobody's id is needed here."""

    async def payer_of(self, code: str) -> str:
        raise ProviderRefusedError(f"Alipay knows no payer by {code!r}", code="payer_unknown")

    async def order(self, order: Order, address: str | None) -> Mapping[str, str]:
        """`qr_code`: the text of the code to show, and an address that opens Alipay on the phone that shows it.

        Alipay hears of the trade when it is scanned or opened.
        """
        del address
        wish = {
            "out_trade_no": order.order_id,
            "seller_id": self._merchant.seller_id,
            "total_amount": yuan_of(order.amount),
            "subject": self._merchant.description,
            "time_expire": order.expires_at.astimezone(BEIJING).strftime(_TIME),
        }
        answer = await self._call("alipay.trade.precreate", wish)
        return _read(answer, lambda told: {"qr_code": str(told["qr_code"])})

    async def query(self, order_id: str) -> Trade | None:
        answer = await self._call("alipay.trade.query", {"out_trade_no": order_id}, may_be_unknown=True)
        return None if answer is None else _read(answer, lambda told: _trade(told, paid_at=told.get("send_pay_date")))

    async def close(self, order_id: str) -> None:
        await self._call("alipay.trade.close", {"out_trade_no": order_id}, may_be_unknown=True)

    def receiver_of(self, payee: str) -> None:
        """Nothing is shared through Alipay."""
        del payee

    async def share(self, order: Order) -> ShareState:
        raise ProviderRefusedError(f"Alipay shares nothing of {order.order_id}")

    async def refund(self, wish: RefundOrder) -> Returned:
        """Alipay gives at once or says no; that the same refund was given before it says by `fund_change` N."""
        asked = {
            "out_trade_no": wish.order_id,
            "refund_amount": yuan_of(wish.amount),
            "out_request_no": wish.refund_id,
            "refund_reason": wish.reason,
        }
        await self._call("alipay.trade.refund", asked)
        found = await self.query_refund(wish)
        return found or Returned(refund_id=wish.refund_id, state="asked")

    async def query_refund(self, wish: RefundOrder) -> Returned | None:
        """The answer's `refund_status` is there once the money went back; an empty answer is of no such refund."""
        asked = {
            "out_trade_no": wish.order_id,
            "out_request_no": wish.refund_id,
            "query_options": ["gmt_refund_pay"],
        }
        answer = await self._call("alipay.trade.fastpay.refund.query", asked, may_be_unknown=True)
        if answer is None or "out_request_no" not in answer:
            return None
        if answer.get("refund_status") != "REFUND_SUCCESS":
            return Returned(refund_id=wish.refund_id, state="asked")
        return _read(
            answer,
            lambda told: Returned(
                refund_id=str(told["out_request_no"]),
                state="given",
                amount=fen_of(str(told["refund_amount"])),
                given_at=_instant(told["gmt_refund_pay"]) if "gmt_refund_pay" in told else self._clock(),
            ),
        )

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Trade | Returned:
        """A form of parameters; the signature covers all but `sign` and `sign_type`, as they came, sorted by name.

        A notice of a refund is one of its trade and is read as that: the refund itself has its own answer.
        """
        del headers
        try:
            told = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        except ValueError as error:
            raise NoticeForgedError("the notice is no form of parameters") from error
        covered = _joined({name: value for name, value in told.items() if name not in {"sign", "sign_type"}})
        is_own = signatures.is_signed(self._merchant.alipay_key, covered, told.get("sign", ""))
        if told.get("sign_type") != "RSA2" or not is_own:
            raise NoticeForgedError("the signature is not Alipay's")
        if (told.get("app_id"), told.get("seller_id")) != (self._merchant.app_id, self._merchant.seller_id):
            raise ProviderAnswerError("the notice is another merchant's")
        return _read(told, lambda form: _trade(form, paid_at=form.get("gmt_payment")))

    async def statement(self, day: date) -> tuple[StatementLine, ...]:
        """The trade bill of a day in China, there from nine o'clock of the next."""
        asked = {"bill_type": "trade", "bill_date": day.isoformat()}
        told = await self._call("alipay.data.dataservice.bill.downloadurl.query", asked, may_be_unknown=True)
        if told is None:
            return ()
        url = _read(told, lambda form: str(form["bill_download_url"]))
        answer = await exchange(self._client, "GET", url, headers={})
        if not answer.is_success:
            raise ProviderAwayError(f"the trade bill cannot be had: {answer.status_code}")
        return alipay_bill.statement(answer.content)

    async def _call(
        self, method: str, wish: Mapping[str, Any], *, may_be_unknown: bool = False
    ) -> Mapping[str, Any] | None:
        """The node of the answer that is signed; None for what Alipay does not know."""
        parameters = {
            "app_id": self._merchant.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": self._clock().astimezone(BEIJING).strftime(_TIME),
            "version": "1.0",
            "notify_url": self._merchant.notify_url,
            "biz_content": json.dumps(wish, ensure_ascii=False, separators=(",", ":")),
        }
        parameters["sign"] = signatures.sign(self._merchant.private_key, signed_text(parameters))
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        body = urlencode(parameters).encode()
        answer = await exchange(self._client, "POST", self._merchant.url, headers=headers, body=body)
        told = self._signed_node(answer.text, method.replace(".", "_") + "_response")
        code, sub_code = str(told.get("code")), str(told.get("sub_code"))
        if code == _DONE:
            return told
        if may_be_unknown and sub_code in _UNKNOWN:
            return None
        if code == _AWAY or sub_code in {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"}:
            raise ProviderAwayError(f"Alipay cannot now: {sub_code}")
        raise ProviderRefusedError(
            f"Alipay refuses: {told.get('sub_msg') or told.get('msg')}",
            fields={"provider": self.name, "provider_code": sub_code},
        )

    def _signed_node(self, text: str, name: str) -> Mapping[str, Any]:
        """The signature is over the node's own characters, so it is cut out of the text before it is read."""
        try:
            whole = json.loads(text)
            if "error_response" in whole:
                # Told of a request that Alipay could not even assign; nobody has signed it, so it decides nothing.
                raise ProviderAnswerError(f"Alipay could not read the request: {whole['error_response']}")
            start = text.index("{", text.index(f'"{name}"'))
            node, length = json.JSONDecoder().raw_decode(text[start:])
            sign = str(whole["sign"])
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderAnswerError("Alipay's answer is not in its documented form") from error
        if not signatures.is_signed(self._merchant.alipay_key, text[start : start + length].encode(), sign):
            raise ProviderAnswerError("the signature of the answer is not Alipay's")
        told: Mapping[str, Any] = node
        return told


def signed_text(parameters: Mapping[str, str]) -> bytes:
    """What the signature of a request covers: parameters that have a value, by name, not escaped."""
    return _joined({name: value for name, value in parameters.items() if value})


def _joined(parameters: Mapping[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items())).encode()


def _trade(told: Mapping[str, Any], *, paid_at: object) -> Trade:
    state, order_id = _TRADES[str(told["trade_status"])], str(told["out_trade_no"])
    if state != "paid":
        return Trade(order_id=order_id, state=state)
    amount: Money = fen_of(str(told["total_amount"]))
    return Trade(
        order_id=order_id, state=state, reference=str(told["trade_no"]), amount=amount, paid_at=_instant(paid_at)
    )


def _instant(told: object) -> datetime:
    return datetime.strptime(str(told), _TIME).replace(tzinfo=BEIJING)


def _read(told: Mapping[str, Any] | None, reading: Callable[[Mapping[str, Any]], T]) -> T:
    if told is None:
        raise ProviderAnswerError("Alipay's answer is empty")
    try:
        return reading(told)
    except (KeyError, ValueError) as error:
        raise ProviderAnswerError("Alipay's document is not in its documented form") from error
