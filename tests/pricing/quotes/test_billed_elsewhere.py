"""Who stands where a facility bills for itself owes the city nothing, and the bill says why."""

from dataclasses import replace

import pytest

from parking.db.unit_of_work import Database
from parking.domain.money import Money
from parking.places.service import import_collection
from pricing.fees.chargeability import WORDS
from pricing.quotes.quoting import Wish, quote
from pricing.quotes.service import fix_fee, running_fee
from pricing.quotes.signing import QuoteSigner
from pricing.settlement.leakage import leakage
from pricing.settlement.service import settle
from pricing.simulation.recorded_database import read_recorded
from tests.api.gates import malls
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at, feature

pytestmark = pytest.mark.service


@pytest.mark.parametrize("plate", [None, "token"])
async def test_stay_makes_no_debtor_when_the_facility_bills_for_itself(database: Database, plate: str | None) -> None:
    await malls.build(database)
    async with database.transaction() as session:
        source = "sensor" if plate is None else "attendant"
        stay = await kerb_city.stay(session, at("10:00"), at("12:00"), space_id="M1", plate_token=plate, source=source)
        assert (await running_fee(session, stay, at=at("12:00"))).reason == "billed_by_facility"
        fee = (await fix_fee(session, stay, at=at("12:00"))).fee
        assert (fee.amount, fee.reason) == (Money(0, "CNY"), "billed_by_facility")
        assert [line.why for line in fee.lines] == [WORDS["billed_by_facility"]]
        bill = await settle(session, stay, at=at("12:00"))
        assert (bill.amount, bill.left, bill.state) == (0, 0, "paid")
        lost = await leakage(session, start=at("00:00"), end=at("23:59"))
        assert lost.amount.amount == 0


async def test_charge_ends_when_the_facility_begins_to_bill_during_the_stay(database: Database) -> None:
    await malls.build(database)
    lot = feature("facility", "MALL", zone="Z1", kind="garage", bills_itself={"valid_from": at("11:00").isoformat()})
    async with database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": [lot]}, at=at("09:00"))
        assert (report.updated, report.errors) == ({"facility": 1}, ())
        stay = await kerb_city.stay(session, at("10:00"), at("12:00"), space_id="M1")
        fee = (await fix_fee(session, stay, at=at("12:00"))).fee
        assert fee.reason is None
        assert (fee.lines[-1].start, fee.lines[-1].why) == (at("11:00"), WORDS["billed_by_facility"])
        before = await kerb_city.stay(session, at("08:00"), at("09:00"), space_id="M2")
        assert fee.amount == (await fix_fee(session, before, at=at("12:00"))).fee.amount == Money(300, "CNY")


async def test_quote_says_what_the_gate_will_ask_and_passes_by_who_bills_itself(database: Database) -> None:
    await malls.build(database)
    wish = Wish(
        space_id="G1",
        zone_id=None,
        start=at("10:00"),
        end=at("11:10"),
        vehicle_class="small",
        energy="fuel",
    )
    signer = QuoteSigner("a secret of this installation alone; long enough")
    async with database.transaction() as session:
        at_gate = await quote(session, wish, signer, at=at("09:00"))
        assert (at_gate.fee.amount, at_gate.reason) == (Money(300, "CNY"), None)
        in_mall = await quote(session, replace(wish, space_id="M1"), signer, at=at("09:00"))
        assert (in_mall.fee.amount, in_mall.reason) == (Money(0, "CNY"), "billed_by_facility")
        in_zone = await quote(session, replace(wish, space_id=None, zone_id="Z1", kind="lot"), signer, at=at("09:00"))
        assert in_zone.fee.amount == Money(300, "CNY")


async def test_recorded_stays_leave_out_what_others_billed_when_a_draft_is_simulated(database: Database) -> None:
    await malls.build(database)
    span = (at("10:00"), at("11:10"))
    async with database.transaction() as session:
        for space in ("S1", "M1", "G1"):
            await kerb_city.stay(session, *span, space_id=space, plate_token=None, source="sensor")
        await kerb_city.stay(session, *span, facility_id="GATE")
        recorded = await read_recorded(session, at("00:00"), at("00:00", days=1))
    assert sorted(recorded.stays.kind.tolist()) == [0, 1]
