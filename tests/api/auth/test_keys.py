"""Keys: only a hash is kept, a comparison tells nothing, and each role opens its own paths."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth import service
from api.auth.directory import KeyDirectory
from api.auth.model import ROLES, ApiKey, ForbiddenError, Role, UnauthorizedError, hash_secret, read_key, write_key
from api.auth.repository import REGISTRY_CHANNEL
from parking.db.unit_of_work import Database
from parking.db.watch import watch
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError, NotFoundError, ParkingError, UnavailableError
from tests.api import small_city

AT = datetime(2026, 7, 1, tzinfo=UTC)
SECRET = "s" * 43


def key(role: Role = "sensor", **members: object) -> ApiKey:
    known: dict[str, object] = {
        "key_id": "0" * 12,
        "secret_hash": hash_secret(SECRET),
        "role": role,
        "name": "test",
        "district_id": None,
        "device_ids": None,
        "created_at": AT,
    }
    return ApiKey(**{**known, **members})  # type: ignore[arg-type]


def header(secret: str = SECRET, key_id: str = "0" * 12) -> str:
    return f"Bearer {write_key(key_id, secret)}"


def test_key_covers_what_it_was_made_for() -> None:
    assert key().covers("d1", "370303")
    assert key(district_id="370303").covers("d1", "370303")
    assert not key(district_id="370303").covers("d1", "gaoxin")
    assert not key(district_id="370303").covers("d1", "")
    assert key(device_ids=frozenset({"d1"})).covers("d1", "")
    assert not key(device_ids=frozenset({"d1"})).covers("d2", "")
    assert not key(device_ids=frozenset()).covers("d1", "")


@pytest.mark.parametrize("role", ROLES)
def test_only_sensors_and_integrators_may_send_readings(role: Role) -> None:
    directory = KeyDirectory()
    directory.replace([key(role)])
    if role in {"sensor", "integrator"}:
        assert directory.authenticate(header(), "readings:write").role == role
    else:
        with pytest.raises(ForbiddenError) as refused:
            directory.authenticate(header(), "readings:write")
        assert refused.value.code == "scope_missing"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "key_missing"),
        ("", "key_missing"),
        ("Bearer", "key_invalid"),
        ("Basic abc", "key_invalid"),
        (header("t" * 43), "key_invalid"),
        (header(key_id="1" * 12), "key_invalid"),
        (header(key_id="2" * 12), "key_revoked"),
        (header("t" * 43, "2" * 12), "key_invalid"),
    ],
)
def test_refusal_has_a_code(authorization: str | None, code: str) -> None:
    directory = KeyDirectory()
    directory.replace([key(), key(key_id="2" * 12, revoked_at=AT)])
    with pytest.raises(UnauthorizedError) as refused:
        directory.authenticate(authorization, "readings:write")
    assert refused.value.code == code
    assert "t" * 43 not in refused.value.detail


def test_good_key_is_not_called_wrong_when_the_keys_are_not_loaded() -> None:
    with pytest.raises(UnavailableError) as refused:
        KeyDirectory().authenticate(header(), "readings:write")
    assert refused.value.code == "keys_unavailable"


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert write_key(*read_key(text)) == text
    except ParkingError as error:
        assert error.code == "key_invalid"  # noqa: PT017


@pytest.mark.service
async def test_key_lives_from_creation_to_revocation(database: Database) -> None:
    await small_city.build(database)
    async with database.transaction() as session:
        made, text = await service.create_key(
            session, utc_now, role="integrator", name=" gateway 7 ", district_id="370303", device_ids=["b", "a"]
        )
    directory = KeyDirectory()
    await directory.load(database)
    found = directory.authenticate(f"bearer {text}", "readings:write")
    assert (found.key_id, found.name, found.district_id, found.device_ids) == (
        made.key_id,
        "gateway 7",
        "370303",
        frozenset({"a", "b"}),
    )
    assert text.split("_", 2)[2].encode() not in found.secret_hash
    async with database.transaction() as session:
        await service.revoke_key(session, utc_now, made.key_id)
    async with database.transaction() as session:
        (first,) = await service.list_keys(session)
        await service.revoke_key(session, lambda: AT, made.key_id)
    async with database.transaction() as session:
        assert (await service.list_keys(session))[0].revoked_at == first.revoked_at


@pytest.mark.service
async def test_impossible_keys_are_refused(database: Database) -> None:
    async with database.transaction() as session:
        for name in ("", "  ", "x" * 201, "a\nb"):
            with pytest.raises(InvalidInputError) as bad_name:
                await service.create_key(session, utc_now, role="sensor", name=name)
            assert bad_name.value.code == "name_invalid"
        with pytest.raises(InvalidInputError) as bad_device:
            await service.create_key(session, utc_now, role="sensor", name="x", device_ids=["a b"])
        assert bad_device.value.code == "device_invalid"
        with pytest.raises(NotFoundError) as bad_district:
            await service.create_key(session, utc_now, role="sensor", name="x", district_id="nowhere")
        assert bad_district.value.code == "district_unknown"
        with pytest.raises(NotFoundError) as unknown:
            await service.revoke_key(session, utc_now, "f" * 12)
        assert unknown.value.code == "key_unknown"


@pytest.mark.service
async def test_change_of_keys_is_announced(database: Database, database_url: str) -> None:
    heard: asyncio.Queue[None] = asyncio.Queue()

    async def hear() -> None:
        heard.put_nowait(None)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        watching = group.create_task(watch(database_url, REGISTRY_CHANNEL, hear))
        await heard.get()
        async with database.transaction() as session:
            await service.create_key(session, utc_now, role="sensor", name="x")
        await heard.get()
        watching.cancel()


@pytest.mark.service
async def test_key_for_facilities_names_them_or_belongs_to_a_district_or_company(database: Database) -> None:
    await small_city.build(database)
    async with database.transaction() as session:

        async def refusal(role: Role, *facilities: str, district: str | None = None) -> str | None:
            made = service.create_key(
                session, utc_now, role=role, name="mall", district_id=district, facility_ids=facilities
            )
            try:
                await made
            except ParkingError as error:
                return error.code
            return None

        assert await refusal("integrator", "G1") is None
        assert await refusal("integrator", "*", district="gaoxin") is None
        assert await refusal("integrator", "*") == "reach_invalid"
        assert await refusal("integrator", "*", "G1", district="gaoxin") == "reach_invalid"
        assert await refusal("integrator") == "reach_invalid"
        assert await refusal("sensor", "G1") == "reach_invalid"
        assert await refusal("integrator", "G9") == "facility_unknown"
