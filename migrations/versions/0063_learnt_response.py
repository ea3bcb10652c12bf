"""The lottery of a proposal, of which some moves wait for the next review, and what a city learnt of prices from such lotteries"""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

KEPT = """
    CREATE OR REPLACE FUNCTION keep_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state IN ('rejected', 'published')
            OR (OLD.state = 'approved' AND NEW.state NOT IN ('published', 'rejected'))
            OR (OLD.prepared_by IS NOT NULL AND NEW.prepared_by IS DISTINCT FROM OLD.prepared_by)
            OR (OLD.approved_by IS NOT NULL AND (NEW.approved_by, NEW.approved_at, NEW.effective_from)
                IS DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.effective_from))
            OR (NEW.state = 'published' AND OLD.state <> 'approved')
            OR (NEW.proposal_id, NEW.period_start, NEW.period_end, NEW.policy, NEW.skipped, NEW.proposed_at, NEW.takes_back, NEW.question{new})
                IS DISTINCT FROM
                (OLD.proposal_id, OLD.period_start, OLD.period_end, OLD.policy, OLD.skipped, OLD.proposed_at, OLD.takes_back, OLD.question{old})
            OR NOT (NEW.revision = OLD.revision AND (NEW.method, NEW.because) = (OLD.method, OLD.because)
                OR NEW.revision = OLD.revision + 1 AND NEW.state = 'proposed' AND OLD.state = 'proposed')
        THEN
            RAISE EXCEPTION 'a decision about a proposal is not taken back' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
"""


ESTIMATES = """
    CREATE TABLE pricing_demand_estimate (
        judged_until TIMESTAMP WITH TIME ZONE NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        source TEXT NOT NULL,
        why TEXT NOT NULL,
        proposals JSONB NOT NULL,
        estimate JSONB NOT NULL,
        CONSTRAINT pk_pricing_demand_estimate PRIMARY KEY (judged_until),
        CONSTRAINT ck_pricing_demand_estimate_source CHECK (source IN ('prior', 'experiment'))
    )
"""
REFUSAL = """
    CREATE FUNCTION refuse_change_of_estimate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'an estimate stays as it was made, with its tests' USING ERRCODE = 'restrict_violation';
    END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE tariff_proposal ADD COLUMN lottery JSONB")
    op.execute(KEPT.format(new=", NEW.lottery", old=", OLD.lottery"))
    op.execute(ESTIMATES)
    op.execute(REFUSAL)
    op.execute(
        "CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON pricing_demand_estimate"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_estimate()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE pricing_demand_estimate")
    op.execute("DROP FUNCTION refuse_change_of_estimate()")
    op.execute(KEPT.format(new="", old=""))
    op.execute("ALTER TABLE tariff_proposal DROP COLUMN lottery")
