"""Publication asks the price document: its ceiling, its tick, what it is silent about, and its form."""

from dataclasses import replace

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, ParkingError
from pricing.rates.limit_store import limits_of, write_limits
from pricing.rates.model import RateTable
from pricing.rates.price_limits import refuse_beyond
from pricing.rates.publication import publish_within_document
from pricing.rates.service import draft, rate_in_force
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, at
from tests.pricing.proposals.reviewed_city import LIMITS, NOW

TOMORROW = at("07:00", days=1)
FIRST = replace(LINZI, lines=tuple(line for line in LINZI.lines if line.area_class == "I"))


def priced(unit: int) -> RateTable:
    return replace(
        FIRST, lines=tuple(replace(line, unit_price=unit) if line.rule_id == "day-I" else line for line in FIRST.lines)
    )


@pytest.mark.parametrize(
    ("unit", "code"),
    [(50, None), (250, None), (300, "price_beyond_document"), (1, "price_beyond_document"), (175, "price_off_tick")],
)
def test_a_price_is_judged_when_the_document_has_limits(unit: int, code: str | None) -> None:
    if code is None:
        refuse_beyond(priced(unit), "government_guided", LIMITS)
        return
    with pytest.raises(ParkingError) as refusal:
        refuse_beyond(priced(unit), "government_guided", LIMITS)
    assert refusal.value.code == code


def test_a_price_is_refused_when_the_document_is_silent() -> None:
    with pytest.raises(ParkingError) as refusal:
        refuse_beyond(LINZI, "government_set", LIMITS)
    assert refusal.value.code == "price_not_in_document"


def test_kerb_prices_are_refused_when_the_document_leaves_them_to_the_market() -> None:
    with pytest.raises(ParkingError) as refusal:
        refuse_beyond(FIRST, "market", ())
    assert refusal.value.code == "kerb_price_by_market"
    lots = replace(FIRST, lines=tuple(replace(line, kinds=frozenset({"lot"})) for line in FIRST.lines))
    refuse_beyond(lots, "market", ())


@pytest.mark.service
async def test_two_yuan_are_refused_when_the_document_lets_one_and_a_half_float_by_a_fifth(database: Database) -> None:
    """Scenario B of the reference: 1.50, +20 %, tick 0.50; 2.00 needs a new document."""
    await kerb_city.build(database)
    narrow = tuple(replace(limit, lowest=150, highest=180) if limit.mode == "per_unit" else limit for limit in LIMITS)
    async with database.transaction() as session:
        await write_limits(session, "doc-1", narrow, by="li", at=NOW)
        version = await draft(session, priced(200), price_document_id="doc-1", prepared_by="li", at=NOW)
    with pytest.raises(ParkingError) as refusal:
        async with database.transaction() as session:
            await publish_within_document(
                session,
                "linzi-kerb",
                version.table.version,
                effective_from=TOMORROW,
                approved_by="wang",
                at=NOW,
            )
    assert refusal.value.code == "price_beyond_document"
    async with database.transaction() as session:
        table = await rate_in_force(session, "Z1", "kerb", TOMORROW)
    assert table is not None
    assert table.lines[0].unit_price == 150


@pytest.mark.service
async def test_the_limits_of_a_document_stand_when_they_are_written_again(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        await write_limits(session, "doc-1", LIMITS, by="li", at=NOW)
        await write_limits(session, "doc-1", LIMITS[::-1], by="li", at=NOW)
        assert await limits_of(session, ["doc-1", "doc-2"]) == {"doc-1": LIMITS}
        with pytest.raises(ConflictError):
            await write_limits(session, "doc-1", LIMITS[:1], by="li", at=NOW)
