"""Staff of companies stays registered over the migration, and nobody else is taken for the city's."""

import pytest

from api.embedded.postgres import PostgresServer
from tests.old_database import database_at

pytestmark = pytest.mark.service
BEFORE = "0035"
AFTER = "0036"
ROWS = (
    "INSERT INTO operator (operator_id, name, name_en) VALUES ('LZ', '临淄', 'Linzi')",
    "INSERT INTO account (name, password_hash, role) VALUES ('ours', '-', 'operator'), ('li.wei', '-', 'operator')",
    r"INSERT INTO api_key (key_id, secret_hash, role, name) VALUES ('k1', '\x00', 'operator', 'crew')",
    "INSERT INTO operator_staff VALUES ('account:ours', 'LZ'), ('key:k1', 'LZ')",
)
HELD = """
    SELECT name AS actor, employer, operator_id FROM account
    UNION ALL SELECT key_id, employer, operator_id FROM api_key ORDER BY actor
"""


async def test_registrations_stay_when_accounts_say_whom_they_work_for(postgres_server: PostgresServer) -> None:
    async with database_at(postgres_server, "for_kept_employers", BEFORE) as old:
        for row in ROWS:
            await old.connection.execute(row)
        await old.upgrade(AFTER)
        held = [tuple(row) for row in await old.connection.fetch(HELD)]
        assert held == [("k1", "company", "LZ"), ("li.wei", None, None), ("ours", "company", "LZ")]
        await old.downgrade(BEFORE)
        kept = await old.connection.fetch("SELECT actor, operator_id FROM operator_staff ORDER BY actor")
        assert [tuple(row) for row in kept] == [("account:ours", "LZ"), ("key:k1", "LZ")]
