"""Objections, waivers, corrections, invoices and arrears; and the retention of movement detail."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = (
    """
        CREATE TABLE appeal (
            appeal_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            reason TEXT NOT NULL,
            words TEXT,
            filed_by TEXT NOT NULL,
            filed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            outcome TEXT,
            decided_by TEXT,
            decided_at TIMESTAMP WITH TIME ZONE,
            why TEXT,
            CONSTRAINT pk_appeal PRIMARY KEY (appeal_id),
            CONSTRAINT ck_appeal_outcome CHECK (outcome IN ('upheld', 'rejected')),
            CONSTRAINT ck_appeal_decided CHECK ((outcome IS NULL) = (decided_at IS NULL)),
            CONSTRAINT fk_appeal_session_id_session FOREIGN KEY(session_id) REFERENCES session (session_id)
        )
    """,
    "CREATE UNIQUE INDEX ux_appeal_open ON appeal (session_id) WHERE outcome IS NULL",
    "CREATE INDEX ix_appeal_session_id ON appeal (session_id)",
    """
        CREATE TABLE waiver (
            waiver_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL,
            reason TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            outcome TEXT,
            decided_by TEXT,
            decided_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT pk_waiver PRIMARY KEY (waiver_id),
            CONSTRAINT ck_waiver_kind CHECK (kind IN ('waived', 'written_off')),
            CONSTRAINT ck_waiver_amount CHECK (amount > 0),
            CONSTRAINT ck_waiver_outcome CHECK (outcome IN ('approved', 'rejected')),
            CONSTRAINT ck_waiver_decided CHECK ((outcome IS NULL) = (decided_at IS NULL)),
            CONSTRAINT ck_waiver_two_persons CHECK (decided_by <> proposed_by),
            CONSTRAINT fk_waiver_session_id_bill FOREIGN KEY(session_id) REFERENCES bill (session_id)
        )
    """,
    "CREATE INDEX ix_waiver_session_id ON waiver (session_id)",
    """
        CREATE TABLE bill_adjustment (
            adjustment_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            amount BIGINT NOT NULL,
            adjusted_by TEXT NOT NULL,
            adjusted_at TIMESTAMP WITH TIME ZONE NOT NULL,
            booked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_bill_adjustment PRIMARY KEY (adjustment_id),
            CONSTRAINT ck_bill_adjustment_kind CHECK (kind IN ('waived', 'written_off', 'reopened')),
            CONSTRAINT ck_bill_adjustment_amount CHECK (amount > 0),
            CONSTRAINT fk_bill_adjustment_session_id_bill FOREIGN KEY(session_id) REFERENCES bill (session_id)
        )
    """,
    "CREATE INDEX ix_bill_adjustment_session_id ON bill_adjustment (session_id)",
    """
        CREATE TABLE invoice (
            invoice_id TEXT NOT NULL,
            payment_id TEXT NOT NULL,
            district_id TEXT NOT NULL,
            payee TEXT NOT NULL,
            amount BIGINT NOT NULL,
            tax BIGINT,
            currency TEXT NOT NULL,
            buyer_name TEXT NOT NULL,
            buyer_tax_number TEXT,
            state TEXT NOT NULL,
            number TEXT,
            red_number TEXT,
            requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
            changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT pk_invoice PRIMARY KEY (invoice_id),
            CONSTRAINT ck_invoice_state CHECK (state IN ('requested', 'issued', 'withdrawn', 'reversed')),
            CONSTRAINT ck_invoice_number CHECK ((number IS NOT NULL) = (state IN ('issued', 'reversed'))),
            CONSTRAINT ck_invoice_red_number CHECK ((red_number IS NOT NULL) = (state = 'reversed')),
            CONSTRAINT fk_invoice_payment_id_payment FOREIGN KEY(payment_id) REFERENCES payment (payment_id)
        )
    """,
    "CREATE UNIQUE INDEX ux_invoice_standing ON invoice (payment_id) WHERE state IN ('requested', 'issued')",
    """
        CREATE TABLE arrears (
            session_id TEXT NOT NULL,
            stage TEXT NOT NULL,
            reminders BIGINT NOT NULL,
            reminded_at TIMESTAMP WITH TIME ZONE,
            moved_by TEXT,
            moved_at TIMESTAMP WITH TIME ZONE,
            reason TEXT,
            CONSTRAINT pk_arrears PRIMARY KEY (session_id),
            CONSTRAINT ck_arrears_stage CHECK (stage IN ('reminding', 'noticed', 'legal')),
            CONSTRAINT ck_arrears_reminders CHECK (reminders >= 0),
            CONSTRAINT fk_arrears_session_id_bill FOREIGN KEY(session_id) REFERENCES bill (session_id)
        )
    """,
    "CREATE INDEX ix_arrears_stage ON arrears (stage)",
    "CREATE INDEX ix_session_remembered ON session (ended_at) WHERE state = 'ended' AND space_id <> 'erased'",
    "CREATE INDEX ix_bill_attributed ON bill (issued_at) WHERE is_attributed AND amount > 0",
)
KINDS = "'fee_issued', 'payment', 'refund', 'drawer_closed'"
# The amount and whose it is never change; that the detail of a movement is forgotten is the only change there is.
FORGET = """
    CREATE FUNCTION keep_fee() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (to_jsonb(NEW) - 'space_id' - 'lines') <> (to_jsonb(OLD) - 'space_id' - 'lines')
            OR NEW.space_id <> 'erased' OR NEW.lines <> '[]'::jsonb THEN
            RAISE EXCEPTION 'a fee never changes' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bill_adjustment"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    _set_kinds(f"{KINDS}, 'waived', 'written_off', 'reopened'")
    op.execute("DROP TRIGGER fee_is_final ON fee")
    op.execute(
        "CREATE TRIGGER fee_is_final BEFORE DELETE ON fee FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record()"
    )
    op.execute(FORGET)
    op.execute("CREATE TRIGGER fee_is_kept BEFORE UPDATE ON fee FOR EACH ROW EXECUTE FUNCTION keep_fee()")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_bill_attributed")
    op.drop_index("ix_session_remembered")
    op.execute("DROP TRIGGER fee_is_kept ON fee")
    op.execute("DROP FUNCTION keep_fee()")
    op.execute("DROP TRIGGER fee_is_final ON fee")
    op.execute(
        "CREATE TRIGGER fee_is_final BEFORE UPDATE OR DELETE ON fee"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record()"
    )
    _set_kinds(KINDS)
    for table in ("arrears", "invoice", "bill_adjustment", "waiver", "appeal"):
        op.drop_table(table)


def _set_kinds(kinds: str) -> None:
    op.execute("ALTER TABLE journal_entry DROP CONSTRAINT ck_journal_entry_kind")
    op.execute(f"ALTER TABLE journal_entry ADD CONSTRAINT ck_journal_entry_kind CHECK (kind IN ({kinds}))")
