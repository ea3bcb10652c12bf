"""The price limits of documents in PostgreSQL: written once with the document, never changed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, Identity, Text, UniqueConstraint, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base
from parking.domain.errors import ConflictError, NotFoundError
from parking.places.tables import PriceDocumentRow
from pricing.rates.price_limits import PriceLimit

_FIELDS: Final = tuple(field.name for field in fields(PriceLimit))


class PriceLimitRow(Base):
    """What one document says of one kind of price. A trigger refuses every change: other limits are another document."""

    __tablename__ = "price_limit"
    __table_args__ = (
        UniqueConstraint(
            "price_document_id",
            "area_class",
            "kind",
            "vehicle_class",
            "mode",
            "unit_s",
            "period",
            "step",
            "idle",
            name="uq_price_limit_price",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("area_class IN ('I', 'II', 'III')", name="area_class"),
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("mode IN ('per_unit', 'per_use', 'steps', 'tiers', 'entry')", name="mode"),
        CheckConstraint(
            "unit_s > 0 AND CASE mode WHEN 'per_unit' THEN num_nonnulls(unit_s, period) = 1"
            " WHEN 'steps' THEN unit_s IS NOT NULL AND period IS NULL WHEN 'tiers' THEN period IS NULL"
            " ELSE num_nonnulls(unit_s, period) = 0 END",
            name="unit",
        ),
        CheckConstraint("period IN ('hour', 'day', 'week', 'month', 'year')", name="period"),
        CheckConstraint("(step IS NOT NULL) = (mode IN ('steps', 'tiers')) AND step > 0", name="step"),
        CheckConstraint("lowest BETWEEN 0 AND highest AND tick > 0", name="range"),
    )

    price_limit_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    price_document_id: Mapped[str] = mapped_column(ForeignKey("price_document.price_document_id"))
    area_class: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    vehicle_class: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    unit_s: Mapped[int | None]
    lowest: Mapped[int]
    highest: Mapped[int]
    tick: Mapped[int]
    period: Mapped[str | None] = mapped_column(Text)
    step: Mapped[int | None]
    idle: Mapped[bool]
    written_by: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


async def write_limits(
    session: AsyncSession, price_document_id: str, limits: Sequence[PriceLimit], *, by: str, at: datetime
) -> None:
    """Write down what a document allows, once.

    Raises `NotFoundError` (`price_document_unknown`) and `ConflictError` (`price_limits_written`) where the document has
    other limits already; the same ones again change nothing.
    """
    if await session.get(PriceDocumentRow, price_document_id, with_for_update=True) is None:
        raise NotFoundError(f"there is no price document {price_document_id!r}", code="price_document_unknown")
    present = (await limits_of(session, [price_document_id])).get(price_document_id, ())
    if present:
        if set(present) == set(limits):
            return
        raise ConflictError(
            f"the limits of {price_document_id} are written; other limits are another document",
            code="price_limits_written",
        )
    await session.execute(
        insert(PriceLimitRow),
        [
            {
                "price_document_id": price_document_id,
                **asdict(limit),
                "written_by": by,
                "written_at": at,
            }
            for limit in limits
        ],
    )


async def limits_of(session: AsyncSession, documents: Collection[str]) -> dict[str, tuple[PriceLimit, ...]]:
    """The limits of each of the documents that has any."""
    found: dict[str, list[PriceLimit]] = {}
    rows = await session.scalars(
        select(PriceLimitRow)
        .where(PriceLimitRow.price_document_id.in_(documents))
        .order_by(PriceLimitRow.price_limit_id)
    )
    for row in rows:
        # A refusal of the database to keep anything else stands behind the words of modes and periods.
        limit = msgspec.convert({name: getattr(row, name) for name in _FIELDS}, PriceLimit)
        found.setdefault(row.price_document_id, []).append(limit)
    return {document: tuple(limits) for document, limits in found.items()}
