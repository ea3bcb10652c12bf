"""Review policies of the city and its districts, each version decided by two persons"""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

CREATED = (
    """
        CREATE TABLE review_policy (
            policy_id TEXT NOT NULL,
            district_id TEXT,
            version BIGINT NOT NULL,
            policy JSONB,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            decided_by TEXT,
            decided_at TIMESTAMP WITH TIME ZONE,
            because TEXT,
            CONSTRAINT pk_review_policy PRIMARY KEY (policy_id),
            CONSTRAINT uq_review_policy_version UNIQUE NULLS NOT DISTINCT (district_id, version),
            CONSTRAINT ck_review_policy_state CHECK (state IN ('proposed', 'approved', 'rejected')),
            CONSTRAINT ck_review_policy_decided_whole CHECK (state = 'proposed' OR num_nonnulls(decided_by, decided_at) = 2),
            CONSTRAINT ck_review_policy_two_persons CHECK (state <> 'approved' OR decided_by <> proposed_by),
            CONSTRAINT ck_review_policy_city_has_one CHECK (policy IS NOT NULL OR district_id IS NOT NULL),
            CONSTRAINT fk_review_policy_district_id_district FOREIGN KEY(district_id) REFERENCES district (district_id)
        )
    """,
    """
        CREATE UNIQUE INDEX uq_review_policy_open ON review_policy (district_id) NULLS NOT DISTINCT
        WHERE state = 'proposed'
    """,
    """
    CREATE FUNCTION keep_review_policy() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state <> 'proposed'
            OR (NEW.policy_id, NEW.district_id, NEW.version, NEW.policy, NEW.reason, NEW.proposed_by, NEW.proposed_at)
                IS DISTINCT FROM
                (OLD.policy_id, OLD.district_id, OLD.version, OLD.policy, OLD.reason, OLD.proposed_by, OLD.proposed_at)
        THEN
            RAISE EXCEPTION 'a decision about a review policy is not taken back' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER kept BEFORE UPDATE ON review_policy FOR EACH ROW EXECUTE FUNCTION keep_review_policy()",
    (
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON review_policy"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_proposal()"
    ),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in CREATED:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE review_policy")
    op.execute("DROP FUNCTION keep_review_policy()")
