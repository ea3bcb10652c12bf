"""WeChat Pay by its API v3: native and JSAPI orders, query, close, refund, notices and the daily trade bill.

Source: WeChat Pay merchant documentation, API v3, direct merchants. Amounts are in fen.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha1
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx

from parking.domain.clock import Clock
from pricing.providers import signatures, wechat_words
from pricing.providers.exchange import exchange
from pricing.providers.model import (
    Channel,
    Order,
    ProviderAnswerError,
    ProviderRefusedError,
    Receiver,
    RefundOrder,
    RefundState,
    Returned,
    ShareState,
    SignIn,
    StatementLine,
    Trade,
)
from pricing.providers.wechat_keys import WechatKeys
from pricing.providers.yuan import BEIJING
from pricing.settlement.model import ProviderMethod

_SHARE: Final = "停车费分账"
_UNKNOWN: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})


def new_nonce() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, kw_only=True)
class WechatMerchant:
    """What an installation has agreed with WeChat Pay. `notify_url` is where this installation hears of payments."""

    app_id: str
    keys: WechatKeys
    url: str
    notify_url: str
    description: str
    payees: frozenset[str] = frozenset()
    """Whose money the account may take; empty is of everyone who has no account of his own."""
    receivers: tuple[Receiver, ...] = ()
    """Who gets a share by the provider's own sharing of profits; each is added as a receiver there before."""
    channels: frozenset[Channel] = frozenset({"native", "jsapi"})
    app_secret: str | None = field(default=None, repr=False)
    """Of the official account `app_id`; only with it a page can learn who pays."""
    app_url: str = ""
    sign_in_url: str = ""


class WechatPay:
    """A `PaymentProvider` and a `StatementSource`. `client` is opened and closed by who made it."""

    name: ProviderMethod = "wechat"
    accepted = ""

    def __init__(
        self,
        merchant: WechatMerchant,
        client: httpx.AsyncClient,
        clock: Clock,
        new_nonce: Callable[[], str] = new_nonce,
    ) -> None:
        self._merchant = merchant
        self._keys = merchant.keys
        self._client = client
        self._clock = clock
        self._new_nonce = new_nonce

    @property
    def merchant_id(self) -> str:
        return self._keys.merchant_id

    @property
    def payees(self) -> frozenset[str]:
        return self._merchant.payees

    @property
    def channels(self) -> frozenset[Channel]:
        return self._merchant.channels

    @property
    def sign_in(self) -> SignIn | None:
        if self._merchant.app_secret is None:
            return None
        return SignIn(app_id=self._merchant.app_id, url=self._merchant.sign_in_url)

    async def payer_of(self, code: str) -> str:
        """The openid, by the official account's own interface, which signs nothing."""
        asked = {
            "appid": self._merchant.app_id,
            "secret": self._merchant.app_secret or "",
            "code": code,
            "grant_type": "authorization_code",
        }
        url = f"{self._merchant.app_url}/sns/oauth2/access_token?{urlencode(asked)}"
        told = _document((await exchange(self._client, "GET", url, headers={})).content)
        if "errcode" in told:
            raise ProviderRefusedError(
                f"WeChat does not say who pays: {told.get('errmsg')}",
                code="payer_unknown",
                fields={"provider": self.name, "provider_code": str(told["errcode"])},
            )
        return _text(told, "openid")

    async def order(self, order: Order, address: str | None) -> Mapping[str, str]:
        """`code_url` to show as a code, `h5_url` to open, or the arguments of `WeixinJSBridge.invoke`."""
        body: dict[str, Any] = {
            "appid": self._merchant.app_id,
            "mchid": self._keys.merchant_id,
            "description": self._merchant.description,
            "out_trade_no": order.order_id,
            "time_expire": order.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            "notify_url": self._merchant.notify_url,
            "amount": {"total": order.amount.amount, "currency": order.amount.currency},
        }
        if order.receiver is not None:
            # Without this the money is settled at once and nothing of it can be shared.
            body["settle_info"] = {"profit_sharing": True}
        if order.channel == "jsapi":
            body["payer"] = {"openid": order.payer}
        if order.channel == "h5":
            body["scene_info"] = {"payer_client_ip": address, "h5_info": {"type": "Wap"}}
        answer = await self._call("POST", f"/v3/pay/transactions/{order.channel}", body)
        if order.channel != "jsapi":
            name = "code_url" if order.channel == "native" else "h5_url"
            return {name: _text(answer, name)}
        return self._invocation(_text(answer, "prepay_id"))

    def _invocation(self, prepay_id: str) -> Mapping[str, str]:
        timestamp, nonce, package = str(int(self._clock().timestamp())), self._new_nonce(), f"prepay_id={prepay_id}"
        message = f"{self._merchant.app_id}\n{timestamp}\n{nonce}\n{package}\n"
        return {
            "appId": self._merchant.app_id,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signatures.sign(self._keys.private_key, message.encode()),
        }

    async def query(self, order_id: str) -> Trade | None:
        path = f"/v3/pay/transactions/out-trade-no/{order_id}?mchid={self._keys.merchant_id}"
        answer = await self._call("GET", path, may_be_unknown=True)
        return None if answer is None else self._own(answer)

    async def close(self, order_id: str) -> None:
        path = f"/v3/pay/transactions/out-trade-no/{order_id}/close"
        await self._call("POST", path, {"mchid": self._keys.merchant_id}, may_be_unknown=True)

    def receiver_of(self, payee: str) -> Receiver | None:
        return next((one for one in self._merchant.receivers if one.payee == payee), None)

    async def share(self, order: Order) -> ShareState:
        """A share that is nothing only sets the money free. The merchant itself is among the receivers of the answer."""
        body: dict[str, Any] = {"transaction_id": order.reference, "out_order_no": order.order_id}
        if order.share == 0:
            answer = _known(
                await self._call("POST", "/v3/profitsharing/orders/unfreeze", body | {"description": _SHARE})
            )
            return "shared" if answer.get("state") == "FINISHED" else "due"
        receiver = {
            "type": "MERCHANT_ID",
            "account": order.receiver,
            "amount": order.share,
            "description": _SHARE,
        }
        body |= {"appid": self._merchant.app_id, "receivers": [receiver], "unfreeze_unsplit": True}
        answer = _known(await self._call("POST", "/v3/profitsharing/orders", body))
        return wechat_words.share_of(answer, order.receiver or "")

    async def _return_share(self, wish: RefundOrder) -> RefundState:
        """The receiver gives its part back before the payer gets the money; asked again it is the same return."""
        body = {
            "out_order_no": wish.order_id,
            "out_return_no": wish.refund_id,
            "return_mchid": wish.receiver,
            "amount": wish.returned,
            "description": wish.reason[:80],
        }
        return wechat_words.return_of(_known(await self._call("POST", "/v3/profitsharing/return-orders", body)))

    async def refund(self, wish: RefundOrder) -> Returned:
        if wish.returned > 0:
            returned = await self._return_share(wish)
            if returned == "failed":
                raise ProviderRefusedError(f"{wish.receiver} does not give its share back", code="share_not_returned")
            if returned == "asked":
                return Returned(refund_id=wish.refund_id, state="asked")
        body = {
            "out_trade_no": wish.order_id,
            "out_refund_no": wish.refund_id,
            "reason": wish.reason[:80],
            "notify_url": self._merchant.notify_url,
            "amount": {"refund": wish.amount.amount, "total": wish.paid.amount, "currency": wish.paid.currency},
        }
        return wechat_words.returned(_known(await self._call("POST", "/v3/refund/domestic/refunds", body)))

    async def query_refund(self, wish: RefundOrder) -> Returned | None:
        answer = await self._call("GET", f"/v3/refund/domestic/refunds/{wish.refund_id}", may_be_unknown=True)
        return None if answer is None else wechat_words.returned(answer)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Trade | Returned:
        self._keys.check(headers, body, self._clock())
        notice = _document(body)
        resource = notice.get("resource")
        if not isinstance(resource, Mapping):
            raise ProviderAnswerError("the notice has no resource")
        plain = _document(self._keys.unseal(resource))
        if str(notice.get("event_type")).startswith("REFUND."):
            if plain.get("mchid") != self._keys.merchant_id:
                raise ProviderAnswerError("the refund is another merchant's")
            return wechat_words.returned(plain)
        return self._own(plain)

    async def statement(self, day: date) -> tuple[StatementLine, ...]:
        """The trade bill of a day in China, there from ten o'clock of the next; what does not match its hash is refused."""
        path = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL"
        try:
            told = _known(await self._call("GET", path))
        except ProviderRefusedError as error:
            if error.fields.get("provider_code") == "NO_STATEMENT_EXIST":
                return ()
            raise
        url = urlsplit(_text(told, "download_url"))
        # The file itself is not signed, which is why the signed answer carries its hash.
        answer = await self._send("GET", f"{url.path}?{url.query}" if url.query else url.path, "")
        # SHA-1 is what the provider offers here; the hash came in a signed answer.
        digest = sha1(answer.content, usedforsecurity=False).hexdigest()
        if not answer.is_success or not hmac.compare_digest(digest, _text(told, "hash_value").lower()):
            raise ProviderAnswerError("the trade bill does not match its hash")
        return wechat_words.statement(answer.text)

    def _own(self, document: Mapping[str, Any]) -> Trade:
        if (document.get("appid"), document.get("mchid")) != (self._merchant.app_id, self._keys.merchant_id):
            raise ProviderAnswerError("the transaction is another merchant's")
        return wechat_words.trade(document)

    async def _call(
        self, method: str, path: str, document: Mapping[str, Any] | None = None, *, may_be_unknown: bool = False
    ) -> Mapping[str, Any] | None:
        """The answer as it was signed; None for what the provider does not know, and for an answer without content."""
        body = "" if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        answer = await self._send(method, path, body)
        if answer.is_success:
            self._keys.check(answer.headers, answer.content, self._clock())
            return _document(answer.content) if answer.content else None
        told = _document(answer.content)
        code = str(told.get("code"))
        if may_be_unknown and code in _UNKNOWN:
            return None
        raise ProviderRefusedError(
            f"WeChat Pay refuses: {told.get('message')}", fields={"provider": self.name, "provider_code": code}
        )

    async def _send(self, method: str, path: str, body: str) -> httpx.Response:
        timestamp, nonce = int(self._clock().timestamp()), self._new_nonce()
        headers = {
            "Authorization": self._keys.authorization(method, path, body, timestamp=timestamp, nonce=nonce),
            "Accept": "application/json",
            "Content-Type": "application/json",
        } | self._keys.answering_key
        return await exchange(
            self._client, method, f"{self._merchant.url}{path}", headers=headers, body=body.encode() or None
        )


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ProviderAnswerError("the provider's document is not JSON") from error
    if not isinstance(document, dict):
        raise ProviderAnswerError("the provider's document is no object")
    return document


def _text(document: Mapping[str, Any] | None, name: str) -> str:
    value = _known(document).get(name)
    if not isinstance(value, str):
        raise ProviderAnswerError(f"the provider's answer has no {name}")
    return value


def _known(document: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if document is None:
        raise ProviderAnswerError("the provider's answer is empty")
    return document
