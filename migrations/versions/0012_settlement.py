"""Tables of settlement."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    """
        CREATE TABLE idempotency (
            scope TEXT NOT NULL,
            key TEXT NOT NULL,
            body_hash BYTEA NOT NULL,
            status BIGINT,
            answer BYTEA,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_idempotency PRIMARY KEY (scope, key)
        )
    """,
    """
        CREATE INDEX ix_idempotency_created_at ON idempotency (created_at)
    """,
    """
        CREATE TABLE ledger_account (
            account_id TEXT NOT NULL,
            opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_ledger_account PRIMARY KEY (account_id)
        )
    """,
    """
        CREATE TABLE journal_entry (
            entry_id BIGINT GENERATED ALWAYS AS IDENTITY,
            kind TEXT NOT NULL,
            reference TEXT NOT NULL,
            session_id TEXT,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            booked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_journal_entry PRIMARY KEY (entry_id),
            CONSTRAINT uq_journal_entry_reference UNIQUE (kind, reference),
            CONSTRAINT ck_journal_entry_kind CHECK (kind IN ('fee_issued', 'payment', 'refund', 'drawer_closed'))
        )
    """,
    """
        CREATE INDEX ix_journal_entry_session_id ON journal_entry (session_id)
    """,
    """
        CREATE TABLE posting (
            entry_id BIGINT NOT NULL,
            line BIGINT NOT NULL,
            account_id TEXT NOT NULL,
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL,
            CONSTRAINT pk_posting PRIMARY KEY (entry_id, line),
            CONSTRAINT ck_posting_amount CHECK (amount <> 0),
            CONSTRAINT fk_posting_entry_id_journal_entry FOREIGN KEY(entry_id) REFERENCES journal_entry (entry_id),
            CONSTRAINT fk_posting_account_id_ledger_account FOREIGN KEY(account_id) REFERENCES ledger_account (account_id)
        )
    """,
    """
        CREATE INDEX ix_posting_account_id ON posting (account_id)
    """,
    """
        CREATE TABLE bill (
            session_id TEXT NOT NULL,
            zone_id TEXT NOT NULL,
            district_id TEXT NOT NULL,
            payee TEXT NOT NULL,
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL,
            is_attributed BOOLEAN NOT NULL,
            issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT pk_bill PRIMARY KEY (session_id),
            CONSTRAINT ck_bill_amount CHECK (amount >= 0)
        )
    """,
    """
        CREATE INDEX ix_bill_unattributed ON bill (issued_at) WHERE NOT is_attributed
    """,
    """
        CREATE TABLE payment (
            payment_id TEXT NOT NULL,
            receipt_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            amount BIGINT NOT NULL,
            applied BIGINT NOT NULL,
            currency TEXT NOT NULL,
            method TEXT NOT NULL,
            drawer_id TEXT,
            provider_reference TEXT,
            taken_by TEXT NOT NULL,
            paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
            booked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_payment PRIMARY KEY (payment_id),
            CONSTRAINT ck_payment_amount CHECK (amount > 0),
            CONSTRAINT ck_payment_applied CHECK (applied BETWEEN 0 AND amount),
            CONSTRAINT ck_payment_method CHECK (method IN ('cash', 'test')),
            CONSTRAINT ck_payment_drawer CHECK (method <> 'cash' OR drawer_id IS NOT NULL),
            CONSTRAINT uq_payment_provider_reference UNIQUE (method, provider_reference),
            CONSTRAINT uq_payment_receipt_id UNIQUE (receipt_id),
            CONSTRAINT fk_payment_session_id_bill FOREIGN KEY(session_id) REFERENCES bill (session_id)
        )
    """,
    """
        CREATE INDEX ix_payment_session_id ON payment (session_id)
    """,
    """
        CREATE TABLE refund (
            refund_id TEXT NOT NULL,
            payment_id TEXT NOT NULL,
            amount BIGINT NOT NULL,
            from_suspense BIGINT NOT NULL,
            drawer_id TEXT,
            reason TEXT NOT NULL,
            given_by TEXT NOT NULL,
            refunded_at TIMESTAMP WITH TIME ZONE NOT NULL,
            booked_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_refund PRIMARY KEY (refund_id),
            CONSTRAINT ck_refund_amount CHECK (amount > 0),
            CONSTRAINT fk_refund_payment_id_payment FOREIGN KEY(payment_id) REFERENCES payment (payment_id)
        )
    """,
    """
        CREATE INDEX ix_refund_payment_id ON refund (payment_id)
    """,
    """
        CREATE TABLE payment_order (
            order_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            provider TEXT NOT NULL,
            amount BIGINT NOT NULL,
            currency TEXT NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pk_payment_order PRIMARY KEY (order_id),
            CONSTRAINT uq_payment_order_amount UNIQUE (session_id, provider, amount),
            CONSTRAINT fk_payment_order_session_id_bill FOREIGN KEY(session_id) REFERENCES bill (session_id)
        )
    """,
    """
        CREATE TABLE drawer_close (
            close_id TEXT NOT NULL,
            drawer_id TEXT NOT NULL,
            closed_by TEXT NOT NULL,
            closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            expected BIGINT NOT NULL,
            counted BIGINT NOT NULL,
            currency TEXT NOT NULL,
            totals JSONB NOT NULL,
            CONSTRAINT pk_drawer_close PRIMARY KEY (close_id)
        )
    """,
    """
        CREATE INDEX ix_drawer_close_drawer_id ON drawer_close (drawer_id, closed_at)
    """,
    """
        CREATE TABLE closed_movement (
            movement_id TEXT NOT NULL,
            close_id TEXT NOT NULL,
            CONSTRAINT pk_closed_movement PRIMARY KEY (movement_id),
            CONSTRAINT fk_closed_movement_close_id_drawer_close FOREIGN KEY(close_id) REFERENCES drawer_close (close_id)
        )
    """,
    """
        CREATE INDEX ix_closed_movement_close_id ON closed_movement (close_id)
    """,
)
APPEND_ONLY = ("journal_entry", "posting", "payment", "refund", "drawer_close", "closed_movement")
FUNCTIONS = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%.% is append only', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END $$
    """,
    # A bill's amount is fixed; the only thing that may happen to it is that somebody comes to owe it.
    """
    CREATE FUNCTION keep_bill() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (to_jsonb(NEW) - 'is_attributed') <> (to_jsonb(OLD) - 'is_attributed')
            OR (OLD.is_attributed AND NOT NEW.is_attributed) THEN
            RAISE EXCEPTION 'a bill never changes' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) < 2 FROM posting WHERE entry_id = NEW.entry_id)
            OR EXISTS (SELECT FROM posting WHERE entry_id = NEW.entry_id GROUP BY currency HAVING sum(amount) <> 0) THEN
            RAISE EXCEPTION 'entry % is not balanced', NEW.entry_id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
)


def upgrade() -> None:
    # A migration that waits behind a long transaction would make everything wait behind itself: give up instead.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *FUNCTIONS):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON bill"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("CREATE TRIGGER kept BEFORE UPDATE ON bill FOR EACH ROW EXECUTE FUNCTION keep_bill()")
    # At the end of the transaction, when all postings of an entry are there.
    for table in ("journal_entry", "posting"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_balance()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(
        (
            "idempotency",
            "ledger_account",
            "journal_entry",
            "posting",
            "bill",
            "payment",
            "refund",
            "payment_order",
            "drawer_close",
            "closed_movement",
        )
    ):
        op.drop_table(table)
    for function in ("check_balance", "keep_bill", "refuse_change"):
        op.execute(f"DROP FUNCTION {function}()")
