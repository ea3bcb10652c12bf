"""A trade bill as Alipay packs it: tables in GBK with names in GBK, the columns as an open client has published them."""

import zipfile
from io import BytesIO
from typing import Final

COLUMNS: Final = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
MARK: Final = "#-----------------------------------------业务明细列表"


def trade_bill(*, is_cut: bool = False) -> bytes:
    rows = [
        (
            "2026060522001419931441931972\t,o1\t,交易\t,路内停车,2026-06-05 16:01:34,2026-06-05 16:01:38,\t,\t,\t,\t,"
            "**博(156******89)\t,3.00,3.00,0.01,0.00,0.00,0.00,0.00,立减卡,0.00\t,0.00,\t,0.00,0.00,"
        ),
        (
            "2026060522001419931441931972\t,o1\t,退款\t,路内停车,2026-06-05 17:00:00,2026-06-05 17:00:05,\t,\t,\t,\t,"
            "**博(156******89)\t,-1.00,-1.00,0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,r1\t,0.00,0.00,"
        ),
    ]
    head = [
        "#支付宝业务明细查询",
        "#账号：[20887226827483540156]",
        f"{MARK}----------------------------------------",
        COLUMNS,
    ]
    tail = [f"{MARK}结束------------------------------------", "#交易合计：1笔，商家实收共3.00元，商家优惠共0.00元"]
    sums = [
        "#支付宝业务汇总查询",
        "#-----业务汇总列表-----",
        "门店编号,门店名称,交易订单总笔数",
        "#-----业务汇总列表结束-----",
    ]
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, lines in (("明细", [*head, *rows, *([] if is_cut else tail)]), ("明细(汇总)", sums)):
            entry = zipfile.ZipInfo(f"2088_20260605_{name}".encode("gbk").decode("cp437"))
            archive.writestr(entry, "\r\n".join(lines).encode("gbk"))
    return packed.getvalue()
