"""A receipt to keep tells what was paid to whom, in Chinese, as a page and as PDF, and nothing of the stay."""

from collections.abc import AsyncIterator

import pytest

from parking.db.unit_of_work import Database
from tests.api.kerb_people import Kerb, opened_kerb

pytestmark = pytest.mark.service


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        yield opened


async def test_receipt_is_read_when_it_is_asked_for_as_page_and_as_pdf(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    body = {"session": stay, "amount": {"amount": 300, "currency": "CNY"}}
    client = kerb.process.client
    paid = await client.post("/v1/spaces/S1/payments", json=body, headers={"Idempotency-Key": "k"})
    receipt = paid.json()["receipt"]
    page = await client.get(f"/r/{receipt}")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for words in ("临淄", "3.00", "2026-03-02 12:10:00", receipt):
        assert words in page.text
    assert "S1" not in page.text.replace(receipt, "")
    pdf = await client.get(f"/v1/receipts/{receipt}/pdf")
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF-")
    # The sheet names a Chinese type and the map from Unicode to it; the words are UTF-16, written as octal escapes.
    assert b"STSong-Light" in pdf.content
    assert b"UniGB-UCS2-H" in pdf.content
    escaped = "".join(chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in "临淄".encode("utf-16-be"))
    assert escaped.encode() in pdf.content


async def test_receipt_is_unknown_when_the_number_is_wrong(kerb: Kerb) -> None:
    answer = await kerb.process.client.get("/v1/receipts/nothing/pdf")
    assert (answer.status_code, answer.json()["code"]) == (404, "receipt_unknown")
    page = await kerb.process.client.get("/r/nothing")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "opens a little later" in page.text
