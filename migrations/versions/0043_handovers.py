"""Evidence handed over to authorities, the sealed packages, and the public keys under which they went out."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "evidence_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("first_used_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_evidence_key")),
    )
    _create_handovers()
    op.create_table(
        "handover_package",
        sa.Column("handover_id", sa.Text(), nullable=False),
        sa.Column("plate_key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.handover_id"], name=op.f("fk_handover_package_handover_id_handover")
        ),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_handover_package")),
    )
    # As with the evidence itself: sealed bytes do not become smaller.
    op.execute("ALTER TABLE handover_package ALTER COLUMN sealed SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("handover_package", "handover", "evidence_key"):
        op.drop_table(table)


def _create_handovers() -> None:
    op.create_table(
        "handover",
        sa.Column("handover_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("authority_kind", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", _INSTANT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("released_at", _INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('prepared', 'made', 'refused', 'released')", name=op.f("ck_handover_state")),
        sa.CheckConstraint("decided_by <> prepared_by", name=op.f("ck_handover_two_persons")),
        sa.CheckConstraint(
            "num_nonnulls(decided_by, decided_at) = CASE state WHEN 'prepared' THEN 0 ELSE 2 END",
            name=op.f("ck_handover_whole_decision"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(sha256, size, key_id) = CASE WHEN state IN ('made', 'released') THEN 3 ELSE 0 END",
            name=op.f("ck_handover_whole_package"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(released_by, released_at) = CASE state WHEN 'released' THEN 2 ELSE 0 END",
            name=op.f("ck_handover_whole_release"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.district_id"], name=op.f("fk_handover_district_id_district")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["evidence_key.key_id"], name=op.f("fk_handover_key_id_evidence_key")),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_district_id"), "handover", ["district_id"])
