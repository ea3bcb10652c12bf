"""Scenario A of street.md through the real HTTP interface of real processes: each row comes out exactly."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from parking.domain.clock import utc_now
from pricing.settlement.leakage import leakage
from tests.pricing.kerb_city import at
from tests.scenarios.kerb_day import ATTENDANT, Json, Kerb, kerb
from tests.scenarios.platform import until

pytestmark = pytest.mark.service
NEW_ENERGY = "鲁CD12345"
OTHER_NEW_ENERGY = "鲁CD54321"


@pytest.fixture
async def street(open_folder: Path) -> AsyncIterator[Kerb]:
    async with kerb(open_folder) as opened:
        yield opened


async def test_kerb_day_comes_out_exactly(street: Kerb) -> None:
    await _new_energy_car(street)
    await _nobodys_stay(street)
    await _photographed_stay(street)
    await _unapproved_space(street)
    await _measured_stay(street)
    await _silent_sensor(street)


async def _new_energy_car(street: Kerb) -> None:
    for clocks, fee, left_min in (
        (("08:00", "08:25"), 0, 120),
        (("09:00", "10:30"), 0, 30),
        (("14:00", "15:00"), 150, 0),
    ):
        stay = await street.stay("S1", _at(clocks[0]), _at(clocks[1]), NEW_ENERGY)
        assert stay["fee"]["amount"] == {"amount": fee, "currency": "CNY"}, stay
        assert stay["vehicle"]["energy"] == "nev"
        assert await _quota_left_min(street) == left_min
    for clocks in (("08:00", "08:25"), ("09:00", "10:30"), ("14:00", "15:00")):
        stacked = await street.stay("S6", _at(clocks[0]), _at(clocks[1]), OTHER_NEW_ENERGY)
        assert stacked["fee"]["amount"]["amount"] == 0


async def _quota_left_min(street: Kerb) -> int:
    """As a quote for a moment of that evening tells a terminal; the moment itself lies within the free half hour."""
    wish = {"space": "S1", "start": _at("16:00"), "end": _at("16:01"), "plate": NEW_ENERGY, "vehicle": {}}
    quote = await street.post("/v1/quotes", wish, expect=200)
    spans = quote["usage_after"]["granted"].get("nev", [])
    used = sum((datetime.fromisoformat(end) - datetime.fromisoformat(start) for start, end in spans), timedelta())
    return 120 - int(used.total_seconds()) // 60


async def _nobodys_stay(street: Kerb) -> None:
    stay = await street.stay("S2", _at("11:00"), _at("12:10"))
    assert (stay["plate"], stay["attributed"], stay["bill"]["state"]) == (None, False, "unattributed")
    async with street.database.transaction() as session:
        lost = await leakage(session, start=utc_now() - timedelta(hours=1), end=utc_now() + timedelta(hours=1))
    assert (lost.stays, lost.amount.amount) == (1, 300)


async def _photographed_stay(street: Kerb) -> None:
    begun = await street.start("S2", _at("13:00"), None)
    headers = await _attendant(street)
    seen = await street.client.post(
        f"/v1/attendant/sessions/{begun['id']}/plate", json={"plate": "鲁C88123"}, headers=headers
    )
    assert seen.status_code == 200, seen.text
    stay = await street.stop(begun["id"], _at("14:10"))
    assert (stay["bill"]["state"], stay["bill"]["left"]["amount"], stay["attributed"]) == ("open", 300, True)
    assert "88123" not in str(stay)


async def _attendant(street: Kerb) -> dict[str, str]:
    name, password = ATTENDANT
    answer = await street.client.post("/v1/logins", json={"name": name, "password": password})
    assert answer.status_code == 201, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}


async def _unapproved_space(street: Kerb) -> None:
    stay = await street.stay("S3", _at("09:00"), _at("12:00"), "鲁C00001")
    assert (stay["fee"]["amount"]["amount"], stay["fee"]["reason"]) == (0, "space_not_approved")
    assert stay["bill"]["state"] == "paid"


async def _measured_stay(street: Kerb) -> None:
    """30 min 40 s between two change frames, each accurate to a minute, is a stay within the free half hour."""
    came = utc_now().replace(microsecond=0) - timedelta(minutes=50)
    await street.reading("node-1", "occupied", came.isoformat(), "change", 1)
    await street.reading("node-1", "free", (came + timedelta(minutes=30, seconds=40)).isoformat(), "change", 2)
    stay = await _ended(street, "S4")
    assert (stay["fee"]["amount"]["amount"], stay["fee"]["reason"]) == (0, None)
    assert sum(line["quantity"] for line in stay["fee"]["lines"] if line["rule"] == "free_allowance") == 28 * 60 + 40


async def _silent_sensor(street: Kerb) -> None:
    """Two hours after the sensor's last word the stay has cost what it had cost then."""
    came = utc_now() - timedelta(minutes=140)
    await street.reading("node-2", "occupied", came.isoformat(), "change", 1)
    await street.reading("node-2", "occupied", (came + timedelta(minutes=20)).isoformat(), "restate", 2)

    async def costs_nothing() -> bool:
        shown = (await street.bill("S5"))["stay"]
        return shown is not None and shown["owed"]["amount"] == 0

    await until(costs_nothing, "the silent hours still count")
    open_ones = await _sessions(street, "S5")
    stay = await street.stop(open_ones[0]["id"], utc_now().isoformat())
    assert (stay["fee"]["amount"]["amount"], stay["fee"]["reason"]) == (0, None)


async def _ended(street: Kerb, space: str) -> Json:
    """The stay that the sensor has ended, once its fee is issued by the worker."""

    async def has_fee() -> bool:
        return any(stay["fee"] is not None for stay in await _sessions(street, space))

    await until(has_fee, f"no fee on {space}")
    return next(stay for stay in await _sessions(street, space) if stay["fee"] is not None)


async def _sessions(street: Kerb, space: str) -> list[Json]:
    headers = {"Authorization": f"Bearer {street.terminal_key}"}
    answer = await street.client.get(f"/v1/sessions?space={space}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["sessions"]
    return found


def _at(clock: str) -> str:
    return at(clock).isoformat()
