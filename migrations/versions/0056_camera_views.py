"""The outlines of plain cameras' bays, and what is remembered of the picture on which they were drawn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "camera_view",
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("outlines", postgresql.JSONB(), nullable=False),
        sa.Column("sight", sa.LargeBinary(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["camera.camera_id"], name=op.f("fk_camera_view_camera_id_camera"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("camera_id", name=op.f("pk_camera_view")),
    )


def downgrade() -> None:
    op.drop_table("camera_view")
