"""Whether a table may be charged at all: its legal basis is the registered document's, and every price is within it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import InvalidInputError
from parking.places.model import PriceForm
from parking.places.tables import PriceDocumentRow
from pricing.rates.limit_store import limits_of
from pricing.rates.model import RateTable
from pricing.rates.price_limits import refuse_beyond, refuse_beyond_basis


async def document_of(session: AsyncSession, price_document_id: str | None) -> PriceDocumentRow:
    """Raise `InvalidInputError` (`document_missing`) where a version names no registered document."""
    document = None if price_document_id is None else await session.get(PriceDocumentRow, price_document_id)
    if document is None:
        raise InvalidInputError("the table names no registered price document", code="document_missing")
    return document


async def refuse_unlawful(
    session: AsyncSession, table: RateTable, price_document_id: str | None, *, unwritten_limits: bool = False
) -> PriceDocumentRow:
    """The document, when the table says of it what is registered and every price keeps within it.

    With `unwritten_limits` a document of which no limits are written down is silent about none. Raises `InvalidInputError` (`document_missing`, `legal_basis_differs`) and `PriceNotAllowedError`.
    """
    document = await document_of(session, price_document_id)
    refuse_other_basis(table, document)
    limits = (await limits_of(session, [document.price_document_id])).get(document.price_document_id, ())
    if limits or not unwritten_limits:
        refuse_beyond(table, document.form, limits)
    else:
        refuse_beyond_basis(table, document.form)
    return document


def refuse_other_basis(table: RateTable, document: PriceDocumentRow) -> None:
    """Raise `InvalidInputError` (`legal_basis_differs`) for the first term that differs from the registered one.

    A validity that the table does not state is not compared; the register decides it in any case.
    """
    legal, first, last = table.legal, *_days(table, document)
    said: list[tuple[str, object, object]] = [
        ("document", legal.document, document.number),
        ("authority", legal.authority, document.authority),
        ("form", legal.form, document.form),
    ]
    if legal.valid_from is not None:
        said.append(("valid_from", legal.valid_from, first))
    if legal.valid_to is not None:
        said.append(("valid_to", legal.valid_to, last))
    for term, written, registered in said:
        if written != registered:
            raise InvalidInputError(
                f"legal.{term} is {written} in the table and {registered} in the registered document",
                code="legal_basis_differs",
                fields={
                    "rate_table": table.rate_table_id,
                    "version": table.version,
                    "term": term,
                    "written": str(written),
                    "registered": str(registered),
                },
            )


def refuse_outside(document: PriceDocumentRow, instant: datetime) -> None:
    """Raise `InvalidInputError` (`document_not_in_force`) where the document does not hold at the instant."""
    if instant < document.valid_from or (document.valid_to is not None and instant >= document.valid_to):
        raise InvalidInputError(
            f"the price document {document.number} is not in force at {instant.isoformat()}",
            code="document_not_in_force",
            fields={"document": document.number},
        )


def under_document(table: RateTable, document: PriceDocumentRow) -> RateTable:
    """The table with the registered terms of the document as its legal basis; its tick, float and notice stay.

    For tariffs that an installation takes over from files written without the register at hand.
    """
    first, last = _days(table, document)
    legal = replace(
        table.legal,
        document=document.number,
        authority=document.authority,
        form=cast("PriceForm", document.form),
        valid_from=first,
        valid_to=last,
    )
    return replace(table, legal=legal)


def _days(table: RateTable, document: PriceDocumentRow) -> tuple[date, date | None]:
    """First and last local day of the document's validity, both included."""
    zone = ZoneInfo(table.timezone)
    end = document.valid_to
    last = None if end is None else (end - timedelta(microseconds=1)).astimezone(zone).date()
    return document.valid_from.astimezone(zone).date(), last
