"""Tables of price limits, proposals, hourly occupancy and facility counts"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    """
        CREATE TABLE price_limit (
            price_limit_id BIGINT GENERATED ALWAYS AS IDENTITY,
            price_document_id TEXT NOT NULL,
            area_class TEXT NOT NULL,
            kind TEXT NOT NULL,
            vehicle_class TEXT NOT NULL,
            mode TEXT NOT NULL,
            unit_s BIGINT,
            lowest BIGINT NOT NULL,
            highest BIGINT NOT NULL,
            tick BIGINT NOT NULL,
            written_by TEXT NOT NULL,
            written_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT pk_price_limit PRIMARY KEY (price_limit_id),
            CONSTRAINT uq_price_limit_price UNIQUE NULLS NOT DISTINCT (price_document_id, area_class, kind, vehicle_class, mode, unit_s),
            CONSTRAINT ck_price_limit_area_class CHECK (area_class IN ('I', 'II', 'III')),
            CONSTRAINT ck_price_limit_kind CHECK (kind IN ('kerb', 'lot', 'garage')),
            CONSTRAINT ck_price_limit_mode CHECK (mode IN ('per_unit', 'per_use')),
            CONSTRAINT ck_price_limit_unit CHECK ((mode = 'per_unit') = (unit_s IS NOT NULL) AND unit_s > 0),
            CONSTRAINT ck_price_limit_range CHECK (lowest BETWEEN 0 AND highest AND tick > 0),
            CONSTRAINT fk_price_limit_price_document_id_price_document FOREIGN KEY(price_document_id) REFERENCES price_document (price_document_id)
        )
    """,
    """
        CREATE TABLE tariff_proposal (
            proposal_id TEXT NOT NULL,
            state TEXT NOT NULL,
            method TEXT NOT NULL,
            period_start TIMESTAMP WITH TIME ZONE NOT NULL,
            period_end TIMESTAMP WITH TIME ZONE NOT NULL,
            policy JSONB NOT NULL,
            skipped JSONB NOT NULL,
            proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            prepared_by TEXT,
            approved_by TEXT,
            approved_at TIMESTAMP WITH TIME ZONE,
            effective_from TIMESTAMP WITH TIME ZONE,
            published_by TEXT,
            published_at TIMESTAMP WITH TIME ZONE,
            published_versions JSONB,
            rejected_by TEXT,
            rejected_at TIMESTAMP WITH TIME ZONE,
            rejected_because TEXT,
            CONSTRAINT pk_tariff_proposal PRIMARY KEY (proposal_id),
            CONSTRAINT ck_tariff_proposal_state CHECK (state IN ('proposed', 'approved', 'rejected', 'published')),
            CONSTRAINT ck_tariff_proposal_two_persons CHECK (approved_by <> prepared_by),
            CONSTRAINT ck_tariff_proposal_approved_whole CHECK (state IN ('proposed', 'rejected') OR num_nonnulls(prepared_by, approved_by, approved_at, effective_from) = 4),
            CONSTRAINT ck_tariff_proposal_published_whole CHECK (state <> 'published' OR num_nonnulls(published_by, published_at) = 2),
            CONSTRAINT ck_tariff_proposal_rejected_whole CHECK (state <> 'rejected' OR num_nonnulls(rejected_by, rejected_at) = 2),
            CONSTRAINT ck_tariff_proposal_period CHECK (period_start < period_end)
        )
    """,
    "CREATE INDEX ix_tariff_proposal_proposed_at ON tariff_proposal (proposed_at)",
    """
        CREATE TABLE tariff_proposal_cell (
            proposal_id TEXT NOT NULL,
            zone_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            day_type TEXT NOT NULL,
            band TEXT NOT NULL,
            rate_table_id TEXT NOT NULL,
            version BIGINT NOT NULL,
            rule_id TEXT NOT NULL,
            unit_s BIGINT NOT NULL,
            price_document_id TEXT NOT NULL,
            price_now BIGINT NOT NULL,
            price_proposed BIGINT NOT NULL,
            rule_price BIGINT NOT NULL,
            occupancy DOUBLE PRECISION NOT NULL,
            full_share DOUBLE PRECISION NOT NULL,
            hours DOUBLE PRECISION NOT NULL,
            spaces BIGINT NOT NULL,
            expected_occupancy DOUBLE PRECISION NOT NULL,
            expected_low DOUBLE PRECISION NOT NULL,
            expected_high DOUBLE PRECISION NOT NULL,
            binding JSONB NOT NULL,
            reason TEXT NOT NULL,
            CONSTRAINT pk_tariff_proposal_cell PRIMARY KEY (proposal_id, zone_id, kind, day_type, band),
            CONSTRAINT fk_tariff_proposal_cell_proposal_id_tariff_proposal FOREIGN KEY(proposal_id) REFERENCES tariff_proposal (proposal_id),
            CONSTRAINT fk_tariff_proposal_cell_zone_id_zone FOREIGN KEY(zone_id) REFERENCES zone (zone_id),
            CONSTRAINT fk_tariff_proposal_cell_price_document_id_price_document FOREIGN KEY(price_document_id) REFERENCES price_document (price_document_id)
        )
    """,
    "CREATE INDEX ix_tariff_proposal_cell_zone_id ON tariff_proposal_cell (zone_id)",
    """
        CREATE TABLE occupancy_hour (
            zone_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            hour TIMESTAMP WITH TIME ZONE NOT NULL,
            spaces BIGINT NOT NULL,
            known_s BIGINT NOT NULL,
            occupied_s BIGINT NOT NULL,
            full_s BIGINT NOT NULL,
            stays BIGINT NOT NULL,
            CONSTRAINT pk_occupancy_hour PRIMARY KEY (zone_id, kind, hour),
            CONSTRAINT ck_occupancy_hour_kind CHECK (kind IN ('kerb', 'lot', 'garage')),
            CONSTRAINT ck_occupancy_hour_known CHECK (spaces > 0 AND known_s > 0 AND known_s <= spaces * 3600),
            CONSTRAINT ck_occupancy_hour_shares CHECK (occupied_s BETWEEN 0 AND known_s AND full_s BETWEEN 0 AND 3600),
            CONSTRAINT ck_occupancy_hour_whole_hour CHECK (hour = date_trunc('hour', hour, 'UTC'))
        )
    """,
    "CREATE INDEX ix_occupancy_hour_hour ON occupancy_hour (hour)",
    """
        CREATE TABLE facility_count (
            facility_id TEXT NOT NULL,
            observed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            capacity BIGINT NOT NULL,
            occupied BIGINT NOT NULL,
            CONSTRAINT pk_facility_count PRIMARY KEY (facility_id, observed_at),
            CONSTRAINT ck_facility_count_occupied CHECK (capacity > 0 AND occupied BETWEEN 0 AND capacity)
        )
    """,
)
FUNCTIONS = (
    # What a document allows, and what a proposal says, stays what it was.
    """
    CREATE FUNCTION refuse_change_of_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a row of % never changes', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    # Of a proposal only its decision moves, and a decision only forward.
    """
    CREATE FUNCTION keep_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state IN ('rejected', 'published')
            OR (OLD.state = 'approved' AND NEW.state NOT IN ('published', 'rejected'))
            OR (OLD.prepared_by IS NOT NULL AND NEW.prepared_by IS DISTINCT FROM OLD.prepared_by)
            OR (OLD.approved_by IS NOT NULL AND (NEW.approved_by, NEW.approved_at, NEW.effective_from)
                IS DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.effective_from))
            OR (NEW.state = 'published' AND OLD.state <> 'approved')
            OR (NEW.proposal_id, NEW.method, NEW.period_start, NEW.period_end, NEW.policy, NEW.skipped, NEW.proposed_at)
                IS DISTINCT FROM
                (OLD.proposal_id, OLD.method, OLD.period_start, OLD.period_end, OLD.policy, OLD.skipped, OLD.proposed_at)
        THEN
            RAISE EXCEPTION 'a decision about a proposal is not taken back' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
)
TRIGGERS = (
    (
        "CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON price_limit"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_proposal()"
    ),
    (
        "CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON tariff_proposal_cell"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_proposal()"
    ),
    (
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON tariff_proposal"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_proposal()"
    ),
    "CREATE TRIGGER kept BEFORE UPDATE ON tariff_proposal FOR EACH ROW EXECUTE FUNCTION keep_proposal()",
)


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *FUNCTIONS, *TRIGGERS):
        op.execute(statement)
    # What a space was at an instant is asked of its last change before it.
    op.create_index("ix_space_state_change_space_id_at", "space_state_change", ["space_id", "at"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_space_state_change_space_id_at", table_name="space_state_change")
    for table in ("facility_count", "occupancy_hour", "tariff_proposal_cell", "tariff_proposal", "price_limit"):
        op.drop_table(table)
    for function in ("keep_proposal", "refuse_change_of_proposal"):
        op.execute(f"DROP FUNCTION {function}()")
