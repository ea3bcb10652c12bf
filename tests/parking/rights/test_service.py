"""Rights in PostgreSQL: granted once, taken back, reserved without overlap, refused to excluded vehicles."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from parking.domain.time_span import TimeSpan
from parking.privacy.vault import PlateVault, erase
from parking.rights import service
from parking.rights.model import Offer, Reservation, WeeklyHours
from tests.parking.rights.rights_of_street import FROM, listing, permit, reservation, told
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
NOW = at("08:00")


@pytest.fixture(autouse=True)
async def _city(database: Database) -> None:
    await kerb_city.build(database, None)


async def reserve(database: Database, wish: Reservation) -> str:
    """`booked`, or the code of the refusal."""
    try:
        async with database.transaction() as session:
            await service.reserve(session, wish, at=NOW)
    except ParkingError as refusal:
        return refusal.code
    return "booked"


async def test_permit_is_granted_and_told_once_when_it_is_sent_again(database: Database) -> None:
    for _ in range(2):
        async with database.transaction() as session:
            await service.grant(session, permit(), at=NOW)
    async with database.transaction() as session:
        with pytest.raises(ConflictError, match="stands for something else"):
            await service.grant(session, permit("monthly"), at=NOW)
    for _ in range(2):
        async with database.transaction() as session:
            await service.revoke(session, "P1", by="account:li.wei", reason="moved away", at=at("10:00"))
    assert await told(database) == ["parking.right.granted", "parking.right.revoked"]
    async with database.transaction() as session:
        held = await service.permits_at(
            session, ["token"], zone_id="Z1", facility_id=None, start=at("09:00"), end=at("11:00")
        )
        assert [span for _, span in held] == [TimeSpan(FROM, at("10:00"))]
        assert not await service.permits_at(
            session, ["token"], zone_id="Z2", facility_id=None, start=at("09:00"), end=at("11:00")
        )


async def test_permit_is_refused_by_name_when_it_cannot_be(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(InvalidInputError, match="names its class"):
            await service.grant(session, permit("exempt"), at=NOW)
        with pytest.raises(InvalidInputError, match="a proof and an end"):
            await service.grant(session, replace(permit("exempt", exempt_class="police"), proof=None), at=NOW)
        with pytest.raises(NotFoundError, match="Z9"):
            await service.grant(session, permit(zones=("Z9",)), at=NOW)


async def test_excluded_vehicle_gets_no_permit_but_an_exempt_one(database: Database) -> None:
    async with database.transaction() as session:
        await service.exclude(session, listing(), at=NOW)
        await service.grant(session, permit("exempt", key="P2", exempt_class="ambulance"), at=NOW)
        with pytest.raises(ConflictError, match="excluded"):
            await service.grant(session, permit(), at=NOW)
    assert await reserve(database, reservation("R1", "09:00", "10:00", "S1")) == "vehicle_listed"
    async with database.transaction() as session:
        await service.lift(session, "L1", by="account:zhao.min", at=NOW)
    assert await reserve(database, reservation("R1", "09:00", "10:00", "S1")) == "booked"


async def test_space_is_reserved_once_when_many_ask_together(database: Database) -> None:
    wishes = [reservation(f"R{number}", "09:00", "10:00", "S1", "S2") for number in range(4)]
    answers = await asyncio.gather(*(reserve(database, wish) for wish in wishes))
    assert sorted(answers) == ["booked", "space_reserved", "space_reserved", "space_reserved"]
    assert await reserve(database, reservation("RX", "09:59", "11:00", "S2")) == "space_reserved"
    assert await reserve(database, reservation("RY", "10:00", "11:00", "S2")) == "booked"
    booked = wishes[answers.index("booked")].reservation_id
    async with database.transaction() as session:
        await service.cancel(session, booked, by="account:li.wei", at=NOW)
    assert await reserve(database, reservation("RZ", "09:00", "10:00", "S1")) == "booked"
    names = await told(database)
    assert (names.count("parking.reservation.booked"), names.count("parking.reservation.cancelled")) == (3, 1)


async def test_shared_space_is_reserved_in_its_hours_only(database: Database) -> None:
    shared = Offer(
        offer_id="O1",
        space_id="S1",
        holder="机关大院",
        hours=(WeeklyHours(at("09:00").isoweekday(), 18 * 60, 14 * 60),),
        timezone="Asia/Shanghai",
        span=TimeSpan(FROM),
        offered_by="account:li.wei",
    )
    async with database.transaction() as session:
        await service.share(session, shared, at=NOW)
    assert await reserve(database, reservation("R1", "17:00", "20:00", "S1")) == "space_not_offered"
    assert await reserve(database, reservation("R1", "18:00", "20:00", "S1")) == "booked"
    assert await reserve(database, reservation("R2", "17:00", "20:00", "S2")) == "booked"
    async with database.transaction() as session:
        await service.withdraw(session, "O1", by="account:li.wei", at=NOW)
    assert await reserve(database, reservation("R3", "12:00", "13:00", "S1")) == "booked"


async def test_reservation_is_refused_when_it_names_no_place_or_time(database: Database) -> None:
    assert await reserve(database, reservation("R1", "09:00", "10:00")) == "reservation_invalid"
    assert await reserve(database, reservation("R1", "07:00", "08:00", "S1")) == "reservation_invalid"
    assert await reserve(database, reservation("R1", "09:00", "10:00", "S9")) == "place_unknown"


async def test_plate_of_a_permit_outlives_the_retention_until_the_permit_is_over(database: Database) -> None:
    vault = PlateVault.from_setting("k" * 32)
    left = []
    async with database.transaction() as session:
        sealed = await vault.seal(session, "鲁C12345", FROM)
        await vault.seal(session, "鲁C99999", FROM)
        wish = replace(permit(until=FROM + timedelta(days=300)), plate_token=sealed.token)
        await service.grant(session, wish, at=NOW)
        for days in (200, 301, 481):
            now = FROM + timedelta(days=days)
            await service.keep_plates(session, at=now)
            left.append(
                (await erase(session, now - timedelta(days=180)), len(await vault.masked(session, [sealed.token])))
            )
    assert left == [(1, 1), (0, 1), (1, 0)]
