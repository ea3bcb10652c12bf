"""Used free time by instant instead of by day, and the tax within a fee.

A day's seconds of the old record become a span from that day's local beginning on: no line of an old fee says more
about a vehicle whose plate was erased since. They count as before in a quota that is by local day.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_AN_INSTANT = sa.DateTime(timezone=True)
_OLD_KEY = "nev"
"""The quota of all tables before this schema, as tables of today name it."""
_OLD_TIMEZONE = "Asia/Shanghai"

_TO_SPANS = f"""
    INSERT INTO vehicle_usage (plate_token, usage_key, granted, entries, kept_until)
    SELECT plate_token, '{_OLD_KEY}', range_agg(tstzrange(start, start + make_interval(secs => used_s))), '{{}}',
           max(start) + interval '33 days'
    FROM (SELECT plate_token, used_s, day::timestamp AT TIME ZONE '{_OLD_TIMEZONE}' AS start
          FROM quota_use WHERE used_s > 0) AS used
    GROUP BY plate_token
"""  # noqa: S608 - constants of this file
_TO_DAYS = f"""
    INSERT INTO quota_use (plate_token, day, used_s)
    SELECT plate_token, day, sum(extract(epoch FROM upper(part) - lower(part)))
    FROM (SELECT plate_token, CAST(day AS date) AS day,
                 granted * tstzrange(day AT TIME ZONE '{_OLD_TIMEZONE}',
                                     (day + interval '1 day') AT TIME ZONE '{_OLD_TIMEZONE}') AS part
          FROM (SELECT plate_token, unnest(granted) AS granted FROM vehicle_usage WHERE usage_key = '{_OLD_KEY}') AS one,
               generate_series(date_trunc('day', lower(granted) AT TIME ZONE '{_OLD_TIMEZONE}'),
                               upper(granted) AT TIME ZONE '{_OLD_TIMEZONE}', interval '1 day') AS day) AS cut
    WHERE NOT isempty(part)
    GROUP BY plate_token, day
"""  # noqa: S608 - constants of this file


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "vehicle_usage",
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("usage_key", sa.Text(), nullable=False),
        sa.Column("granted", postgresql.TSTZMULTIRANGE(), nullable=False),
        sa.Column("entries", sa.ARRAY(_AN_INSTANT), nullable=False),
        sa.Column("kept_until", _AN_INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("plate_token", "usage_key", name=op.f("pk_vehicle_usage")),
    )
    op.create_index(op.f("ix_vehicle_usage_kept_until"), "vehicle_usage", ["kept_until"], unique=False)
    op.execute(_TO_SPANS)
    op.drop_table("quota_use")
    op.add_column("fee", sa.Column("tax", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_fee_tax"), "fee", "tax BETWEEN 0 AND amount")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("fee", "tax")
    op.create_table(
        "quota_use",
        sa.Column("plate_token", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used_s", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_s >= 0", name=op.f("ck_quota_use_used_s")),
        sa.PrimaryKeyConstraint("plate_token", "day", name=op.f("pk_quota_use")),
    )
    op.execute(_TO_DAYS)
    op.drop_table("vehicle_usage")
