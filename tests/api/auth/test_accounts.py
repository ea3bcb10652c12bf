"""Passwords, forged writes, tries, and what the database itself refuses."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.auth.accounts import audit, model, service
from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError, UnauthorizedError
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from tests.pricing.kerb_city import OPENING

PASSWORD = "long enough"
REAL_COST = model._COST
"""Read before the tests begin, which make passwords quick."""


def test_password_opens_its_own_hash_when_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_COST", REAL_COST)
    kept = model.hash_password(PASSWORD)
    assert kept.startswith("scrypt$16384$")
    assert model.opens_with(kept, PASSWORD)
    assert not model.opens_with(kept, PASSWORD + "!")
    assert PASSWORD not in kept
    assert model.hash_password(PASSWORD) != kept


def test_write_is_refused_when_the_token_is_of_another_login() -> None:
    model.check_csrf("token", model.csrf_of("token"))
    for given in (None, "", model.csrf_of("another")):
        with pytest.raises(ForbiddenError):
            model.check_csrf("token", given)


def test_district_is_refused_when_it_is_not_the_callers() -> None:
    caller = Caller(actor="account:li", name="li", role="operator", district_id="370303")
    caller.check_district("370303")
    with pytest.raises(ForbiddenError) as refused:
        caller.check_district("370305")
    assert refused.value.code == "district_forbidden"


@pytest.mark.service
async def test_account_is_refused_when_it_cannot_be(database: Database) -> None:
    async with database.transaction() as session:
        await service.create_account(session, name="li", password=PASSWORD, role="operator", now=OPENING)
        wishes: list[tuple[dict[str, str], type[Exception]]] = [
            ({"name": "li"}, ConflictError),
            ({"name": "L"}, InvalidInputError),
            ({"password": "short"}, InvalidInputError),
            ({"district_id": "nowhere"}, NotFoundError),
        ]
        for wish, kind in wishes:
            with pytest.raises(kind):
                await service.create_account(
                    session,
                    role="operator",
                    now=OPENING,
                    name=wish.get("name", "wang"),
                    password=wish.get("password", PASSWORD),
                    district_id=wish.get("district_id"),
                )


@pytest.mark.service
async def test_logins_end_when_the_account_is_closed(database: Database) -> None:
    async with database.transaction() as session:
        await service.create_account(session, name="li", password=PASSWORD, role="operator", now=OPENING)
        login = await service.log_in(session, name="li", password=PASSWORD, now=OPENING)
        assert (await service.caller_of(session, login.token, OPENING)).actor == "account:li"
        await service.close_account(session, "li", OPENING)
        with pytest.raises(UnauthorizedError):
            await service.caller_of(session, login.token, OPENING)
        with pytest.raises(UnauthorizedError):
            await service.log_in(session, name="li", password=PASSWORD, now=OPENING)


@pytest.mark.service
async def test_tries_are_forgotten_when_their_time_is_over(database: Database) -> None:
    hour = timedelta(hours=1)
    async with database.transaction() as session:
        allowed = [
            await service.count_try(session, scope="plate", subject="a", limit=2, within=hour, now=OPENING)
            for _ in range(3)
        ]
        other = await service.count_try(session, scope="plate", subject="b", limit=2, within=hour, now=OPENING)
        later = await service.count_try(session, scope="plate", subject="a", limit=2, within=hour, now=OPENING + hour)
    assert (allowed, other, later) == ([True, True, False], True, True)


@pytest.mark.service
@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
async def test_audit_is_refused_by_the_database_when_changed(database: Database, statement: str) -> None:
    caller = Caller(actor="account:li", name="li", role="operator", district_id=None)
    async with database.transaction() as session:
        await audit.record(session, caller, "rate.drafted", "t/1", at=OPENING)
    with pytest.raises(DBAPIError, match="append only"):
        async with database.transaction() as session:
            await session.execute(text(statement))
