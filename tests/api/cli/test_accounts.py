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
from parking.domain.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.service


def test_account_is_opened_listed_and_closed_when_asked(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, database_url)
    runner = CliRunner()
    made = runner.invoke(command, ["create", "li.wei", "--role", "approver", "--city"], catch_exceptions=False)
    password = made.output.strip()
    listed = runner.invoke(command, ["list"], catch_exceptions=False)
    assert listed.output == "li.wei\tapprover\tall districts\tthe city\topen\n"
    assert password not in listed.output
    closed = runner.invoke(command, ["close", "li.wei"], catch_exceptions=False)
    assert closed.output == "closed li.wei\n"


def test_account_that_sees_money_is_refused_when_nobody_says_whose(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, database_url)
    runner = CliRunner()
    for role in ("operator", "approver", "admin"):
        refused = runner.invoke(command, ["create", "li.wei", "--role", role])
        assert (refused.exit_code, "--city, or --operator" in refused.output) == (2, True)
    both = runner.invoke(command, ["create", "li.wei", "--role", "admin", "--city", "--operator", "LZ"])
    assert isinstance(both.exception, InvalidInputError)
    assert both.exception.code == "employer_contradicts"
    nowhere = runner.invoke(command, ["create", "li.wei", "--role", "admin", "--operator", "nobody"])
    assert isinstance(nowhere.exception, NotFoundError)
    assert nowhere.exception.code == "operator_unknown"
    assert runner.invoke(command, ["create", "wang", "--role", "attendant"]).exit_code == 0
    assert "employer unknown" in runner.invoke(command, ["list"]).output
    employed = runner.invoke(command, ["employ", "wang", "--city"], catch_exceptions=False)
    assert employed.output == "wang works for the city\n"
    assert "the city" in runner.invoke(command, ["list"]).output


async def test_password_opens_when_it_was_printed(database_url: str) -> None:
    def create() -> str:
        env = {DATABASE_URL: database_url}
        return CliRunner(env=env).invoke(command, ["create", "wang", "--role", "attendant"]).output.strip()

    password = await to_thread(create)
    database = Database(open_engine(database_url, pool_size=1))
    async with database.transaction() as session:
        assert (await log_in(session, name="wang", password=password, now=utc_now())).account.role == "attendant"
    await database.close()
