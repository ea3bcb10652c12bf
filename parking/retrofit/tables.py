"""The plan of the retrofit, and from when to when each space was retrofitted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class RetrofitPlanRow(Base):
    """How many spaces of a district are to be retrofitted in one week."""

    __tablename__ = "retrofit_plan"
    __table_args__ = (
        CheckConstraint("spaces >= 0", name="spaces"),
        CheckConstraint("extract(isodow FROM week) = 1", name="monday"),
    )

    district_id: Mapped[str] = mapped_column(ForeignKey("district.district_id"), primary_key=True)
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    spaces: Mapped[int]
    set_by: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]


class RetrofitSpanRow(Base):
    """A space was retrofitted in this time; `device_id` is the device with which it began."""

    __tablename__ = "retrofit_span"
    __table_args__ = (
        ExcludeConstraint(("space_id", "="), ("valid", "&&"), name="ex_retrofit_span_overlap", using="gist"),
        Index("ix_retrofit_span_open", "space_id", unique=True, postgresql_where=text("upper_inf(valid)")),
    )

    space_id: Mapped[str] = mapped_column(ForeignKey("space.space_id"), primary_key=True)
    valid: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, primary_key=True)
    device_id: Mapped[str] = mapped_column(Text)
