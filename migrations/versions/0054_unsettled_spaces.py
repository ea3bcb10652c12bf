"""History finds the readings of a space, and which spaces are told anew from it because frames came out of order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("observation", sa.Column("silence_s", sa.BigInteger(), nullable=True))
    op.create_index("ix_observation_space_id_observed_at", "observation", ["space_id", "observed_at"])
    instant, text = sa.DateTime(timezone=True), sa.Text()
    op.create_table(
        "unsettled_space",
        sa.Column("space_id", text, nullable=False),
        sa.Column("zone_id", text, nullable=False),
        sa.Column("evidence_from", instant, nullable=False),
        sa.Column("until", instant, nullable=False),
        sa.Column("settled_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_unsettled_space")),
    )
    op.create_index(
        "ix_unsettled_space_until", "unsettled_space", ["until"], postgresql_where=sa.text("settled_at IS NULL")
    )
    op.create_table(
        "session_revision",
        sa.Column("revision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("session_id", text, nullable=False),
        sa.Column("evidence_from", instant, nullable=False),
        sa.Column("revised_at", instant, nullable=False),
        sa.Column("is_applied", sa.Boolean(), nullable=False),
        sa.Column("was", postgresql.JSONB(), nullable=False),
        sa.Column("became", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.session_id"], name=op.f("fk_session_revision_session_id_session")
        ),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_session_revision")),
    )
    op.create_index("ix_session_revision_session_id", "session_revision", ["session_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("session_revision")
    op.drop_table("unsettled_space")
    op.drop_index("ix_observation_space_id_observed_at", table_name="observation")
    op.drop_column("observation", "silence_s")
