"""Accounts, logins, counted tries and the audit in PostgreSQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from api.auth.tables import EMPLOYED
from parking.db.schema import Base


class AccountRow(Base):
    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('operator', 'approver', 'attendant', 'enforcement', 'admin')", name="role"),
        CheckConstraint(EMPLOYED, name="employer"),
    )

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str | None] = mapped_column(ForeignKey("district.district_id"))
    employer: Mapped[str | None] = mapped_column(Text)
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("operator.operator_id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[datetime | None]


class LoginRow(Base):
    """One browser that is logged in; only a hash of its token is kept."""

    __tablename__ = "account_login"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_name: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class CountedTryRow(Base):
    """One try at a password or a plate; kept as long as it counts."""

    __tablename__ = "counted_try"
    __table_args__ = (Index("ix_counted_try_scope_subject_at", "scope", "subject", "at"),)

    try_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    scope: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class AuditRow(Base):
    """What a person or key did to the installation; append only, by a trigger of migration 0015."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_district_id_audit_id", "district_id", "audit_id"),)

    audit_id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    district_id: Mapped[str | None] = mapped_column(Text)
    """Where it was done; None concerns the whole city."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
