"""Tables of restrictions and of the city modules that ask for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "restriction",
        sa.Column("restriction_id", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("permit", sa.Text(), nullable=True),
        sa.Column("stops_charging", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_cause", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "severity IN ('advisory', 'no_new_entry', 'clear_out', 'tow')", name=op.f("ck_restriction_severity")
        ),
        sa.CheckConstraint("state IN ('applied', 'released')", name=op.f("ck_restriction_state")),
        sa.CheckConstraint(
            "release_cause IN ('ended', 'withdrawn', 'module_disabled')", name=op.f("ck_restriction_release_cause")
        ),
        sa.CheckConstraint(
            "(state = 'released') = (num_nonnulls(released_at, release_cause) = 2)",
            name=op.f("ck_restriction_whole_release"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_restriction_window")),
        sa.PrimaryKeyConstraint("restriction_id", name=op.f("pk_restriction")),
    )
    op.create_index("ix_restriction_state_ends_at", "restriction", ["state", "ends_at"])
    op.create_index("ix_restriction_requester", "restriction", ["requester"])
    op.create_table(
        "restriction_space",
        sa.Column("restriction_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["restriction_id"],
            ["restriction.restriction_id"],
            name=op.f("fk_restriction_space_restriction_id_restriction"),
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.space_id"], name=op.f("fk_restriction_space_space_id_space")),
        sa.PrimaryKeyConstraint("restriction_id", "space_id", name=op.f("pk_restriction_space")),
    )
    op.create_index("ix_restriction_space_space_id", "restriction_space", ["space_id"])
    op.create_table(
        "city_module",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("config", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_city_module")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("city_module")
    op.drop_table("restriction_space")
    op.drop_table("restriction")
