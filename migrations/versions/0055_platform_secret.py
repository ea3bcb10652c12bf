"""What a platform signs with that cannot send a key, sealed beside the key with which it speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("api_key", sa.Column("platform_seal", sa.Text(), nullable=True))
    op.add_column("api_key", sa.Column("platform_secret", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_api_key_platform_secret"), "api_key", "(platform_seal IS NULL) = (platform_secret IS NULL)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_api_key_platform_secret"), "api_key")
    op.drop_column("api_key", "platform_secret")
    op.drop_column("api_key", "platform_seal")
