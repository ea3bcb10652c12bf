"""Yesterday: the Alembic revisions that bring any earlier database to the present schema."""
