"""Cameras in PostgreSQL, and the messages of theirs whose pictures and plates wait to be brought where they belong."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class CameraRow(Base):
    """See `model.Camera`; the row goes when the camera is removed, its device stays with its history."""

    __tablename__ = "camera"
    __table_args__ = (
        CheckConstraint("mode IN ('push', 'pull', 'mqtt', 'frames')", name="mode"),
        CheckConstraint("passing IN ('entry', 'exit', 'both')", name="passing"),
        CheckConstraint("(passing IS NULL) = (facility_id IS NULL)", name="passing_at_a_facility"),
        CheckConstraint("(key_id IS NULL) = (sealed IS NULL)", name="sealed_whole"),
        CheckConstraint("interval_s > 0", name="interval_s"),
    )

    camera_id: Mapped[str] = mapped_column(ForeignKey("device.device_id"), primary_key=True)
    adapter: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    zone: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    username: Mapped[str | None] = mapped_column(Text)
    key_id: Mapped[str | None] = mapped_column(Text)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The password, sealed under a key derived from the installation's secret."""
    facility_id: Mapped[str | None] = mapped_column(ForeignKey("facility.facility_id"))
    passing: Mapped[str | None] = mapped_column(Text)
    interval_s: Mapped[int | None]
    added_at: Mapped[datetime]


class CameraMessageRow(Base):
    """A body with pictures or plates, sealed as it came, until the worker has done with it."""

    __tablename__ = "camera_message"
    __table_args__ = (
        UniqueConstraint("camera_id", "message_key"),
        Index("ix_camera_message_due_at", "due_at"),
    )

    message_id: Mapped[str] = mapped_column(Text, primary_key=True)
    camera_id: Mapped[str] = mapped_column(Text)
    message_key: Mapped[str] = mapped_column(Text)
    """The same for every copy of the message."""
    adapter: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int]
    key_id: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """None once it is worked off: the row stays for a day, so that a copy that comes late is known."""
