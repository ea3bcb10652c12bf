"""Alipay's gateway with keys made for the test: it checks every signature and signs all it says."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pricing.providers.alipay import AlipayMerchant
from pricing.providers.yuan import BEIJING

APP: Final = "2014072300007148"
SELLER: Final = "2088101106499364"
NOTIFY_URL: Final = "https://parking.example/v1/providers/alipay/notices"
MERCHANT_KEY: Final = generate_private_key(65537, 2048)
ALIPAY_KEY: Final = generate_private_key(65537, 2048)


def alipay_merchant(url: str = "http://alipay.test/gateway.do") -> AlipayMerchant:
    return AlipayMerchant(
        app_id=APP,
        seller_id=SELLER,
        private_key=MERCHANT_KEY,
        alipay_key=ALIPAY_KEY.public_key(),
        url=url,
        notify_url=NOTIFY_URL,
        description="路内停车",
    )


@dataclass
class AlipayServer:
    """A trade is known once its code was scanned, which is when it is paid here."""

    clock: Callable[[], datetime]
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    trades: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_answer_changed: bool = False
    is_unreadable: bool = False
    bill: bytes = b""

    @property
    def app(self) -> Starlette:
        routes = [Route("/gateway.do", self._gateway, methods=["POST"]), Route("/bill", self._download)]
        return Starlette(routes=routes)

    def scan(self, order_id: str) -> None:
        wish = self.codes[order_id]
        self.trades[order_id] = {
            "out_trade_no": order_id,
            "trade_no": f"20130112110010041{len(self.trades):09d}",
            "trade_status": "WAIT_BUYER_PAY",
            "total_amount": wish["total_amount"],
        }

    def pay(self, order_id: str) -> bytes:
        """The payer pays; what comes back is the notice that the merchant should hear."""
        self.scan(order_id)
        self.trades[order_id] |= {"trade_status": "TRADE_SUCCESS", "send_pay_date": self._now()}
        return self.notice(order_id)

    def notice(self, order_id: str, key: RSAPrivateKey = ALIPAY_KEY, **changed: str) -> bytes:
        trade = self.trades[order_id]
        told = {
            "notify_time": self._now(),
            "notify_type": "trade_status_sync",
            "notify_id": "ac05099524730693a8b330c5ecf72da9786",
            "charset": "utf-8",
            "version": "1.0",
            "app_id": APP,
            "seller_id": SELLER,
            "subject": "路内停车 & more",
            "body": "",
            "gmt_payment": self._now(),
            "out_trade_no": order_id,
            "trade_no": trade["trade_no"],
            "trade_status": trade["trade_status"],
            "total_amount": trade["total_amount"],
        } | changed
        covered = "&".join(f"{name}={told[name]}" for name in sorted(told)).encode()
        return urlencode(told | {"sign_type": "RSA2", "sign": _sign(key, covered)}).encode()

    def _now(self) -> str:
        return self.clock().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")

    async def _gateway(self, request: Request) -> Response:
        told = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True, strict_parsing=True))
        sign = told.pop("sign")
        MERCHANT_KEY.public_key().verify(b64decode(sign), _text(told), PKCS1v15(), SHA256())
        assert (told["app_id"], told["sign_type"], told["timestamp"]) == (APP, "RSA2", self._now())
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._query_refund,
            "alipay.data.dataservice.bill.downloadurl.query": self._trade_bill,
        }
        node = json.dumps(answers[told["method"]](json.loads(told["biz_content"])), ensure_ascii=False)
        signature = ALIPAY_KEY.sign(node.encode(), PKCS1v15(), SHA256())
        if self.is_answer_changed:
            node = node.replace("10000", "10000 ")
        if self.is_unreadable:
            return Response('{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}')
        name = told["method"].replace(".", "_") + "_response"
        return Response(f'{{"{name}":{node},"sign":"{b64encode(signature).decode()}"}}', media_type="text/html")

    def _precreate(self, wish: dict[str, Any]) -> dict[str, Any]:
        assert wish["seller_id"] == SELLER
        self.codes[wish["out_trade_no"]] = wish
        return _done(out_trade_no=wish["out_trade_no"], qr_code=f"https://qr.alipay.test/{wish['out_trade_no']}")

    def _query(self, wish: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(wish["out_trade_no"])
        return _UNKNOWN if trade is None else _done(**trade)

    def _close(self, wish: dict[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(wish["out_trade_no"])
        if trade is None:
            return _UNKNOWN
        if trade["trade_status"] != "WAIT_BUYER_PAY":
            return _REFUSED | {"sub_code": "ACQ.REASON_TRADE_STATUS_INVALID", "sub_msg": "交易状态不合法"}
        trade["trade_status"] = "TRADE_CLOSED"
        return _done(out_trade_no=wish["out_trade_no"])

    def _refund(self, wish: dict[str, Any]) -> dict[str, Any]:
        self.refunds.setdefault(wish["out_request_no"], wish | {"gmt_refund_pay": self._now()})
        return _done(out_trade_no=wish["out_trade_no"], fund_change="Y")

    def _query_refund(self, wish: dict[str, Any]) -> dict[str, Any]:
        refund = self.refunds.get(wish["out_request_no"])
        if refund is None:
            return _done()
        return _done(**refund, refund_status="REFUND_SUCCESS")

    def _trade_bill(self, wish: dict[str, Any]) -> dict[str, Any]:
        assert wish == {"bill_type": "trade", "bill_date": "2026-06-05"}
        if not self.bill:
            return _REFUSED | {"sub_code": "isp.bill_not_exist", "sub_msg": "账单不存在"}
        return _done(bill_download_url="http://alipay.test/bill?token=1")

    async def _download(self, request: Request) -> Response:
        assert request.query_params["token"] == "1"
        return Response(self.bill, media_type="application/zip")


_REFUSED: Final = {"code": "40004", "msg": "Business Failed"}
_UNKNOWN: Final = _REFUSED | {"sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}


def _done(**members: Any) -> dict[str, Any]:  # noqa: ANN401 - the wire's own members
    return {"code": "10000", "msg": "Success"} | members


def _text(told: dict[str, str]) -> bytes:
    return "&".join(f"{name}={told[name]}" for name in sorted(told) if told[name]).encode()


def _sign(key: RSAPrivateKey, covered: bytes) -> str:
    return b64encode(key.sign(covered, PKCS1v15(), SHA256())).decode()
