"""API keys in PostgreSQL: only a hash of the secret is kept."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from parking.db.schema import Base

EMPLOYED: Final = """
    (employer IS NULL AND operator_id IS NULL)
    OR (employer = 'city' AND operator_id IS NULL)
    OR (employer = 'company' AND operator_id IS NOT NULL)
"""
"""Nobody has said it, the city, or a company by its name."""


class ApiKeyRow(Base):
    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint("role IN ('sensor', 'terminal', 'operator', 'enforcement', 'integrator')", name="role"),
        CheckConstraint(EMPLOYED, name="employer"),
        CheckConstraint("(platform_seal IS NULL) = (platform_secret IS NULL)", name="platform_secret"),
    )

    key_id: Mapped[str] = mapped_column(Text, primary_key=True)
    """The public half of the key, which logs and lists may show."""
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the secret half; the secret has 256 random bits, so a slow hash would protect nothing."""
    role: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str | None] = mapped_column(ForeignKey("district.district_id"))
    """Limits the key to one district; None is the whole city."""
    device_ids: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """The devices that a sensor key may speak for; None is every device (of its district)."""
    facility_ids: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """The facilities that the key may report for, or `*` alone; None is none."""
    employer: Mapped[str | None] = mapped_column(Text)
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("operator.operator_id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
    platform_seal: Mapped[str | None] = mapped_column(Text)
    platform_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What a platform signs with that cannot send the key, sealed under the key that `platform_seal` names."""
