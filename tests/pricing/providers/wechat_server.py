"""WeChat Pay's side of its protocol with keys made for the test: it checks every signature and signs all it says.

Written from the documentation and not from our client, with a simple parser of the header `Authorization`.
"""

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from pricing.providers.model import Receiver
from pricing.providers.wechat import WechatMerchant
from pricing.providers.wechat_keys import WechatKeys

MERCHANT: Final = "1900000001"
APP: Final = "wx0000000000000001"
SERIAL: Final = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
PLATFORM_SERIAL: Final = "PUB_KEY_ID_0119000000012024"
APP_SECRET: Final = "2d9f0c6f7bd1c0ffee"
OPENID: Final = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
API_V3_KEY: Final = b"0123456789abcdef0123456789abcdef"
NOTIFY_URL: Final = "https://parking.example/v1/providers/wechat/notices"
_AUTHORIZATION: Final = re.compile(r'(\w+)="([^"]*)"')

MERCHANT_KEY: Final = generate_private_key(65537, 2048)
PLATFORM_KEY: Final = generate_private_key(65537, 2048)
STRANGER_KEY: Final = generate_private_key(65537, 2048)


def merchant(
    url: str = "http://wechat.test",
    merchant_id: str = MERCHANT,
    payees: frozenset[str] = frozenset(),
    receivers: tuple[Receiver, ...] = (),
) -> WechatMerchant:
    keys = WechatKeys(
        merchant_id=merchant_id,
        merchant_serial=SERIAL,
        private_key=MERCHANT_KEY,
        platform={PLATFORM_SERIAL: PLATFORM_KEY.public_key()},
        api_v3_key=api_v3_key_of(merchant_id),
    )
    return WechatMerchant(
        app_id=APP,
        keys=keys,
        url=url,
        notify_url=NOTIFY_URL,
        description="路内停车",
        payees=payees,
        receivers=receivers,
    )


def api_v3_key_of(merchant_id: str) -> bytes:
    """Each merchant has its own."""
    return API_V3_KEY if merchant_id == MERCHANT else merchant_id.encode().ljust(32, b"0")


@dataclass
class Notice:
    """What the server would send; a test decides when, how often, and whether at all."""

    headers: dict[str, str]
    body: bytes


@dataclass
class WechatServer:
    """Orders and refunds by their numbers. `is_down` answers 503 after having done what was asked."""

    clock: Callable[[], datetime]
    merchant_id: str = MERCHANT
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    bill: bytes = b""
    is_bill_changed: bool = False
    is_down: bool = False
    signing_key: RSAPrivateKey = PLATFORM_KEY
    nonces: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    refund_status: str = "PROCESSING"
    shares: dict[str, dict[str, Any]] = field(default_factory=dict)
    returns: dict[str, dict[str, Any]] = field(default_factory=dict)
    share_result: str = "SUCCESS"
    return_result: str = "SUCCESS"
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def app(self) -> Starlette:
        trade = "/v3/pay/transactions"
        return Starlette(
            routes=[
                Route(f"{trade}/native", self._order, methods=["POST"]),
                Route(f"{trade}/jsapi", self._order, methods=["POST"]),
                Route(f"{trade}/h5", self._order, methods=["POST"]),
                Route("/connect/oauth2/authorize", self._sign_in),
                Route("/sns/oauth2/access_token", self._access_token),
                Route(f"{trade}/out-trade-no/{{number}}", self._query),
                Route(f"{trade}/out-trade-no/{{number}}/close", self._close, methods=["POST"]),
                Route("/v3/refund/domestic/refunds", self._refund, methods=["POST"]),
                Route("/v3/refund/domestic/refunds/{number}", self._query_refund),
                Route("/v3/profitsharing/orders", self._share, methods=["POST"]),
                Route("/v3/profitsharing/orders/unfreeze", self._unfreeze, methods=["POST"]),
                Route("/v3/profitsharing/return-orders", self._return_share, methods=["POST"]),
                Route("/v3/bill/tradebill", self._trade_bill),
                Route("/v3/billdownload/file", self._download),
            ]
        )

    def pay(self, order_id: str, total: int | None = None) -> Notice:
        """The payer pays; the notice is what the merchant should hear."""
        order = self.orders[order_id]
        order["trade_state"] = "SUCCESS"
        order["transaction_id"] = f"42000{self.merchant_id}{next(self.numbers):013d}"
        order["success_time"] = self.clock().isoformat(timespec="seconds")
        if total is not None:
            order["amount"]["total"] = total
        return self.notice("TRANSACTION.SUCCESS", order)

    def give_back(self, refund_id: str, status: str = "SUCCESS") -> Notice:
        refund = self.refunds[refund_id]
        refund["status"] = status
        refund["success_time"] = self.clock().isoformat(timespec="seconds")
        told = {name: value for name, value in refund.items() if name != "status"}
        amount = {name: value for name, value in refund["amount"].items() if name != "currency"}
        return self.notice(
            f"REFUND.{status}", told | {"mchid": self.merchant_id, "refund_status": status, "amount": amount}
        )

    def notice(self, event: str, resource: dict[str, Any], key: RSAPrivateKey | None = None) -> Notice:
        nonce, context = "fdasflkja484", "transaction" if event.startswith("TRANSACTION") else "refund"
        sealed = AESGCM(api_v3_key_of(self.merchant_id)).encrypt(
            nonce.encode(), json.dumps(resource).encode(), context.encode()
        )
        document = {
            "id": "EV-2018022511223320873",
            "create_time": self.clock().isoformat(timespec="seconds"),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": {
                "original_type": context,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": b64encode(sealed).decode(),
                "associated_data": context,
                "nonce": nonce,
            },
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        return Notice({"content-type": "application/json"} | self._signature(body, key), body)

    def _signature(self, body: bytes, key: RSAPrivateKey | None = None) -> dict[str, str]:
        timestamp, nonce = str(int(self.clock().timestamp())), "c5ac7061fccab6bf3e254dcf98995b8c"
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": PLATFORM_SERIAL,
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
            "wechatpay-signature": b64encode((key or self.signing_key).sign(message, PKCS1v15(), SHA256())).decode(),
        }

    async def _checked(self, request: Request) -> dict[str, Any]:
        """The body of a request whose signature is the merchant's and was never used before."""
        scheme, _, told = request.headers["authorization"].partition(" ")
        parts = dict(_AUTHORIZATION.findall(told))
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        body = await request.body()
        message = f"{request.method}\n{path}\n{parts['timestamp']}\n{parts['nonce_str']}\n".encode() + body + b"\n"
        signature = b64decode(parts["signature"])
        MERCHANT_KEY.public_key().verify(signature, message, PKCS1v15(), SHA256())
        assert scheme == "WECHATPAY2-SHA256-RSA2048"
        # Without it WeChat Pay signs its answer with the certificate of before, which new merchants do not have.
        assert request.headers["wechatpay-serial"] == PLATFORM_SERIAL
        assert (parts["mchid"], parts["serial_no"]) == (self.merchant_id, SERIAL)
        assert abs(self.clock().timestamp() - int(parts["timestamp"])) < 300
        assert parts["nonce_str"] not in self.nonces
        self.nonces.add(parts["nonce_str"])
        document: dict[str, Any] = json.loads(body) if body else {}
        return document

    def _said(self, document: dict[str, Any] | None, status: int = 200) -> Response:
        if self.is_down:
            return Response(status_code=503)
        body = b"" if document is None else json.dumps(document).encode()
        return Response(body, status, self._signature(body), "application/json")

    async def _order(self, request: Request) -> Response:
        wish = await self._checked(request)
        assert (wish["appid"], wish["mchid"], wish["notify_url"]) == (APP, self.merchant_id, NOTIFY_URL)
        assert 6 <= len(wish["out_trade_no"]) <= 32
        channel = request.url.path.rsplit("/", 1)[-1]
        assert channel != "jsapi" or wish["payer"]["openid"]
        assert channel != "h5" or wish["scene_info"]["payer_client_ip"]
        assert channel != "h5" or wish["scene_info"]["h5_info"] == {"type": "Wap"}
        known = self.orders.setdefault(
            wish["out_trade_no"],
            {
                "appid": APP,
                "mchid": self.merchant_id,
                "out_trade_no": wish["out_trade_no"],
                "trade_state": "NOTPAY",
                "amount": wish["amount"],
                "time_expire": wish["time_expire"],
                "is_shared": wish.get("settle_info") == {"profit_sharing": True},
            },
        )
        if known["amount"] != wish["amount"]:
            return self._said({"code": "INVALID_REQUEST", "message": "商户订单号重复"}, 400)
        if channel == "native":
            return self._said({"code_url": f"weixin://wxpay/bizpayurl?pr={wish['out_trade_no']}"})
        if channel == "h5":
            return self._said({"h5_url": f"https://wx.tenpay.test/checkmweb?prepay_id=wx{wish['out_trade_no']}"})
        return self._said({"prepay_id": f"wx{wish['out_trade_no']}"})

    async def _sign_in(self, request: Request) -> Response:
        """WeChat compares the whole address with a pattern, so the order of its parameters matters."""
        assert list(request.query_params) == ["appid", "redirect_uri", "response_type", "scope", "state"]
        assert (request.query_params["appid"], request.query_params["scope"]) == (APP, "snsapi_base")
        back = f"{request.query_params['redirect_uri']}?code={len(self.codes)}&state={request.query_params['state']}"
        self.codes.add(str(len(self.codes)))
        return RedirectResponse(back, 302)

    async def _access_token(self, request: Request) -> Response:
        asked = request.query_params
        assert (asked["appid"], asked["secret"], asked["grant_type"]) == (APP, APP_SECRET, "authorization_code")
        if asked["code"] not in self.codes:
            return JSONResponse({"errcode": 40029, "errmsg": "invalid code"})
        self.codes.remove(asked["code"])
        return JSONResponse({"access_token": "unused", "expires_in": 7200, "openid": OPENID, "scope": "snsapi_base"})

    async def _query(self, request: Request) -> Response:
        await self._checked(request)
        assert request.query_params["mchid"] == self.merchant_id
        order = self.orders.get(request.path_params["number"])
        if order is None:
            return self._said({"code": "ORDER_NOT_EXIST", "message": "订单不存在"}, 404)
        return self._said(order)

    async def _close(self, request: Request) -> Response:
        assert (await self._checked(request))["mchid"] == self.merchant_id
        order = self.orders[request.path_params["number"]]
        if order["trade_state"] == "SUCCESS":
            return self._said({"code": "ORDERPAID", "message": "订单已支付"}, 400)
        order["trade_state"] = "CLOSED"
        return self._said(None, 204)

    async def _refund(self, request: Request) -> Response:
        wish = await self._checked(request)
        order = self.orders[wish["out_trade_no"]]
        others = [
            one for one in self.refunds.values() if one["out_trade_no"] == wish["out_trade_no"]
            and one["out_refund_no"] != wish["out_refund_no"] and one["status"] != "CLOSED"
        ]  # fmt: skip
        gone = sum(one["amount"]["refund"] for one in others)
        if (
            wish["amount"]["total"] != order["amount"]["total"]
            or gone + wish["amount"]["refund"] > wish["amount"]["total"]
        ):
            return self._said({"code": "INVALID_REQUEST", "message": "退款金额超限"}, 400)
        refund = self.refunds.setdefault(
            wish["out_refund_no"],
            {
                "refund_id": f"50000{len(self.refunds):023d}",
                "out_refund_no": wish["out_refund_no"],
                "transaction_id": order["transaction_id"],
                "out_trade_no": wish["out_trade_no"],
                "status": self.refund_status,
                "amount": wish["amount"],
                "success_time": self.clock().isoformat(timespec="seconds"),
            },
        )
        return self._said(refund)

    async def _query_refund(self, request: Request) -> Response:
        await self._checked(request)
        refund = self.refunds.get(request.path_params["number"])
        if refund is None:
            return self._said({"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"}, 404)
        return self._said(refund)

    async def _share(self, request: Request) -> Response:
        """The merchant's own part is among the receivers, as the service's answer has it."""
        wish = await self._checked(request)
        order = self.orders[wish["out_order_no"]]
        assert (wish["appid"], wish["transaction_id"], order["is_shared"]) == (APP, order["transaction_id"], True)
        assert wish["unfreeze_unsplit"] is True
        (receiver,) = wish["receivers"]
        assert (receiver["type"], bool(receiver["description"])) == ("MERCHANT_ID", True)
        known = self.shares.setdefault(wish["out_order_no"], receiver)
        if known["amount"] != receiver["amount"]:
            return self._said({"code": "INVALID_REQUEST", "message": "分账金额不一致"}, 400)
        rest = order["amount"]["total"] - receiver["amount"]
        own = {"account": self.merchant_id, "amount": rest, "result": "SUCCESS"}
        state = "PROCESSING" if self.share_result == "PENDING" else "FINISHED"
        told = {"out_order_no": wish["out_order_no"], "order_id": "3008450740201411110007820472", "state": state}
        return self._said(told | {"receivers": [receiver | {"result": self.share_result}, own]})

    async def _unfreeze(self, request: Request) -> Response:
        wish = await self._checked(request)
        self.shares[wish["out_order_no"]] = {"amount": 0, "description": wish["description"]}
        return self._said({"out_order_no": wish["out_order_no"], "state": "FINISHED", "receivers": []})

    async def _return_share(self, request: Request) -> Response:
        wish = await self._checked(request)
        share = self.shares[wish["out_order_no"]]
        assert wish["return_mchid"] == share["account"]
        self.returns.setdefault(wish["out_return_no"], wish)
        back = sum(one["amount"] for one in self.returns.values() if one["out_order_no"] == wish["out_order_no"])
        assert back <= share["amount"]
        return self._said(wish | {"result": self.return_result, "return_id": "3008450740201411110007820472"})

    async def _trade_bill(self, request: Request) -> Response:
        await self._checked(request)
        assert request.query_params["bill_type"] == "ALL"
        if not self.bill:
            return self._said({"code": "NO_STATEMENT_EXIST", "message": "账单文件不存在"}, 400)
        url = f"{request.url.scheme}://{request.url.netloc}/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd6kwvyKLG"
        # The protocol's own hash.
        return self._said(
            {"hash_type": "SHA1", "hash_value": hashlib.sha1(self.bill).hexdigest(), "download_url": url}  # noqa: S324
        )

    async def _download(self, request: Request) -> Response:
        await self._checked(request)
        return Response(self.bill + (b"`" if self.is_bill_changed else b""), media_type="text/plain")
