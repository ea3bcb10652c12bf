"""Published examples of WeChat Pay's signatures and seals: what neither our client nor our test server has invented."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import pytest

from pricing.providers import wechat_words
from pricing.providers.signatures import read_private_key, read_public_key
from pricing.providers.wechat import WechatMerchant, WechatPay
from pricing.providers.wechat_keys import WechatKeys
from pricing.settlement.notices import NoticeForgedError

DATA: Final = Path(__file__).parent / "data"
TIMESTAMP: Final = 1554208460
NONCE: Final = "593BEC0C930BF1AFEB40B4A08C8FB242"
CAPTURED_AT: Final = 1722850421


def keys(api_v3_key: bytes = b"") -> WechatKeys:
    return WechatKeys(
        merchant_id="1900007291",
        merchant_serial="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
        private_key=read_private_key(DATA / "wechat_documentation_key.pem"),
        platform={"PUB_KEY_ID_0119000000012024": read_public_key(DATA / "wechat_captured_key.pem")},
        api_v3_key=api_v3_key,
    )


def test_request_is_signed_as_the_documentation_prints_it() -> None:
    """Merchant document 4012365336: an order by JSAPI, its body and the signature to be had."""
    body = (
        '{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔",'
        '"out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php",'
        '"amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}'
    )
    header = keys().authorization("POST", "/v3/pay/transactions/jsapi", body, timestamp=TIMESTAMP, nonce=NONCE)
    scheme, _, told = header.partition(" ")
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    assert dict(part.split("=", 1) for part in told.replace('"', "").split(",")) == {
        "mchid": "1900007291",
        "nonce_str": NONCE,
        "timestamp": str(TIMESTAMP),
        "serial_no": "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
        "signature": "jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq1sltaQKyncCyr"
        "A1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9f/BnjXAOP3/sPObg6V5Ee4EzwLox684hh"
        "uMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZ"
        "cxdUtoE0liJGW3RGUNE0t4v01A==",
    }


async def test_invocation_is_signed_as_the_documentation_prints_it() -> None:
    """Merchant document 4012365341: the arguments with which a phone opens the payment."""
    async with httpx.AsyncClient() as client:
        merchant = WechatMerchant(app_id="wx2421b1c4370ec43b", keys=keys(), url="", notify_url="", description="")
        provider = WechatPay(merchant, client, lambda: datetime.fromtimestamp(TIMESTAMP, UTC), lambda: NONCE)
        arguments = provider._invocation("wx201410272009395522657a690389285100")
    assert arguments["paySign"] == (
        "mI35pfNEQV6777ke/1T+LJLQDNTm7yeoUJH+j/adPGhmCCi0PbgkvYQTRcXH0uibcLVtvFLdGLpmoYO9FV6lBBsTAjuhh5YOvQi0e2g3e0yytit"
        "iNET9FEuqM0pjnKfRW4K6LIZDdbWJv9KhZUx3DrJa5TL7OJ7VdADVivxVySIlPVKjGwuCXzuXSJes0UcILgWQUMyha5/3nYofuHtS7r+KYyMux"
        "D+oJ9VM1Qdxk4UIG59CP5Y3wtYIFybyF3bdu1caHTRRX+DLyMXyYA/IrTmiW01c4RPjpHBX5Dk1sZyY1zVsWNsvMHr2e1NTWtBxKJ+qk5N61J7"
        "caYoepHFaxw=="
    )
    assert arguments["package"] == "prepay_id=wx201410272009395522657a690389285100"


CAPTURED: Final = {
    "wechatpay-timestamp": str(CAPTURED_AT),
    "wechatpay-nonce": "d824f2e086d3c1df967785d13fcd22ef",
    "wechatpay-serial": "PUB_KEY_ID_0119000000012024",
    "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
    "wechatpay-signature": "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0eRp8mV"
    "KlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrRoBKqjmSdrP1N7uxzJ/cjfSiis9FiLju"
    "ADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4itojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPH"
    "SO2AtvCgyIbKMZ0BALilAA==",
}
"""An answer of WeChat Pay itself, as one of its clients has published it; the id of the key is not published."""
ANSWER: Final = b'{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}'


def test_answer_is_taken_when_wechat_pay_itself_has_signed_it() -> None:
    keys().check(CAPTURED, ANSWER, datetime.fromtimestamp(CAPTURED_AT, UTC))


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({}, ANSWER.replace(b"z1", b"z2")),
        ({"wechatpay-nonce": "d824f2e086d3c1df967785d13fcd22ee"}, ANSWER),
        ({"wechatpay-timestamp": str(CAPTURED_AT + 1)}, ANSWER),
        ({"wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3"}, ANSWER),
    ],
)
def test_answer_is_refused_when_anything_of_it_was_changed(changed: dict[str, str], body: bytes) -> None:
    with pytest.raises(NoticeForgedError):
        keys().check(CAPTURED | changed, body, datetime.fromtimestamp(CAPTURED_AT, UTC))


def test_seal_is_opened_as_the_providers_own_client_opens_it() -> None:
    """`utils/aes_test.go` of WeChat Pay's Go client; its key is shorter than an API v3 key is."""
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC",
        "nonce": "wCq51qZv4Yfg",
        "associated_data": "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8",
    }
    assert keys(b"testAPIv3Key0000").unseal(resource) == b"Hello World"


def test_trade_bill_is_read_as_an_open_client_has_published_it() -> None:
    """WxJava's example of the type ALL: a device, a remark and a refund's columns in a row of a payment."""
    bill = (
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
        "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
        "申请退款金额,费率备注\n"
        "`2018-02-01 04:21:23,`wx2421b1c4370ec43b,`10000100,`,`1000,`50000305742018020103387128253,"
        "`201707260201501501005710775,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`JSAPI,`SUCCESS,`CMC,`CNY,`100.00,`0.00,`,`,`15.00,"
        "`0.00,`REFUND_SOURCE_RECHARGE_FUNDS,`SUCCESS,`测试商品,`attach-data,`0.01000,`0.60%,`100.00,`0.00,`\n"
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n"
        "`1,`100.00,`0.00,`0.00,`0.01000,`100.00,`0.00"
    )
    (line,) = wechat_words.statement(bill)
    assert (line.kind, line.reference) == ("payment", "50000305742018020103387128253")
    assert (line.order_id, line.amount.amount) == ("201707260201501501005710775", 10000)
    assert line.at.isoformat() == "2018-02-01T04:21:23+08:00"
