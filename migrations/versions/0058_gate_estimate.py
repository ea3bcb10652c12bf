"""How many vehicles are inside a facility by what its gates see."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "gate_estimate",
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("count", sa.LargeBinary(), nullable=False),
        sa.Column("dwells", postgresql.ARRAY(sa.REAL()), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.facility_id"], name=op.f("fk_gate_estimate_facility_id_facility")
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_gate_estimate")),
    )
    op.create_index("ix_gate_estimate_written_at", "gate_estimate", ["written_at"])


def downgrade() -> None:
    op.drop_table("gate_estimate")
