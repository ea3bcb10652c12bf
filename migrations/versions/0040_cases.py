"""Cases, what was done with each, and the evidence that they have."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_OPEN = sa.text("stage <> 'closed'")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_cases()
    _create_steps()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("case_evidence", "case_step", "case_file"):
        op.drop_table(table)


def _create_cases() -> None:
    op.create_table(
        "case_file",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.Column("times_seen", sa.BigInteger(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("assigned_at", _INSTANT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.CheckConstraint("stage IN ('filed', 'dispatched', 'closed')", name=op.f("ck_case_file_stage")),
        sa.CheckConstraint("times_seen >= 1", name=op.f("ck_case_file_times_seen")),
        sa.CheckConstraint(
            "num_nonnulls(assigned_to, assigned_at) IN (0, 2)", name=op.f("ck_case_file_whole_assignment")
        ),
        sa.CheckConstraint(
            "num_nonnulls(outcome, reason, decided_by, decided_at) = CASE stage WHEN 'closed' THEN 4 ELSE 0 END",
            name=op.f("ck_case_file_whole_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.district_id"], name=op.f("fk_case_file_district_id_district")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.zone_id"], name=op.f("fk_case_file_zone_id_zone")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_file")),
    )
    op.create_index(op.f("ix_case_file_district_id"), "case_file", ["district_id"])
    op.create_index("ux_case_file_open", "case_file", ["kind", "about"], unique=True, postgresql_where=_OPEN)
    for column in ("session_id", "space_id"):
        op.create_index(
            f"ix_case_file_{column}", "case_file", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.create_index("ix_case_file_assigned_to", "case_file", ["assigned_to"], postgresql_where=_OPEN)


def _create_steps() -> None:
    op.create_table(
        "case_step",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name=op.f("fk_case_step_case_id_case_file")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_case_step")),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_step"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "case_evidence",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.case_id"], name=op.f("fk_case_evidence_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.evidence_id"], name=op.f("fk_case_evidence_evidence_id_evidence")
        ),
        sa.PrimaryKeyConstraint("case_id", "evidence_id", name=op.f("pk_case_evidence")),
    )
