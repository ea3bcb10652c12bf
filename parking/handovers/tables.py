"""Hand-overs in PostgreSQL, the sealed packages apart from them, and the keys that ever signed one."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base


class HandoverRow(Base):
    """One hand-over; see `model.Handover`."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("state IN ('prepared', 'made', 'refused', 'released')", name="state"),
        CheckConstraint("decided_by <> prepared_by", name="two_persons"),
        CheckConstraint(
            "num_nonnulls(decided_by, decided_at) = CASE state WHEN 'prepared' THEN 0 ELSE 2 END", name="whole_decision"
        ),
        CheckConstraint(
            "num_nonnulls(sha256, size, key_id) = CASE WHEN state IN ('made', 'released') THEN 3 ELSE 0 END",
            name="whole_package",
        ),
        CheckConstraint(
            "num_nonnulls(released_by, released_at) = CASE state WHEN 'released' THEN 2 ELSE 0 END",
            name="whole_release",
        ),
    )

    handover_id: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str] = mapped_column(ForeignKey("district.district_id"), index=True)
    authority_kind: Mapped[str] = mapped_column(Text)
    authority: Mapped[str] = mapped_column(Text)
    legal_basis: Mapped[str] = mapped_column(Text)
    case_number: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    evidence_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    prepared_by: Mapped[str] = mapped_column(Text)
    prepared_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    sha256: Mapped[str | None] = mapped_column(Text)
    size: Mapped[int | None]
    key_id: Mapped[str | None] = mapped_column(ForeignKey("evidence_key.key_id"))
    released_by: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[datetime | None]


class HandoverPackageRow(Base):
    """The package, sealed as its evidence is: it shows plates; deleted when the hand-over is released."""

    __tablename__ = "handover_package"

    handover_id: Mapped[str] = mapped_column(ForeignKey("handover.handover_id"), primary_key=True)
    plate_key_id: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class EvidenceKeyRow(Base):
    """A public key under which packages went out; never deleted, or they could not be verified any more."""

    __tablename__ = "evidence_key"

    key_id: Mapped[str] = mapped_column(Text, primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    first_used_at: Mapped[datetime]
