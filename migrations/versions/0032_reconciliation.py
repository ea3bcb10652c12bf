"""Tables of reconciliation: terms of concessions, daily batches, statements of providers, differences."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TABLES = (
    """
        CREATE TABLE concession_terms (
            concession_id TEXT NOT NULL,
            valid DATERANGE NOT NULL,
            fee_share BIGINT NOT NULL,
            online_threshold BIGINT NOT NULL,
            deduction BIGINT NOT NULL,
            currency TEXT NOT NULL,
            time_zone TEXT NOT NULL,
            set_by TEXT NOT NULL,
            set_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_concession_terms PRIMARY KEY (concession_id, valid),
            CONSTRAINT ex_concession_terms_overlap EXCLUDE USING gist (concession_id WITH =, valid WITH &&),
            CONSTRAINT ck_concession_terms_fee_share CHECK (fee_share BETWEEN 0 AND 10000),
            CONSTRAINT ck_concession_terms_online_threshold CHECK (online_threshold BETWEEN 0 AND 10000),
            CONSTRAINT ck_concession_terms_deduction CHECK (deduction >= 0),
            CONSTRAINT fk_concession_terms_concession_id_concession FOREIGN KEY(concession_id) REFERENCES concession (concession_id)
        )
    """,
    """
        CREATE TABLE excused_outage (
            outage_id TEXT NOT NULL,
            concession_id TEXT,
            during TSTZRANGE NOT NULL,
            reason TEXT NOT NULL,
            excused_by TEXT NOT NULL,
            excused_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_excused_outage PRIMARY KEY (outage_id),
            CONSTRAINT fk_excused_outage_concession_id_concession FOREIGN KEY(concession_id) REFERENCES concession (concession_id)
        )
    """,
    """
        CREATE TABLE operator_staff (
            actor TEXT NOT NULL,
            operator_id TEXT NOT NULL,
            CONSTRAINT pk_operator_staff PRIMARY KEY (actor),
            CONSTRAINT fk_operator_staff_operator_id_operator FOREIGN KEY(operator_id) REFERENCES operator (operator_id)
        )
    """,
    """
        CREATE TABLE settlement_batch (
            concession_id TEXT NOT NULL,
            day DATE NOT NULL,
            currency TEXT NOT NULL,
            payments BIGINT NOT NULL,
            gross BIGINT NOT NULL,
            refunds BIGINT NOT NULL,
            refunded BIGINT NOT NULL,
            exact BIGINT NOT NULL,
            fee BIGINT NOT NULL,
            deduction BIGINT NOT NULL,
            devices BIGINT,
            counted_s BIGINT,
            online_s BIGINT,
            carried_in BIGINT NOT NULL,
            payable BIGINT NOT NULL,
            carried_out BIGINT NOT NULL,
            made_by TEXT NOT NULL,
            made_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT pk_settlement_batch PRIMARY KEY (concession_id, day),
            CONSTRAINT ck_settlement_batch_carry CHECK (payable >= 0 AND carried_out <= 0),
            CONSTRAINT ck_settlement_batch_adds_up CHECK (carried_in + fee - deduction = payable + carried_out),
            CONSTRAINT fk_settlement_batch_concession_id_concession FOREIGN KEY(concession_id) REFERENCES concession (concession_id)
        )
    """,
    """
        CREATE TABLE settled_movement (
            movement_id TEXT NOT NULL,
            concession_id TEXT NOT NULL,
            day DATE NOT NULL,
            CONSTRAINT pk_settled_movement PRIMARY KEY (movement_id)
        )
    """,
    """
        CREATE INDEX ix_settled_movement_batch ON settled_movement (concession_id, day)
    """,
    """
        CREATE TABLE provider_row (
            provider TEXT NOT NULL,
            kind TEXT NOT NULL,
            row_id TEXT NOT NULL,
            day DATE NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL,
            CONSTRAINT pk_provider_row PRIMARY KEY (provider, kind, row_id),
            CONSTRAINT ck_provider_row_kind CHECK (kind IN ('payment', 'refund')),
            CONSTRAINT ck_provider_row_amount CHECK (amount > 0)
        )
    """,
    """
        CREATE INDEX ix_provider_row_provider_day ON provider_row (provider, day)
    """,
    """
        CREATE TABLE difference (
            difference_id BIGINT GENERATED ALWAYS AS IDENTITY,
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            district_id TEXT,
            operator_id TEXT,
            expected BIGINT,
            found BIGINT,
            currency TEXT NOT NULL,
            occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
            found_at TIMESTAMP WITH TIME ZONE NOT NULL,
            assigned_to TEXT,
            state TEXT NOT NULL,
            closed_at TIMESTAMP WITH TIME ZONE,
            closed_by TEXT,
            reason TEXT,
            CONSTRAINT pk_difference PRIMARY KEY (difference_id),
            CONSTRAINT uq_difference_reference UNIQUE (kind, reference),
            CONSTRAINT ck_difference_state CHECK (state IN ('open', 'closed')),
            CONSTRAINT ck_difference_closed_with_reason CHECK (num_nonnulls(closed_at, closed_by, reason) = CASE state WHEN 'closed' THEN 3 ELSE 0 END)
        )
    """,
    """
        CREATE INDEX ix_difference_state_occurred_at ON difference (state, occurred_at)
    """,
)
APPEND_ONLY = ("settlement_batch", "settled_movement", "provider_row")


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in (
        "difference",
        "provider_row",
        "settled_movement",
        "settlement_batch",
        "operator_staff",
        "excused_outage",
        "concession_terms",
    ):
        op.execute(f"DROP TABLE {table}")
