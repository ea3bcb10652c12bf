"""An entry is checked with the statement that writes its postings, once, and not again for each of them.

Revision 0048: a payment writes two entries of two postings, and the check of each of its six rows took a third of the
time that the database spent on it.
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

CHECKS = (
    """
    CREATE FUNCTION check_written() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM posting WHERE entry_id IN (SELECT entry_id FROM written)
            GROUP BY entry_id, currency HAVING sum(amount) <> 0
        ) THEN
            RAISE EXCEPTION 'an entry is not balanced' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION check_sides() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) < 2 FROM posting WHERE entry_id = NEW.entry_id) THEN
            RAISE EXCEPTION 'entry % has no two sides', NEW.entry_id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in CHECKS:
        op.execute(statement)
    op.execute("DROP TRIGGER balanced ON posting")
    op.execute("DROP TRIGGER balanced ON journal_entry")
    op.execute("DROP FUNCTION check_balance()")
    op.execute(
        "CREATE TRIGGER balanced AFTER INSERT ON posting REFERENCING NEW TABLE AS written"
        " FOR EACH STATEMENT EXECUTE FUNCTION check_written()"
    )
    # At the end of the transaction, when the postings of the entry are there.
    op.execute(
        "CREATE CONSTRAINT TRIGGER two_sided AFTER INSERT ON journal_entry"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_sides()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER balanced ON posting")
    op.execute("DROP TRIGGER two_sided ON journal_entry")
    op.execute("DROP FUNCTION check_written()")
    op.execute("DROP FUNCTION check_sides()")
    op.execute(
        """
        CREATE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT count(*) < 2 FROM posting WHERE entry_id = NEW.entry_id)
                OR EXISTS (
                    SELECT FROM posting WHERE entry_id = NEW.entry_id GROUP BY currency HAVING sum(amount) <> 0
                ) THEN
                RAISE EXCEPTION 'entry % is not balanced', NEW.entry_id USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for table in ("journal_entry", "posting"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_balance()"
        )
