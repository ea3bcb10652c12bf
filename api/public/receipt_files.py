"""A receipt to keep: as a page and as PDF, with what `/v1/receipts/{id}` tells and nothing more. It is no invoice."""

import io
from html import escape
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from reportlab.lib.pagesizes import A6
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas
from starlette.responses import HTMLResponse, Response

from api.deps import provided
from api.errors import problem_answers
from parking.db.unit_of_work import Database
from parking.domain.money import Money
from pricing.settlement import service
from pricing.settlement.model import PaymentUnknownError

TYPE: Final = "STSong-Light"
"""One of the Chinese types that the PDF standard names, so the file need not carry it."""
CITY: Final = ZoneInfo("Asia/Shanghai")
MARGIN: Final = 24
LINE: Final = 20
LONGEST: Final = 26
TITLE: Final = "停车缴费凭条 / Parking receipt"
NOT_YET: Final = (
    "平台还没有这张凭条。收费员在没有网络时开出的凭条稍后才能打开，请过一会儿再看。 / This receipt is not here. One that an attendant"
    " gave without a network opens a little later."
)
NOTE: Final = "本凭条不是发票 / This receipt is not an invoice"
METHODS: Final = {
    "cash": "现金 / cash",
    "wechat": "微信支付 / WeChat Pay",
    "alipay": "支付宝 / Alipay",
    "balance": "预付余额 / balance",
}

router = APIRouter(tags=["citizens"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
Facts = list[tuple[str, str]]


async def facts_of(receipt_id: str, database: Database) -> Facts:
    """The lines of a receipt. Raises `PaymentUnknownError` (`receipt_unknown`)."""
    async with database.transaction() as session:
        payment, bill, given_back = await service.receipt(session, receipt_id)
        payee = await service.payee_name(session, bill)
    currency = bill.currency
    lines = [
        ("收款方 / Payee", payee),
        ("金额 / Amount", str(payment.amount)),
        ("方式 / Method", METHODS.get(payment.method, payment.method)),
        ("时间 / Paid at", payment.paid_at.astimezone(CITY).strftime("%Y-%m-%d %H:%M:%S")),
        ("应缴 / Fee", str(Money(bill.amount, currency))),
        ("未缴 / Left", str(Money(bill.left, currency))),
    ]
    if given_back:
        lines.append(("已退 / Given back", str(Money(given_back, currency))))
    return [*lines, ("编号 / Number", receipt_id)]


@router.get(
    "/v1/receipts/{receipt_id}/pdf",
    summary="A receipt as PDF",
    response_class=Response,
    responses=problem_answers(404) | {200: {"content": {"application/pdf": {}}}},
)
async def as_pdf(receipt_id: str, database: DatabaseDep) -> Response:
    """Open to whoever holds the id, which nobody can guess."""
    headers = {"Content-Disposition": 'inline; filename="receipt.pdf"', "Cache-Control": "no-store"}
    return Response(written(await facts_of(receipt_id, database)), media_type="application/pdf", headers=headers)


@router.get("/r/{receipt_id}", include_in_schema=False, response_class=HTMLResponse)
async def as_page(receipt_id: str, database: DatabaseDep) -> HTMLResponse:
    """A slip that an attendant gave without a network has its number before its receipt is here."""
    try:
        facts = await facts_of(receipt_id, database)
    except PaymentUnknownError:
        return _page(f"<p>{NOT_YET}</p>", status=404)
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return _page(f"<dl>{rows}</dl><p>{NOTE}</p>")


def _page(content: str, *, status: int = 200) -> HTMLResponse:
    page = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{TITLE}</title><main><h1>{TITLE}</h1>{content}</main></html>"
    )
    headers = {
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(page, status, headers)


def written(facts: Facts) -> bytes:
    """One A6 sheet."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A6, invariant=True, pageCompression=0, lang="zh-CN")
    canvas.setTitle(TITLE)
    width, height = A6
    registerFont(UnicodeCIDFont(TYPE))
    canvas.setFont(TYPE, 14)
    canvas.drawString(MARGIN, height - MARGIN - LINE, TITLE)
    canvas.setFont(TYPE, 9)
    top = height - MARGIN - 3 * LINE
    for number, (name, value) in enumerate(facts):
        canvas.drawString(MARGIN, top - number * LINE, name)
        for row, part in enumerate(_parts(value)):
            canvas.drawRightString(width - MARGIN, top - number * LINE - row * LINE / 2, part)
    canvas.drawString(MARGIN, MARGIN, NOTE)
    canvas.save()
    return file.getvalue()


def _parts(value: str) -> list[str]:
    """Pieces that fit beside their name."""
    return [value[start : start + LONGEST] for start in range(0, len(value), LONGEST)]
