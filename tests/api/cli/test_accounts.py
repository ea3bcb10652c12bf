"""`parking accounts`: a password is printed once and opens the account."""

from asyncio import to_thread

import pytest
from click.testing import CliRunner

from api.auth.accounts.service import log_in
from api.cli.accounts import command
from api.settings import DATABASE_URL
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now

pytestmark = pytest.mark.service


def test_account_is_opened_listed_and_closed_when_asked(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, database_url)
    runner = CliRunner()
    made = runner.invoke(command, ["create", "li.wei", "--role", "approver"], catch_exceptions=False)
    password = made.output.strip()
    listed = runner.invoke(command, ["list"], catch_exceptions=False)
    assert listed.output == "li.wei\tapprover\tall districts\topen\n"
    assert password not in listed.output
    closed = runner.invoke(command, ["close", "li.wei"], catch_exceptions=False)
    assert closed.output == "closed li.wei\n"


async def test_password_opens_when_it_was_printed(database_url: str) -> None:
    def create() -> str:
        env = {DATABASE_URL: database_url}
        return CliRunner(env=env).invoke(command, ["create", "wang", "--role", "attendant"]).output.strip()

    password = await to_thread(create)
    database = Database(open_engine(database_url, pool_size=1))
    async with database.transaction() as session:
        assert (await log_in(session, name="wang", password=password, now=utc_now())).account.role == "attendant"
    await database.close()
