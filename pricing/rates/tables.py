"""Rate tables in PostgreSQL: versions that never change once published, and where each is in force, and when."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class RateTableRow(Base):
    """One version of a rate table. A trigger refuses every change of a published one."""

    __tablename__ = "rate_table"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published')", name="state"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            "state = 'draft' OR num_nonnulls(price_document_id, approved_by, published_at, effective_from) = 4",
            name="published_whole",
        ),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
    )

    rate_table_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    price_document_id: Mapped[str | None] = mapped_column(ForeignKey("price_document.price_document_id"))
    zone_ids: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    """Where it is meant to hold; None is every zone with an area class and a kind of place that the table prices."""
    prepared_by: Mapped[str] = mapped_column(Text)
    prepared_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime | None]
    effective_from: Mapped[datetime | None]


class RateAssignmentRow(Base):
    """Which version prices one kind of place in one zone over a span; two for one instant are refused."""

    __tablename__ = "rate_assignment"
    __table_args__ = (
        ForeignKeyConstraint(("rate_table_id", "version"), ("rate_table.rate_table_id", "rate_table.version")),
        ExcludeConstraint(
            ("zone_id", "="), ("kind", "="), ("valid", "&&"), name="ex_rate_assignment_overlap", using="gist"
        ),
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("NOT isempty(valid) AND NOT lower_inf(valid)", name="valid"),
        Index("ix_rate_assignment_rate_table_id_version", "rate_table_id", "version"),
    )

    zone_id: Mapped[str] = mapped_column(ForeignKey("zone.zone_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, primary_key=True)
    rate_table_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
