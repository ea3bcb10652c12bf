"""Revisions of proposals by edits, the question that the solver was asked, and checks of what published prices did"""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

CHANGES = (
    """
        ALTER TABLE tariff_proposal
            ADD COLUMN because TEXT NOT NULL DEFAULT 'asked',
            ADD COLUMN revision BIGINT NOT NULL DEFAULT 1,
            ADD COLUMN takes_back TEXT,
            ADD COLUMN question JSONB,
            ADD CONSTRAINT fk_tariff_proposal_takes_back_tariff_proposal
                FOREIGN KEY(takes_back) REFERENCES tariff_proposal (proposal_id)
    """,
    "ALTER TABLE tariff_proposal ALTER COLUMN because DROP DEFAULT, ALTER COLUMN revision DROP DEFAULT",
    """
        CREATE TABLE tariff_proposal_revision (
            proposal_id TEXT NOT NULL,
            number BIGINT NOT NULL,
            made_by TEXT,
            made_at TIMESTAMP WITH TIME ZONE NOT NULL,
            reason TEXT,
            edits JSONB NOT NULL,
            comparison JSONB,
            gap DOUBLE PRECISION NOT NULL,
            CONSTRAINT pk_tariff_proposal_revision PRIMARY KEY (proposal_id, number),
            CONSTRAINT fk_tariff_proposal_revision_proposal_id_tariff_proposal
                FOREIGN KEY(proposal_id) REFERENCES tariff_proposal (proposal_id)
        )
    """,
    """
        INSERT INTO tariff_proposal_revision (proposal_id, number, made_by, made_at, edits, gap)
        SELECT proposal_id, 1, prepared_by, proposed_at, '[]', 0 FROM tariff_proposal
    """,
    "ALTER TABLE tariff_proposal_cell ADD COLUMN revision BIGINT NOT NULL DEFAULT 1",
    """
        ALTER TABLE tariff_proposal_cell
            ALTER COLUMN revision DROP DEFAULT,
            DROP CONSTRAINT pk_tariff_proposal_cell,
            ADD CONSTRAINT pk_tariff_proposal_cell PRIMARY KEY (proposal_id, revision, zone_id, kind, day_type, band)
    """,
    """
        CREATE TABLE tariff_proposal_check (
            proposal_id TEXT NOT NULL,
            checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
            since TIMESTAMP WITH TIME ZONE NOT NULL,
            until TIMESTAMP WITH TIME ZONE NOT NULL,
            verdict TEXT NOT NULL,
            judgement JSONB NOT NULL,
            cells JSONB NOT NULL,
            CONSTRAINT pk_tariff_proposal_check PRIMARY KEY (proposal_id),
            CONSTRAINT ck_tariff_proposal_check_period CHECK (since < until),
            CONSTRAINT fk_tariff_proposal_check_proposal_id_tariff_proposal
                FOREIGN KEY(proposal_id) REFERENCES tariff_proposal (proposal_id)
        )
    """,
    # Of a proposal its decision moves, and only forward; as long as it is undecided a further revision may stand.
    """
    CREATE OR REPLACE FUNCTION keep_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state IN ('rejected', 'published')
            OR (OLD.state = 'approved' AND NEW.state NOT IN ('published', 'rejected'))
            OR (OLD.prepared_by IS NOT NULL AND NEW.prepared_by IS DISTINCT FROM OLD.prepared_by)
            OR (OLD.approved_by IS NOT NULL AND (NEW.approved_by, NEW.approved_at, NEW.effective_from)
                IS DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.effective_from))
            OR (NEW.state = 'published' AND OLD.state <> 'approved')
            OR (NEW.proposal_id, NEW.period_start, NEW.period_end, NEW.policy, NEW.skipped, NEW.proposed_at, NEW.takes_back, NEW.question)
                IS DISTINCT FROM
                (OLD.proposal_id, OLD.period_start, OLD.period_end, OLD.policy, OLD.skipped, OLD.proposed_at, OLD.takes_back, OLD.question)
            OR NOT (NEW.revision = OLD.revision AND (NEW.method, NEW.because) = (OLD.method, OLD.because)
                OR NEW.revision = OLD.revision + 1 AND NEW.state = 'proposed' AND OLD.state = 'proposed')
        THEN
            RAISE EXCEPTION 'a decision about a proposal is not taken back' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    (
        "CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON tariff_proposal_revision"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_proposal()"
    ),
    (
        "CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON tariff_proposal_check"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_proposal()"
    ),
)
FORMER = """
    CREATE OR REPLACE FUNCTION keep_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in CHANGES:
        op.execute(statement)


def downgrade() -> None:
    """Only where no proposal was edited: two revisions of one cell have no place in the former table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FORMER)
    op.execute("DROP TABLE tariff_proposal_check")
    op.execute("DROP TABLE tariff_proposal_revision")
    op.execute("ALTER TABLE tariff_proposal_cell DROP CONSTRAINT pk_tariff_proposal_cell, DROP COLUMN revision")
    op.execute(
        "ALTER TABLE tariff_proposal_cell ADD CONSTRAINT pk_tariff_proposal_cell"
        " PRIMARY KEY (proposal_id, zone_id, kind, day_type, band)"
    )
    op.execute(
        "ALTER TABLE tariff_proposal DROP COLUMN question, DROP COLUMN takes_back, DROP COLUMN revision, DROP COLUMN because"
    )
