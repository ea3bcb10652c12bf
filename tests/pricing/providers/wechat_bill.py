"""A trade bill of the type ALL as the provider's documentation shows it, with one payment and one refund."""

from typing import Final

COLUMNS: Final = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS: Final = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def trade_bill() -> bytes:
    payment = _row("2026-07-01 16:01:02", "SUCCESS", "3.00", ("0", "0", "0.00"), "", ("3.00", "0.00"))
    refund = _row("2026-07-01 17:00:00", "REFUND", "0.00", ("5000000001", "r1", "1.00"), "SUCCESS", ("0.00", "1.00"))
    totals = ",".join(f"`{value}" for value in ("2", "3.00", "1.00", "0.00", "0.00000", "3.00", "1.00"))
    return "\r\n".join(["\N{BYTE ORDER MARK}" + COLUMNS, payment, refund, TOTALS, totals, ""]).encode()


def _row(at: str, state: str, due: str, back: tuple[str, str, str], back_state: str, sums: tuple[str, str]) -> str:
    values = [at, "wx0000000000000001", "1900000001", "0", "", "4200000001", "o1", "oUpF8", "NATIVE", state, "OTHERS"]
    values += ["CNY", due, "0.00", *back, "0.00", "ORIGINAL" if back_state else "", back_state, "路内停车", ""]
    values += ["0.00000", "0.60%", *sums, ""]
    return ",".join(f"`{value}" for value in values)
