"""The first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Exclusion constraints over text and ranges need the text operators of btree_gist.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(sa.schema.CreateSequence(sa.Sequence("zone_revision")))
    op.create_table(
        "device",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("heartbeat_s", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("heartbeat_s > 0", name=op.f("ck_device_heartbeat_s")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device")),
    )
    op.create_table(
        "district",
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("admin_code", sa.Text(), nullable=True),
        sa.Column("geometry", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_district")),
    )
    op.create_table(
        "history_position",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("shard", name=op.f("pk_history_position")),
    )
    op.create_table(
        "observation",
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("battery_v", sa.Double(), nullable=True),
        sa.Column("battery_pct", sa.Double(), nullable=True),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("received_at", "shard", "entry_id", "item", name=op.f("pk_observation")),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_table(
        "operator",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_operator")),
    )
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_written_at", "outbox", ["written_at"], unique=False)
    op.create_table(
        "price_document",
        sa.Column("price_document_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "form IN ('government_set', 'government_guided', 'market')", name=op.f("ck_price_document_form")
        ),
        sa.PrimaryKeyConstraint("price_document_id", name=op.f("pk_price_document")),
    )
    op.create_table(
        "space_state_change",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("previous_status", sa.Text(), nullable=False),
        sa.Column("belief", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("at", "space_id", "change_id", name=op.f("pk_space_state_change")),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=True),
        sa.Column("device_ids", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('sensor', 'terminal', 'operator', 'enforcement', 'integrator')", name=op.f("ck_api_key_role")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.district_id"], name=op.f("fk_api_key_district_id_district")
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "concession",
        sa.Column("concession_id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.operator_id"], name=op.f("fk_concession_operator_id_operator")
        ),
        sa.PrimaryKeyConstraint("concession_id", name=op.f("pk_concession")),
    )
    op.create_table(
        "zone",
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("area_class", sa.Text(), nullable=False),
        sa.Column("price_document_id", sa.Text(), nullable=True),
        sa.Column("geometry", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("nextval('zone_revision')"), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("area_class IN ('I', 'II', 'III')", name=op.f("ck_zone_area_class")),
        sa.ForeignKeyConstraint(["district_id"], ["district.district_id"], name=op.f("fk_zone_district_id_district")),
        sa.ForeignKeyConstraint(
            ["price_document_id"],
            ["price_document.price_document_id"],
            name=op.f("fk_zone_price_document_id_price_document"),
        ),
        sa.PrimaryKeyConstraint("zone_id", name=op.f("pk_zone")),
    )
    op.create_index(op.f("ix_zone_district_id"), "zone", ["district_id"], unique=False)
    op.create_table(
        "concession_zone",
        sa.Column("concession_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["concession_id"], ["concession.concession_id"], name=op.f("fk_concession_zone_concession_id_concession")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.zone_id"], name=op.f("fk_concession_zone_zone_id_zone")),
        sa.PrimaryKeyConstraint("concession_id", "zone_id", name=op.f("pk_concession_zone")),
    )
    op.create_table(
        "facility",
        sa.Column("facility_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("levels", sa.BigInteger(), nullable=False),
        sa.Column("mechanical", sa.Boolean(), nullable=False),
        sa.Column("geometry", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("kind IN ('lot', 'garage')", name=op.f("ck_facility_kind")),
        sa.CheckConstraint("levels >= 1", name=op.f("ck_facility_levels")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.zone_id"], name=op.f("fk_facility_zone_id_zone")),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facility")),
    )
    op.create_index(op.f("ix_facility_zone_id"), "facility", ["zone_id"], unique=False)
    op.create_table(
        "segment",
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("geometry", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.zone_id"], name=op.f("fk_segment_zone_id_zone")),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_segment")),
    )
    op.create_index(op.f("ix_segment_zone_id"), "segment", ["zone_id"], unique=False)
    op.create_table(
        "space",
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=True),
        sa.Column("facility_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("geometry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.Column("approval_document", sa.Text(), nullable=True),
        sa.Column("approval_authority", sa.Text(), nullable=True),
        sa.Column("approval_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approval_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("modified_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('kerb', 'lot', 'garage')", name=op.f("ck_space_kind")),
        sa.CheckConstraint("\"use\" IN ('ordinary', 'accessible', 'charging', 'loading')", name=op.f("ck_space_use")),
        sa.CheckConstraint(
            "num_nonnulls(approval_document, approval_authority, approval_from) IN (0, 3)",
            name=op.f("ck_space_whole_approval"),
        ),
        sa.CheckConstraint("num_nonnulls(segment_id, facility_id) <= 1", name=op.f("ck_space_one_parent")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.facility_id"], name=op.f("fk_space_facility_id_facility")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.segment_id"], name=op.f("fk_space_segment_id_segment")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.zone_id"], name=op.f("fk_space_zone_id_zone")),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_space")),
    )
    op.create_index(op.f("ix_space_zone_id"), "space", ["zone_id"], unique=False)
    op.create_table(
        "device_binding",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("space_id", sa.Text(), nullable=False),
        sa.Column("valid", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("device_id"), "="), (sa.column("valid"), "&&"), using="gist", name="ex_device_binding_overlap"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.space_id"], name=op.f("fk_device_binding_space_id_space")),
        sa.PrimaryKeyConstraint("device_id", "space_id", "valid", name=op.f("pk_device_binding")),
    )
    op.create_index("ix_device_binding_space", "device_binding", ["space_id"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_device_binding_space", table_name="device_binding")
    op.drop_table("device_binding")
    op.drop_index(op.f("ix_space_zone_id"), table_name="space")
    op.drop_table("space")
    op.drop_index(op.f("ix_segment_zone_id"), table_name="segment")
    op.drop_table("segment")
    op.drop_index(op.f("ix_facility_zone_id"), table_name="facility")
    op.drop_table("facility")
    op.drop_table("concession_zone")
    op.drop_index(op.f("ix_zone_district_id"), table_name="zone")
    op.drop_table("zone")
    op.drop_table("concession")
    op.drop_table("api_key")
    op.drop_table("space_state_change")
    op.drop_table("price_document")
    op.drop_index("ix_outbox_written_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("operator")
    op.drop_table("observation")
    op.drop_table("history_position")
    op.drop_table("district")
    op.drop_table("device")
    op.execute(sa.schema.DropSequence(sa.Sequence("zone_revision")))
