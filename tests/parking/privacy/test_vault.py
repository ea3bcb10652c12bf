"""The plate vault on a real database: tokens, masks, keys that change, looks that are written down, erasure."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from api.logs import configure_logging
from api.settings import LogFormat
from parking.db.unit_of_work import Database
from parking.domain.errors import NotFoundError, UnavailableError
from parking.domain.plates import PlateInvalidError
from parking.privacy.keys import PlateKeyInvalidError, PlateUnreadableError, keys_of
from parking.privacy.redaction import redact, redact_identities
from parking.privacy.tables import PlateRevealRow, PlateRow
from parking.privacy.vault import PlateVault, SealedPlate, erase

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OLD, NEW = "o" * 32, "n" * 32
PLATE, SPOKEN = "鲁C88123", "鲁c·88123"
GREEN = "鲁CD12345"


async def seal(database: Database, vault: PlateVault, text: str = PLATE, at: datetime = NOW) -> SealedPlate:
    async with database.transaction() as session:
        return await vault.seal(session, text, at)


def test_every_spelling_has_one_token_when_the_plate_is_the_same() -> None:
    vault = PlateVault.from_setting(OLD)
    assert vault.tokens_of(PLATE) == vault.tokens_of(SPOKEN) != vault.tokens_of(GREEN)
    assert vault.tokens_of(PLATE) != PlateVault.from_setting(NEW).tokens_of(PLATE)


@pytest.mark.service
async def test_nothing_readable_is_stored_when_a_plate_is_sealed(database: Database) -> None:
    vault = PlateVault.from_setting(OLD)
    sealed = await seal(database, vault, GREEN)
    assert (sealed.masked, sealed.is_new_energy) == ("鲁CD****5", True)
    async with database.transaction() as session:
        row = (await session.execute(select(PlateRow))).scalar_one()
        assert row.plate_token == sealed.token == vault.tokens_of(GREEN)[0]
        assert GREEN.encode() not in row.sealed
        assert "12345" not in f"{row.plate_token}{row.sealed!r}"
        assert await vault.masked(session, [sealed.token, "nobody"]) == {sealed.token: "鲁CD****5"}


@pytest.mark.service
async def test_token_stays_when_the_key_is_changed(database: Database) -> None:
    before = await seal(database, PlateVault.from_setting(OLD))
    both = PlateVault.from_setting(f"{NEW}, {OLD}")
    async with database.transaction() as session:
        assert await both.reveal(session, before.token, actor="a", purpose="p", now=NOW) == PLATE
    assert (await seal(database, both)).token == before.token
    async with database.transaction() as session:
        alone = PlateVault.from_setting(NEW)
        assert await alone.reveal(session, before.token, actor="a", purpose="p", now=NOW) == PLATE
        with pytest.raises(PlateUnreadableError):
            await PlateVault.from_setting(OLD).masked(session, [before.token])


@pytest.mark.service
async def test_look_is_written_down_when_a_plate_is_shown(database: Database) -> None:
    vault = PlateVault.from_setting(OLD)
    sealed = await seal(database, vault)
    async with database.transaction() as session:
        assert await vault.reveal(session, sealed.token, actor="attendant-7", purpose="cash", now=NOW) == PLATE
        with pytest.raises(NotFoundError):
            await vault.reveal(session, "nobody", actor="attendant-7", purpose="cash", now=NOW)
    async with database.transaction() as session:
        look = (await session.execute(select(PlateRevealRow))).scalar_one()
        assert (look.plate_token, look.actor, look.purpose, look.revealed_at) == (
            sealed.token,
            "attendant-7",
            "cash",
            NOW,
        )


@pytest.mark.service
async def test_value_cannot_be_moved_to_another_plate_when_the_database_is_altered(database: Database) -> None:
    vault = PlateVault.from_setting(OLD)
    own, other = await seal(database, vault), await seal(database, vault, GREEN)
    async with database.transaction() as session:
        stolen = await session.scalar(select(PlateRow.sealed).where(PlateRow.plate_token == other.token))
        await session.execute(update(PlateRow).where(PlateRow.plate_token == own.token).values(sealed=stolen))
    async with database.transaction() as session:
        with pytest.raises(PlateUnreadableError):
            await vault.masked(session, [own.token])


@pytest.mark.service
async def test_value_is_gone_when_the_retention_is_over(database: Database) -> None:
    vault = PlateVault.from_setting(OLD)
    unused = await seal(database, vault, at=NOW - timedelta(days=181))
    used = await seal(database, vault, GREEN, at=NOW - timedelta(days=181))
    await seal(database, vault, GREEN, at=NOW)
    async with database.transaction() as session:
        assert await erase(session, NOW - timedelta(days=180)) == 1
    async with database.transaction() as session:
        assert set(await vault.masked(session, [unused.token, used.token])) == {used.token}


def test_plate_is_refused_when_no_key_is_set() -> None:
    with pytest.raises(UnavailableError) as caught:
        PlateVault.from_setting(None).tokens_of(PLATE)
    assert caught.value.code == "plate_key_missing"


def test_secret_is_refused_when_it_is_short() -> None:
    with pytest.raises(PlateKeyInvalidError):
        keys_of(f"{NEW},short")


def test_text_is_not_repeated_when_it_is_no_plate() -> None:
    with pytest.raises(PlateInvalidError) as caught:
        PlateVault.from_setting(OLD).tokens_of("鲁C8812")
    assert "8812" not in str(caught.value)


def test_keys_are_not_shown_when_printed() -> None:
    (key,) = keys_of(OLD)
    assert key.token_key.hex() not in repr(key)


@pytest.mark.parametrize("plate", [PLATE, SPOKEN, GREEN, "鲁C-8812挂", "京A 12345"])
def test_plate_is_masked_when_a_text_carries_it(plate: str) -> None:
    text = redact(f"paid by {plate} at S1")
    assert plate not in text
    assert text.startswith("paid by ")
    assert text.endswith(" at S1")
    assert redact("区间 A-12 和 Z1, 10:00, 3.00") == "区间 A-12 和 Z1, 10:00, 3.00"


def test_imeis_and_keys_are_masked_when_a_text_carries_them() -> None:
    key = f"sp_0123456789ab_{'x' * 43}"
    assert redact_identities(f"/v1/uplinks/ctwing?key={key}&a=1") == "/v1/uplinks/ctwing?key=sp_0123456789ab_…&a=1"
    assert redact_identities("'860000000001234' is not registered") == "'…1234' is not registered"
    for harmless in ("0101010101010101", "00137a1000012345", "1650554828842000", "17c82e96be034f38aef3f83d48582d97"):
        assert redact_identities(harmless) == harmless


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_plate_reaches_a_log_line_when_code_logs_one(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logging("test", form)
    try:
        log = logging.getLogger("careless")
        log.warning("message %s", PLATE)
        try:
            int(f"no stay of {GREEN}")
        except ValueError:
            log.exception("failed for %s", SPOKEN)
    finally:
        root.handlers, root.level = handlers, level
    written = capsys.readouterr().err
    assert "no stay of" in written
    assert not any(plate in written for plate in (PLATE, SPOKEN, GREEN, "88123", "12345"))
