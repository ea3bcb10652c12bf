"""Forecasts of places in PostgreSQL: the newest of each, with how it and the baselines did in the weeks before."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Identity, Index, Text, false
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class PlaceForecastRow(Base):
    """One kind of place in one zone. Where too little is known only that is said: curves and errors are null."""

    __tablename__ = "place_forecast"
    __table_args__ = (
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("why_not IS NULL OR (is_estimated AND scores IS NULL)", name="why_not"),
        CheckConstraint(
            "num_nonnulls(within, beyond, curve_within, curve_beyond, follow, errors, scores) IN (0, 7)", name="whole"
        ),
        Index("ix_place_forecast_made_at", "made_at"),
    )

    zone_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    made_at: Mapped[datetime]
    known_until: Mapped[datetime]
    """End of the last hour that it knows."""
    timezone: Mapped[str] = mapped_column(Text)
    first_day: Mapped[date]
    """The local day at whose midnight the curves begin, half-hour slots of the wall clock."""
    within: Mapped[str | None] = mapped_column(Text)
    beyond: Mapped[str | None] = mapped_column(Text)
    curve_within: Mapped[list[float] | None] = mapped_column(ARRAY(REAL))
    curve_beyond: Mapped[list[float] | None] = mapped_column(ARRAY(REAL))
    follow: Mapped[list[float] | None] = mapped_column(ARRAY(REAL))
    errors: Mapped[list[float] | None] = mapped_column(ARRAY(REAL))
    """Of `HORIZONS` one after another, for each class of fullness, the quantiles of `TWENTIETHS`."""
    events: Mapped[list[str | None] | None] = mapped_column(ARRAY(Text))
    """Of each day of the curves the announced event as which it was taken."""
    scores: Mapped[dict[str, dict[str, float]] | None] = mapped_column(JSONB(none_as_null=True))
    is_estimated: Mapped[bool] = mapped_column(server_default=false())
    estimate_error: Mapped[float | None]
    why_not: Mapped[str | None] = mapped_column(Text)
    """Why nothing follows from payments here; see `pricing.paid.model.Why`."""


class AnnouncedEventRow(Base):
    """Days on which something draws or keeps away people, past ones too: of these a forecast learns what the coming ones are like."""

    __tablename__ = "announced_event"
    __table_args__ = (
        CheckConstraint("first_day < end_day", name="days"),
        CheckConstraint("num_nonnulls(withdrawn_by, withdrawn_at) IN (0, 2)", name="withdrawn_whole"),
        Index("ix_announced_event_end_day", "end_day"),
    )

    event_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    """Days of one name resemble each other."""
    first_day: Mapped[date]
    end_day: Mapped[date]
    zone_ids: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """None is the whole city."""
    announced_by: Mapped[str] = mapped_column(Text)
    announced_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None]
