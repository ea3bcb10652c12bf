"""What a permit's holder pays: nothing, with the permit in the line, where and while the permit holds."""

from dataclasses import replace

import pytest

from parking.db.unit_of_work import Database
from parking.rights import service
from parking.rights.model import Permit
from pricing.quotes.service import IssuedFee, fix_fee
from pricing.rates.model import Exemption
from tests.parking.rights.rights_of_street import permit
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, at, stay

pytestmark = pytest.mark.service
VEHICLE = "token"
EXEMPTING = replace(LINZI, exemptions=(Exemption(exempt_class="disabled", proof="残疾人证"),))


async def charged(database: Database, held: Permit, token: str | None = VEHICLE) -> IssuedFee:
    """For 11:00 to 12:10, 3.00 without a permit."""
    async with database.transaction() as session:
        await service.grant(session, held, at=at("08:00"))
        session_id = await stay(session, at("11:00"), at("12:10"), plate_token=token)
        return (await fix_fee(session, session_id, at=at("20:00"))).fee


def why(fee: IssuedFee) -> str:
    return " ".join(line.why for line in fee.lines)


async def test_resident_pays_nothing_and_reads_why_when_parked_at_home(database: Database) -> None:
    await kerb_city.build(database)
    fee = await charged(database, permit())
    assert (fee.amount.amount, fee.is_attributed) == (0, True)
    assert "居民停车证有效" in why(fee)


async def test_exempt_class_is_the_tables_to_honour(database: Database) -> None:
    await kerb_city.build(database, EXEMPTING)
    fee = await charged(database, permit("exempt", exempt_class="disabled"))
    assert fee.amount.amount == 0
    assert "残疾人证" in why(fee)
    fee = await charged(database, permit("exempt", key="P2", exempt_class="veteran"), token="token")
    assert fee.amount.amount == 0


async def test_class_that_the_table_does_not_know_pays_and_reads_so(database: Database) -> None:
    await kerb_city.build(database)
    fee = await charged(database, permit("exempt", exempt_class="veteran"))
    assert fee.amount.amount == 300
    assert "veteran" in why(fee)


@pytest.mark.parametrize("token", ["another", None])
async def test_permit_frees_no_other_vehicle(database: Database, token: str | None) -> None:
    await kerb_city.build(database)
    assert (await charged(database, permit(), token)).amount.amount == 300


async def test_fee_begins_when_the_permit_ends_during_the_stay(database: Database) -> None:
    await kerb_city.build(database)
    fee = await charged(database, permit("monthly", until=at("11:10")))
    assert fee.amount.amount == 150
    assert "包月有效" in why(fee)
