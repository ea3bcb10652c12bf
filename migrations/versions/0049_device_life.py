"""Under what a device speaks, its purchase, its life and its sealed keys; the plan and progress of the retrofit.

Revision 0049: devices that are registered already count as accepted, and a space whose device has spoken since it was bound
counts as retrofitted from that word on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_IN_USE = sa.text("removed_at IS NULL")
_STAGES = "stage IN ('registered', 'installed', 'testing', 'accepted', 'replaced', 'removed')"
_FACTS = ("wire_id", "supplier", "batch", "serial")
_ALREADY = """
    INSERT INTO retrofit_span (space_id, valid, device_id)
    SELECT DISTINCT ON (b.space_id) b.space_id, tstzrange(h.at, NULL), b.device_id
    FROM device_binding b
    JOIN device d ON d.device_id = b.device_id AND d.removed_at IS NULL
    JOIN space s ON s.space_id = b.space_id AND s.removed_at IS NULL
    CROSS JOIN LATERAL (
        SELECT c.at FROM space_state_change c
        WHERE c.space_id = b.space_id AND c.device_id = b.device_id AND c.at >= lower(b.valid)
        ORDER BY c.at LIMIT 1
    ) h
    WHERE upper_inf(b.valid)
    ORDER BY b.space_id, h.at
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in _FACTS:
        op.add_column("device", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("device", sa.Column("installed_at", _INSTANT, nullable=True))
    op.add_column("device", sa.Column("stage", sa.Text(), server_default="accepted", nullable=False))
    op.execute("UPDATE device SET stage = 'removed' WHERE removed_at IS NOT NULL")
    op.create_check_constraint(op.f("ck_device_stage"), "device", _STAGES)
    op.create_index("ux_device_wire_id", "device", ["wire_id"], unique=True, postgresql_where=_IN_USE)
    _create_steps()
    _create_secrets()
    _create_retrofit()
    op.execute(_ALREADY)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("retrofit_span", "retrofit_plan", "device_secret_look", "device_secret", "device_step"):
        op.drop_table(table)
    op.drop_index("ux_device_wire_id", "device")
    for name in (*_FACTS, "installed_at", "stage"):
        op.drop_column("device", name)


def _create_steps() -> None:
    op.create_table(
        "device_step",
        sa.Column("step_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.device_id"], name=op.f("fk_device_step_device_id_device")),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_device_step")),
    )
    op.create_index("ix_device_step_device_id", "device_step", ["device_id", "step_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON device_step"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_secrets() -> None:
    op.create_table(
        "device_secret",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.device_id"], name=op.f("fk_device_secret_device_id_device")),
        sa.PrimaryKeyConstraint("device_id", "name", name=op.f("pk_device_secret")),
    )
    op.create_table(
        "device_secret_look",
        sa.Column("look_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("look_id", name=op.f("pk_device_secret_look")),
    )
    op.create_index("ix_device_secret_look_device_id", "device_secret_look", ["device_id"])


def _create_retrofit() -> None:
    op.create_table(
        "retrofit_plan",
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("spaces", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", _INSTANT, nullable=False),
        sa.CheckConstraint("spaces >= 0", name=op.f("ck_retrofit_plan_spaces")),
        sa.CheckConstraint("extract(isodow FROM week) = 1", name=op.f("ck_retrofit_plan_monday")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.district_id"], name=op.f("fk_retrofit_plan_district_id_district")
        ),
        sa.PrimaryKeyConstraint("district_id", "week", name=op.f("pk_retrofit_plan")),
    )
    op.create_table(
        "retrofit_span",
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("space_id"), "="), (sa.column("valid"), "&&"), using="gist", name="ex_retrofit_span_overlap"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.space_id"], name=op.f("fk_retrofit_span_space_id_space")),
        sa.PrimaryKeyConstraint("space_id", "valid", name=op.f("pk_retrofit_span")),
    )
    op.create_index(
        "ix_retrofit_span_open",
        "retrofit_span",
        ["space_id"],
        unique=True,
        postgresql_where=sa.text("upper_inf(valid)"),
    )
