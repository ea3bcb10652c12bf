"""History in PostgreSQL: every accepted reading once, every published change once, by month of receipt."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Float, Index, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class ObservationRow(Base):
    """One reading that was answered as accepted. Written by COPY; partitioned by month of `received_at`."""

    __tablename__ = "observation"
    __table_args__ = (
        Index("ix_observation_space_id_observed_at", "space_id", "observed_at"),
        {"postgresql_partition_by": "RANGE (received_at)"},
    )

    received_at: Mapped[datetime] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(Integer, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """Id of the stream entry it came in; with `item` the identity of the reading."""
    item: Mapped[int] = mapped_column(Integer, primary_key=True)
    device_id: Mapped[str] = mapped_column(Text)
    space_id: Mapped[str] = mapped_column(Text)
    zone_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str | None] = mapped_column(Text)
    observed_at: Mapped[datetime]
    session: Mapped[str | None] = mapped_column(Text)
    sequence: Mapped[int | None]
    event_id: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None]
    battery_v: Mapped[float | None]
    battery_pct: Mapped[float | None]
    temperature_c: Mapped[float | None]
    disposition: Mapped[str] = mapped_column(Text)
    device_at: Mapped[datetime | None]
    gateway_at: Mapped[datetime | None]
    server_at: Mapped[datetime | None]
    previous_least_s: Mapped[int | None]
    previous_below_s: Mapped[int | None]
    """How long the state before this one lasted, at least and below."""
    fault: Mapped[str | None] = mapped_column(Text)
    magnetic: Mapped[list[float] | None] = mapped_column(ARRAY(Float))
    trusted: Mapped[bool | None]
    """False while the device was declared faulty; of readings from before this was kept nothing is known."""
    silence_s: Mapped[int | None]
    """How long the device might be silent after this before its word no longer held."""
    source: Mapped[str | None] = mapped_column(Text)
    """What kind of thing spoke (`EvidenceSource`); null of readings from before this was kept."""


class SpaceStateRow(Base):
    """One published change of one space; partitioned by month of `at`."""

    __tablename__ = "space_state_change"
    __table_args__ = (
        Index("ix_space_state_change_space_id_at", "space_id", "at"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    at: Mapped[datetime] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(Integer, primary_key=True)
    change_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """Id of the change entry it came in; with `item` the identity of the change."""
    item: Mapped[int] = mapped_column(Integer, primary_key=True)
    space_id: Mapped[str] = mapped_column(Text)
    zone_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    previous_status: Mapped[str] = mapped_column(Text)
    belief: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    observed_at: Mapped[datetime | None]
    evidence: Mapped[str] = mapped_column(Text)
    device_id: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(Text)


class HistoryPositionRow(Base):
    """How far each shard's change stream is in history; moved in the transaction that wrote the rows."""

    __tablename__ = "history_position"

    shard: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    change_id: Mapped[str] = mapped_column(Text)
    """Id of the last entry of `changes:{shard}` that history holds."""
    epoch: Mapped[str] = mapped_column(Text)
    """Which life of the live store the id belongs to; in another one history begins at its first entry."""
    committed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class UnsettledSpaceRow(Base):
    """A space of which frames came out of order; see `unsettled.py`."""

    __tablename__ = "unsettled_space"
    __table_args__ = (Index("ix_unsettled_space_until", "until", postgresql_where=text("settled_at IS NULL")),)

    space_id: Mapped[str] = mapped_column(Text, primary_key=True)
    zone_id: Mapped[str] = mapped_column(Text)
    evidence_from: Mapped[datetime]
    """Device time of the earliest frame that came out of order since it was last settled."""
    until: Mapped[datetime]
    """The watermark: changes published up to here are told anew from history and not followed."""
    settled_at: Mapped[datetime | None]


class OccupancyHourRow(Base):
    """How full one kind of place in one zone was over one hour: what forecasts and the pricing rule read.

    Counted from published changes. A place of which nobody has ever heard has no row; one that is not known for a whole hour
    has a row that says so, with `known_s` zero: ignorance is never emptiness.
    """

    __tablename__ = "occupancy_hour"
    __table_args__ = (
        CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name="kind"),
        CheckConstraint("spaces > 0 AND known_s BETWEEN 0 AND spaces * 3600", name="known"),
        CheckConstraint("unknown_s BETWEEN 0 AND spaces * 3600 - known_s", name="unknown"),
        CheckConstraint("disbelieved_s BETWEEN 0 AND unknown_s", name="disbelieved"),
        CheckConstraint("occupied_s BETWEEN 0 AND known_s AND full_s BETWEEN 0 AND 3600", name="shares"),
        CheckConstraint("hour = date_trunc('hour', hour, 'UTC')", name="whole_hour"),
        CheckConstraint("cardinality(moments) = 4", name="moments"),
        Index("ix_occupancy_hour_hour", "hour"),
    )

    zone_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """Beginning of the hour."""
    spaces: Mapped[int]
    known_s: Mapped[int]
    """Space-seconds in which the state was occupied or free."""
    occupied_s: Mapped[int]
    """Space-seconds in which it was occupied."""
    full_s: Mapped[int]
    """Seconds in which at least 90 % of the spaces with a known state were occupied."""
    stays: Mapped[int]
    """Stays that began within the hour."""
    unknown_s: Mapped[int | None]
    """Space-seconds in which it was neither known nor restricted; null of hours from before this was counted, and of others' past."""
    disbelieved_s: Mapped[int | None]
    """Those of them in which a device spoke that is declared faulty: what it said is excluded."""
    stay_lengths: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    """Stays that ended within the hour, by class of `stay_lengths.EDGES_MIN`; null as above."""
    moments: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    """Spaces known and occupied at the hour, then half past: what somebody would have met who came then; null as above."""


class OccupancyRecountRow(Base):
    """An hour from which on hours are counted again; see `recounts.py`."""

    __tablename__ = "occupancy_recount"

    hour: Mapped[datetime] = mapped_column(primary_key=True)


class FacilityCountRow(Base):
    """One count of a facility as a data set or a foreign system reported it; apart from the live state."""

    __tablename__ = "facility_count"
    __table_args__ = (CheckConstraint("capacity > 0 AND occupied BETWEEN 0 AND capacity", name="occupied"),)

    facility_id: Mapped[str] = mapped_column(Text, primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    capacity: Mapped[int]
    occupied: Mapped[int]


class LiveCheckpointRow(Base):
    """A shard of the live store as it stood once, of which history has everything; the newest two are kept."""

    __tablename__ = "live_checkpoint"

    shard: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    taken_at: Mapped[datetime] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(Text)
    commits: Mapped[int] = mapped_column(BigInteger)
    """With the epoch it names the state; another checkpoint of the same would say nothing new."""
    body: Mapped[bytes]
    """`shard_image.pack`: compressed already, and stored as it is."""
