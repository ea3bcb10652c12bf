"""Shifts in PostgreSQL. The shift is the drawer: its id stands on every payment that it took."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class ShiftRow(Base):
    """One attendant's work from opening to counting; an account has one open shift at most."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("float_amount >= 0", name="float_amount"),
        CheckConstraint("(closed_at IS NULL) = (close_id IS NULL)", name="closed_whole"),
        Index("ux_shift_open_account", "account_name", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    shift_id: Mapped[str] = mapped_column(Text, primary_key=True)
    account_name: Mapped[str] = mapped_column(ForeignKey("account.name"))
    district_id: Mapped[str] = mapped_column(ForeignKey("district.district_id"))
    opened_at: Mapped[datetime]
    float_amount: Mapped[int]
    """Change that lay in the drawer at the beginning; it is counted with the rest at the end."""
    currency: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    close_id: Mapped[str | None] = mapped_column(ForeignKey("drawer_close.close_id"))
