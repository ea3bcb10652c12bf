"""What a terminal knows and grants without a network: permits it carries, free time that is not taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from parking.privacy.vault import PlateVault
from parking.rights import service
from parking.rights.model import Permit
from tests.api.terminals.bench import Bench
from tests.api.terminals.terminal import SECRET, City, Json, Terminal, fen
from tests.api.terminals.test_batches import send, stay_item
from tests.api.terminals.test_stays_and_money import balances
from tests.parking.rights.rights_of_street import permit
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
ELECTRIC = "鲁CD12345"


async def holds(city: City, plate: str, held: Permit) -> str:
    """The platform's own token of the plate."""
    async with city.database.transaction() as session:
        sealed = await PlateVault.from_setting(SECRET).seal(session, plate, at("07:00"))
        await service.grant(session, replace(held, plate_token=sealed.token), at=at("07:00"))
    return sealed.token


async def used_minutes(city: City) -> float:
    async with city.database.transaction() as session:
        spans = (
            "SELECT sum(extract(epoch FROM upper(one) - lower(one))) / 60 FROM vehicle_usage, unnest(granted) AS one"
        )
        return float(await session.scalar(text(spans)) or 0)


async def test_resident_pays_nothing_offline_and_strangers_learn_no_plate(city: City, bench: Bench) -> None:
    token = await holds(city, "鲁C12345", permit())
    await holds(city, "鲁C88123", permit(key="P2", zones=(), until=at("08:30")))
    package = await bench.program.sync()
    document, _ = bench.state.package()
    assert len(package.permits) == 2
    assert "C12345" not in document.decode()
    assert token not in document.decode()
    bench.plug(is_online=False)
    resident = await bench.parked("S1", "08:00", 70, "鲁c·12345")
    assert (resident.amount.amount, resident.is_offline) == (0, True)
    assert any("居民停车证有效" in line for line in resident.lines)
    assert (await bench.parked("S2", "08:00", 70, "鲁C88123")).amount.amount == 150
    assert (await bench.parked("S2", "10:00", 70, "鲁C88888")).amount.amount == 300
    bench.plug(is_online=True)
    assert (await bench.program.deliver()).rejected == ()
    assert await balances(city) == {"cash/T1": 450, "revenue/LZ": -450}


async def test_free_time_is_used_and_not_taken_back_when_it_was_granted_offline(city: City, bench: Bench) -> None:
    """120 minutes a day: 90 are used online, which the terminal does not know when it is cut off."""
    assert (await bench.parked("S1", "09:00", 90, ELECTRIC)).amount.amount == 0
    bench.plug(is_online=False)
    first = await bench.parked("S1", "11:00", 60, ELECTRIC)
    second = await bench.parked("S2", "13:00", 90, ELECTRIC)
    assert (first.amount.amount, second.amount.amount) == (0, 150)
    bench.plug(is_online=True)
    delivered = await bench.program.deliver()
    assert (delivered.rejected, delivered.waiting) == ((), 0)
    bills = [delivered.answers[slip.item]["bill"]["amount"] for slip in (first, second)]
    assert bills == [fen(0), fen(150)]
    assert await balances(city) == {"cash/T1": 150, "revenue/LZ": -150}
    assert await used_minutes(city) == 90 + 60 + 60
    bench.state.keep_delivered(0)
    assert (await bench.program.deliver()).accepted == 0
    assert await used_minutes(city) == 90 + 60 + 60


async def test_waiver_is_proposed_once_when_the_item_had_arrived_before_free_time_was_granted(
    city: City, bench: Bench
) -> None:
    """The platform knew the quota to be used up; the terminal got no answer and granted it again."""
    for clock in ("07:10", "09:00"):
        await bench.parked("S1", clock, 90, ELECTRIC)
    start, end = city.now, city.now + timedelta(minutes=90)
    city.now = end
    span = {"started_at": start.isoformat(), "ended_at": end.isoformat()}
    stay = bench.program._item("session", space="S2", plate=ELECTRIC, **span)
    assert (await bench.program.deliver()).answers[stay["id"]]["bill"]["left"] == fen(300)
    bench.plug(is_online=False)
    assert bench.program._slip_offline(stay, start, end).amount.amount == 0
    bench.plug(is_online=True)
    for _ in range(2):
        bench.state.keep_delivered(0)
        assert (await bench.program.deliver()).accepted == 0
    async with city.database.transaction() as session:
        assert [tuple(row) for row in await session.execute(text("SELECT kind, amount, outcome FROM waiver"))] == [
            ("waived", 300, None)
        ]


async def test_item_counts_once_when_it_says_what_it_grants_only_after_an_answer_was_lost(
    city: City, terminal: Terminal
) -> None:
    nothing: Json = {"granted": {}, "entries": {}}
    first = await send(terminal, stay_item(1))
    again = await send(terminal, stay_item(1) | {"usage_before": nothing, "usage_after": nothing})
    assert (first["accepted"], again["duplicate"], again["rejected"]) == (1, 1, [])
    backwards = {"granted": {"quota": [[at("12:00").isoformat(), at("11:00").isoformat()]]}}
    bad = await send(
        terminal,
        stay_item(2) | {"usage_before": nothing},
        stay_item(3) | {"usage_before": nothing, "usage_after": backwards},
    )
    assert [one["code"] for one in bad["rejected"]] == ["item_invalid", "item_invalid"]
    assert await balances(city) == {"receivable/370305": 300, "revenue/LZ": -300}
