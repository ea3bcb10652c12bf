"""The life of a rate table: its steps, freezes and reverts, signs, and the audit of every step.

Kept bodies are put into the words of the new model first; none of them charges anything else than before.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0015"
branch_labels = None
depends_on = None

BODIES = sa.table(
    "rate_table",
    sa.column("rate_table_id", sa.Text()),
    sa.column("version", sa.BigInteger()),
    sa.column("body", postgresql.JSONB()),
)

STATES = "'draft', 'in_review', 'reviewed', 'noticed', 'approved', 'published', 'withdrawn'"
UNPUBLISHED = "'draft', 'in_review', 'reviewed', 'withdrawn'"

RATE_TABLE = (
    "DROP TRIGGER rate_table_is_final ON rate_table",
    "ALTER TABLE rate_table DROP CONSTRAINT ck_rate_table_state, DROP CONSTRAINT ck_rate_table_published_whole",
    """
    ALTER TABLE rate_table
        ADD COLUMN reviewed_by TEXT, ADD COLUMN reviewed_at TIMESTAMPTZ,
        ADD COLUMN noticed_on DATE, ADD COLUMN notice_reference TEXT,
        ADD COLUMN approved_at TIMESTAMPTZ, ADD COLUMN published_by TEXT
    """,
    "UPDATE rate_table SET approved_at = published_at, published_by = approved_by WHERE state = 'published'",
    f"ALTER TABLE rate_table ADD CONSTRAINT ck_rate_table_state CHECK (state IN ({STATES}))",
    """
    ALTER TABLE rate_table ADD CONSTRAINT ck_rate_table_noticed_whole
        CHECK (num_nonnulls(noticed_on, notice_reference) IN (0, 2))
    """,
    f"""
    ALTER TABLE rate_table ADD CONSTRAINT ck_rate_table_approved_whole
        CHECK (state IN ({UNPUBLISHED}, 'noticed') OR num_nonnulls(approved_by, approved_at) = 2)
    """,
    f"""
    ALTER TABLE rate_table ADD CONSTRAINT ck_rate_table_published_whole
        CHECK (state IN ({UNPUBLISHED}) OR num_nonnulls(price_document_id, effective_from) = 2)
    """,
    """
    ALTER TABLE rate_table ADD CONSTRAINT ck_rate_table_published_by_whole
        CHECK (state <> 'published' OR num_nonnulls(published_by, published_at) = 2)
    """,
    # What a version says never changes, whatever its state; its state moves along the steps only.
    """
    CREATE FUNCTION keep_rate_table() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE'
            OR (NEW.rate_table_id, NEW.version, NEW.body, NEW.price_document_id, NEW.zone_ids, NEW.prepared_by, NEW.prepared_at)
                IS DISTINCT FROM
                (OLD.rate_table_id, OLD.version, OLD.body, OLD.price_document_id, OLD.zone_ids, OLD.prepared_by, OLD.prepared_at)
            OR OLD.state = 'withdrawn'
            OR (OLD.state = 'published' AND NOT (NEW.state = 'withdrawn'
                AND (NEW.approved_by, NEW.approved_at, NEW.published_by, NEW.published_at, NEW.effective_from)
                    IS NOT DISTINCT FROM
                    (OLD.approved_by, OLD.approved_at, OLD.published_by, OLD.published_at, OLD.effective_from)))
            OR (OLD.state, NEW.state) NOT IN (
                ('draft', 'in_review'), ('in_review', 'reviewed'), ('reviewed', 'noticed'), ('noticed', 'noticed'),
                ('approved', 'noticed'), ('noticed', 'approved'), ('approved', 'published'), ('draft', 'published'),
                ('draft', 'withdrawn'), ('in_review', 'withdrawn'), ('reviewed', 'withdrawn'), ('noticed', 'withdrawn'),
                ('approved', 'withdrawn'), ('published', 'withdrawn'))
        THEN
            RAISE EXCEPTION 'a record of % never changes', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON rate_table FOR EACH ROW EXECUTE FUNCTION keep_rate_table()",
    "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON rate_table EXECUTE FUNCTION refuse_change_of_record()",
)

ASSIGNMENT = (
    "DROP TRIGGER rate_assignment_only_ends ON rate_assignment",
    "ALTER TABLE rate_assignment DROP CONSTRAINT pk_rate_assignment",
    "ALTER TABLE rate_assignment DROP CONSTRAINT ex_rate_assignment_overlap",
    # Signs on the street are not known for what was in force before this version of the platform asked for them.
    """
    ALTER TABLE rate_assignment
        ADD COLUMN assignment_id BIGINT GENERATED ALWAYS AS IDENTITY,
        ADD COLUMN await_signs BOOLEAN NOT NULL DEFAULT FALSE,
        ADD COLUMN cancelled_at TIMESTAMPTZ,
        ADD COLUMN freeze_id BIGINT,
        ADD CONSTRAINT pk_rate_assignment PRIMARY KEY (assignment_id),
        ADD CONSTRAINT ex_rate_assignment_overlap
            EXCLUDE USING gist (zone_id WITH =, kind WITH =, valid WITH &&) WHERE (cancelled_at IS NULL)
    """,
    "ALTER TABLE rate_assignment ALTER COLUMN await_signs DROP DEFAULT",
    # What was in force stays what it was: an end is set once, and lifted only where what followed was cancelled.
    """
    CREATE FUNCTION keep_rate_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (NEW.assignment_id, NEW.zone_id, NEW.kind, NEW.rate_table_id, NEW.version, NEW.await_signs)
                IS DISTINCT FROM (OLD.assignment_id, OLD.zone_id, OLD.kind, OLD.rate_table_id, OLD.version, OLD.await_signs)
            OR lower(NEW.valid) <> lower(OLD.valid)
            OR OLD.cancelled_at IS NOT NULL
            OR (NEW.valid <> OLD.valid AND NOT upper_inf(OLD.valid) AND NOT EXISTS (
                SELECT FROM rate_assignment follower
                WHERE follower.zone_id = OLD.zone_id AND follower.kind = OLD.kind
                    AND lower(follower.valid) = upper(OLD.valid) AND follower.cancelled_at IS NOT NULL))
        THEN
            RAISE EXCEPTION 'a record of % never changes', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER kept BEFORE UPDATE ON rate_assignment
    FOR EACH ROW EXECUTE FUNCTION keep_rate_assignment()
    """,
)

NEW_TABLES = (
    """
    CREATE TABLE rate_freeze (
        freeze_id BIGINT GENERATED ALWAYS AS IDENTITY,
        zone_ids JSONB,
        frozen_by TEXT NOT NULL,
        frozen_at TIMESTAMPTZ NOT NULL,
        reason TEXT NOT NULL,
        lifted_by TEXT,
        lifted_at TIMESTAMPTZ,
        CONSTRAINT pk_rate_freeze PRIMARY KEY (freeze_id),
        CONSTRAINT ck_rate_freeze_lifted_whole CHECK (num_nonnulls(lifted_by, lifted_at) IN (0, 2))
    )
    """,
    """
    ALTER TABLE rate_assignment ADD CONSTRAINT fk_rate_assignment_freeze_id_rate_freeze
        FOREIGN KEY (freeze_id) REFERENCES rate_freeze (freeze_id),
        ADD CONSTRAINT ck_rate_assignment_held CHECK (freeze_id IS NULL OR cancelled_at IS NOT NULL)
    """,
    """
    CREATE TABLE rate_revert (
        revert_id BIGINT GENERATED ALWAYS AS IDENTITY,
        rate_table_id TEXT NOT NULL,
        version BIGINT NOT NULL,
        zone_ids JSONB NOT NULL,
        reverted_by TEXT NOT NULL,
        reverted_at TIMESTAMPTZ NOT NULL,
        reason TEXT NOT NULL,
        confirmed_by TEXT,
        confirmed_at TIMESTAMPTZ,
        CONSTRAINT pk_rate_revert PRIMARY KEY (revert_id),
        CONSTRAINT ck_rate_revert_confirmed_whole CHECK (num_nonnulls(confirmed_by, confirmed_at) IN (0, 2)),
        CONSTRAINT ck_rate_revert_two_persons CHECK (confirmed_by <> reverted_by),
        CONSTRAINT fk_rate_revert_rate_table_id_version_rate_table
            FOREIGN KEY (rate_table_id, version) REFERENCES rate_table (rate_table_id, version)
    )
    """,
    """
    CREATE TABLE sign_task (
        task_id BIGINT GENERATED ALWAYS AS IDENTITY,
        assignment_id BIGINT NOT NULL,
        place_id TEXT,
        requested_at TIMESTAMPTZ NOT NULL,
        confirmed_by TEXT,
        confirmed_at TIMESTAMPTZ,
        photo_reference TEXT,
        CONSTRAINT pk_sign_task PRIMARY KEY (task_id),
        CONSTRAINT uq_sign_task_place UNIQUE NULLS NOT DISTINCT (assignment_id, place_id),
        CONSTRAINT ck_sign_task_confirmed_whole CHECK (num_nonnulls(confirmed_by, confirmed_at) IN (0, 2)),
        CONSTRAINT ck_sign_task_photo CHECK (photo_reference IS NULL OR confirmed_at IS NOT NULL),
        CONSTRAINT fk_sign_task_assignment_id_rate_assignment
            FOREIGN KEY (assignment_id) REFERENCES rate_assignment (assignment_id)
    )
    """,
    """
    CREATE TABLE rate_audit (
        audit_id BIGINT GENERATED ALWAYS AS IDENTITY,
        at TIMESTAMPTZ NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        rate_table_id TEXT,
        version BIGINT,
        reason TEXT,
        digest TEXT,
        details JSONB NOT NULL,
        CONSTRAINT pk_rate_audit PRIMARY KEY (audit_id)
    )
    """,
    "CREATE INDEX ix_rate_audit_rate_table_id_version ON rate_audit (rate_table_id, version)",
    # A confirmation is a fact of the street: given once, never taken back.
    """
    CREATE TRIGGER confirmed_once BEFORE UPDATE ON sign_task
    FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_record()
    """,
    "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON sign_task EXECUTE FUNCTION refuse_change_of_record()",
    """
    CREATE TRIGGER confirmed_once BEFORE UPDATE ON rate_revert
    FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_record()
    """,
    """
    CREATE TRIGGER lifted_once BEFORE UPDATE ON rate_freeze
    FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_record()
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rate_audit
    EXECUTE FUNCTION refuse_change_of_record()
    """,
)

LIMITS = (
    "ALTER TABLE price_limit DROP CONSTRAINT uq_price_limit_price, DROP CONSTRAINT ck_price_limit_mode",
    "ALTER TABLE price_limit DROP CONSTRAINT ck_price_limit_unit",
    """
    ALTER TABLE price_limit
        ADD COLUMN period TEXT, ADD COLUMN step BIGINT, ADD COLUMN idle BOOLEAN NOT NULL DEFAULT FALSE,
        ADD CONSTRAINT uq_price_limit_price UNIQUE NULLS NOT DISTINCT
            (price_document_id, area_class, kind, vehicle_class, mode, unit_s, period, step, idle),
        ADD CONSTRAINT ck_price_limit_mode CHECK (mode IN ('per_unit', 'per_use', 'steps', 'tiers', 'entry')),
        ADD CONSTRAINT ck_price_limit_unit CHECK (unit_s > 0 AND CASE mode
            WHEN 'per_unit' THEN num_nonnulls(unit_s, period) = 1
            WHEN 'steps' THEN unit_s IS NOT NULL AND period IS NULL
            WHEN 'tiers' THEN period IS NULL
            ELSE num_nonnulls(unit_s, period) = 0 END),
        ADD CONSTRAINT ck_price_limit_period CHECK (period IN ('hour', 'day', 'week', 'month', 'year')),
        ADD CONSTRAINT ck_price_limit_step CHECK ((step IS NOT NULL) = (mode IN ('steps', 'tiers')) AND step > 0)
    """,
    "ALTER TABLE price_limit ALTER COLUMN idle DROP DEFAULT",
)

BACK = (
    "DROP TABLE rate_audit, sign_task, rate_revert",
    "DROP TRIGGER kept ON rate_assignment",
    "DROP FUNCTION keep_rate_assignment",
    "ALTER TABLE rate_assignment DISABLE TRIGGER rate_assignment_stays",
    "DELETE FROM rate_assignment WHERE cancelled_at IS NOT NULL",
    "ALTER TABLE rate_assignment ENABLE TRIGGER rate_assignment_stays",
    """
    ALTER TABLE rate_assignment
        DROP CONSTRAINT pk_rate_assignment, DROP CONSTRAINT ex_rate_assignment_overlap,
        DROP COLUMN assignment_id, DROP COLUMN await_signs, DROP COLUMN cancelled_at, DROP COLUMN freeze_id,
        ADD CONSTRAINT pk_rate_assignment PRIMARY KEY (zone_id, kind, valid),
        ADD CONSTRAINT ex_rate_assignment_overlap EXCLUDE USING gist (zone_id WITH =, kind WITH =, valid WITH &&)
    """,
    """
    CREATE TRIGGER rate_assignment_only_ends BEFORE UPDATE ON rate_assignment
    FOR EACH ROW WHEN (
        NOT upper_inf(OLD.valid) OR lower(NEW.valid) <> lower(OLD.valid)
        OR (NEW.zone_id, NEW.kind, NEW.rate_table_id, NEW.version)
           <> (OLD.zone_id, OLD.kind, OLD.rate_table_id, OLD.version)
    ) EXECUTE FUNCTION refuse_change_of_record()
    """,
    "DROP TABLE rate_freeze",
    "DROP TRIGGER kept ON rate_table",
    "DROP TRIGGER never_emptied ON rate_table",
    "DROP FUNCTION keep_rate_table",
    "ALTER TABLE rate_table DROP CONSTRAINT ck_rate_table_state, DROP CONSTRAINT ck_rate_table_published_whole",
    "ALTER TABLE rate_table DROP CONSTRAINT ck_rate_table_noticed_whole, DROP CONSTRAINT ck_rate_table_approved_whole",
    "ALTER TABLE rate_table DROP CONSTRAINT ck_rate_table_published_by_whole",
    "UPDATE rate_table SET state = 'draft' WHERE state <> 'published'",
    """
    ALTER TABLE rate_table
        DROP COLUMN reviewed_by, DROP COLUMN reviewed_at, DROP COLUMN noticed_on, DROP COLUMN notice_reference,
        DROP COLUMN approved_at, DROP COLUMN published_by,
        ADD CONSTRAINT ck_rate_table_state CHECK (state IN ('draft', 'published')),
        ADD CONSTRAINT ck_rate_table_published_whole CHECK (
            state = 'draft' OR num_nonnulls(price_document_id, approved_by, published_at, effective_from) = 4)
    """,
    """
    CREATE TRIGGER rate_table_is_final BEFORE UPDATE OR DELETE ON rate_table
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION refuse_change_of_record()
    """,
    "ALTER TABLE price_limit DISABLE TRIGGER never_changes",
    "DELETE FROM price_limit WHERE mode NOT IN ('per_unit', 'per_use') OR period IS NOT NULL OR idle",
    "ALTER TABLE price_limit ENABLE TRIGGER never_changes",
    """
    ALTER TABLE price_limit
        DROP CONSTRAINT uq_price_limit_price, DROP CONSTRAINT ck_price_limit_mode, DROP CONSTRAINT ck_price_limit_unit,
        DROP CONSTRAINT ck_price_limit_period, DROP CONSTRAINT ck_price_limit_step,
        DROP COLUMN period, DROP COLUMN step, DROP COLUMN idle,
        ADD CONSTRAINT uq_price_limit_price UNIQUE NULLS NOT DISTINCT
            (price_document_id, area_class, kind, vehicle_class, mode, unit_s),
        ADD CONSTRAINT ck_price_limit_mode CHECK (mode IN ('per_unit', 'per_use')),
        ADD CONSTRAINT ck_price_limit_unit CHECK ((mode = 'per_unit') = (unit_s IS NOT NULL) AND unit_s > 0)
    """,
)


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(RATE_TABLE[0])
    _rewrite_bodies()
    for statement in (*RATE_TABLE[1:], *ASSIGNMENT, *NEW_TABLES, *LIMITS):
        op.execute(statement)


def downgrade() -> None:
    """Take back the tables; bodies stay in the words of the new model, which the old code does not read."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in BACK:
        op.execute(statement)


def _rewrite_bodies() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(BODIES)).all():
        if "lines" in row.body:
            connection.execute(
                sa.update(BODIES)
                .where(BODIES.c.rate_table_id == row.rate_table_id, BODIES.c.version == row.version)
                .values(body=_rewritten(row.body))
            )


def _rewritten(old: dict[str, Any]) -> dict[str, Any]:
    kept = {key: old[key] for key in ("rate_table_id", "version", "title", "title_en", "currency", "timezone")}
    return kept | {
        "calendar": "CN",
        "price_moment": "entry",
        "legal": old["legal"] | {"tick": 1, "notice_working_days": 0},
        "collections": list(_collections(old)),
        "quotas": [] if old.get("energy_quota") is None else [_quota(old["energy_quota"])],
    }


def _collections(old: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One for each area class, kind and vehicle: lines of one vehicle may have held for different kinds."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for line in old["lines"]:
        for kind in sorted(line["kinds"]):
            own = {key: line[key] for key in ("rule_id", "start", "end", "mode", "unit_price", "unit_s")}
            groups.setdefault((line["area_class"], kind, line["vehicle_class"]), []).append(own)
    for (area_class, kind, vehicle), lines in groups.items():
        yield {
            "collection_id": f"{kind}-{area_class}-{vehicle}",
            "eligibility": {
                "area_classes": [area_class],
                "kinds": [kind],
                "vehicles": [{"vehicle_class": vehicle, "percent": 100}],
            },
            "lines": lines,
            "free": old.get("free"),
        }


def _quota(old: dict[str, Any]) -> dict[str, Any]:
    return {
        "quota_id": "nev",
        "seconds": old["seconds_a_day"],
        "window": "local_day",
        "window_s": None,
        "energies": ["nev"],
        "place": "everywhere",
        "stacks_on_free": old["stacks_on_free"],
        "short_stays_use_nothing": True,
    }
