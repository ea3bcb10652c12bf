"""Terminals that sign: registered, heard, given new keys, revoked; and everything that a thief could send."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, text

from parking.bus.codec import decode
from parking.bus.tables import OutboxRow
from tests.api.terminals.machine import PLACE, Machine, Operator, operator_of
from tests.api.terminals.terminal import City, Json, fen
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
BEAT = "/v1/terminals/T1/heartbeats"


@pytest.fixture
async def operator(city: City) -> Operator:
    return await operator_of(city)


@pytest.fixture
async def machine(operator: Operator) -> Machine:
    return await operator.registers("T1")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def beat(machine: Machine) -> Json:
    return {"at": machine.city.now.isoformat(), "version": "1.0"}


async def test_terminal_settles_when_it_signs(machine: Machine) -> None:
    start = {"space": "S1", "plate": "鲁C12345", "started_at": at("11:00").isoformat()}
    stay = (await machine.send(machine.signed("POST", "/v1/sessions", start, key="start-1"))).json()
    stop = f"/v1/sessions/{stay['id']}/stop"
    assert (await machine.post(stop, {"ended_at": at("12:10").isoformat()})).json()["bill"]["left"] == fen(300)
    order = {"session": stay["id"], "amount": fen(300), "method": "cash", "paid_at": at("12:10").isoformat()}
    paid = await machine.send(machine.signed("POST", "/v1/payments", order, key="pay-1"))
    assert (paid.status_code, paid.json()["state"]) == (201, "paid")
    listed = await machine.send(machine.signed("GET", "/v1/sessions?space=S1&limit=5"))
    assert [one["id"] for one in listed.json()["sessions"]] == [stay["id"]]


async def test_request_is_refused_when_it_was_sent_before(machine: Machine) -> None:
    request = machine.signed("POST", BEAT, beat(machine))
    assert (await machine.send(request)).status_code == 200
    assert refusal(await machine.send(request)) == (401, "signature_replayed")
    refused = machine.signed("POST", BEAT, {"odd": 1})
    assert refusal(await machine.send(refused)) == (400, "request_invalid")
    assert refusal(await machine.send(refused)) == (401, "signature_replayed")


@pytest.mark.parametrize("part", ["body", "path", "method", "timestamp", "nonce", "key"])
async def test_request_is_refused_when_anything_in_it_was_changed(machine: Machine, part: str) -> None:
    request = machine.signed("POST", BEAT, beat(machine))
    headers = dict(request.headers)
    method, path, content = "POST", BEAT, request.content
    if part == "body":
        content = content + b" "
        headers["content-length"] = str(len(content))
    elif part == "path":
        path += "?more=1"
    elif part == "method":
        method, path = "GET", "/v1/sessions"
        content = b""
        headers["content-length"] = "0"
    elif part == "timestamp":
        stamp = str(int(machine.city.now.timestamp()))
        headers["authorization"] = headers["authorization"].replace(stamp, str(int(stamp) + 1))
    elif part == "nonce":
        headers["authorization"] = headers["authorization"].replace("nonce=nonce", "nonce=other")
    else:
        headers["authorization"] = headers["authorization"].replace(machine.key, "0" * 12)
    changed = await machine.city.client.request(method, path, content=content, headers=headers)
    assert refusal(changed) == ((401, "key_invalid") if part == "key" else (403, "signature_invalid"))
    headers["authorization"] = "PARKING-HMAC-SHA256 key=1"
    assert refusal(await machine.city.client.get("/v1/sessions", headers=headers)) == (401, "signature_malformed")


async def test_clock_is_told_when_the_terminals_own_is_wrong(machine: Machine) -> None:
    now = machine.city.now
    late = machine.signed("POST", BEAT, beat(machine), at=now - timedelta(hours=1))
    answer = await machine.send(late)
    assert refusal(answer) == (401, "clock_off")
    assert answer.json()["offset_s"] == -3600
    edge = machine.signed("POST", BEAT, beat(machine), at=now + timedelta(minutes=5))
    assert (await machine.send(edge)).status_code == 200
    asked = await machine.city.client.get("/v1/clock", params={"at": (now - timedelta(seconds=3600)).isoformat()})
    assert (asked.json()["offset_s"], asked.json()["tolerance_s"]) == (-3600, 300)
    assert (await machine.city.client.get("/v1/clock")).json()["offset_s"] is None


async def test_two_keys_hold_for_a_time_when_the_key_is_changed(machine: Machine, operator: Operator) -> None:
    keys = "/v1/terminals/T1/keys"
    lost = machine.with_key((await machine.post(keys, {})).json())
    second = machine.with_key((await machine.post(keys, {})).json())
    assert refusal(await lost.beats()) == (401, "key_expired")
    assert [(await one.beats()).status_code for one in (machine, second)] == [200, 200]
    machine.city.now += timedelta(hours=24)
    assert refusal(await machine.beats()) == (401, "key_expired")
    third = second.with_key((await operator.post("/v1/operator/terminals/T1/keys?overlap_hours=0")).json())
    assert refusal(await second.beats()) == (401, "key_expired")
    assert (await third.beats()).status_code == 200
    assert (await operator.post("/v1/operator/terminals/T1/revoke")).status_code == 204
    assert refusal(await third.beats()) == (401, "terminal_revoked")
    assert refusal(await operator.post("/v1/operator/terminals/T1/keys")) == (401, "terminal_revoked")
    async with machine.city.database.transaction() as session:
        actions = list(await session.scalars(text("SELECT action FROM audit ORDER BY audit_id")))
    assert actions == ["terminal.registered", "terminal.key_changed", "terminal.revoked"]


async def test_health_and_events_follow_when_a_terminal_tells_how_it_is(machine: Machine, operator: Operator) -> None:
    city = machine.city

    async def seen() -> Json:
        (one,) = (await operator.get("/v1/operator/terminals"))["terminals"]
        found: Json = one
        return found

    assert (await seen())["health"] == "never_heard"
    assert (await machine.beats(stock={"paper": 40, "coins": 0}, faults=["printer_jam"])).json()["health"] == "faulty"
    older = {"at": (city.now - timedelta(minutes=1)).isoformat(), "version": "0", "faults": []}
    assert (await machine.post(BEAT, older)).json()["health"] == "faulty"
    city.now += timedelta(minutes=5)
    assert (await machine.beats(stock={"paper": 40, "coins": 60})).json()["health"] == "ok"
    assert (await seen())["stock"] == {"paper": 40, "coins": 60}
    city.now += timedelta(minutes=16)
    assert (await seen())["health"] == "silent"
    async with city.database.transaction() as session:
        rows = list(await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position)))
    told = [event.type for event in map(decode, rows) if event.type.startswith("parking.terminal.")]
    assert told == [
        "parking.terminal.fault_reported",
        "parking.terminal.stock_reported",
        "parking.terminal.fault_cleared",
    ]


async def test_terminal_speaks_for_itself_alone(machine: Machine, operator: Operator) -> None:
    other = await operator.registers("T2")
    body = beat(machine)
    assert refusal(await other.post(BEAT, body)) == (403, "terminal_other")
    bearer = await machine.city.terminal()
    assert refusal(await bearer.post("/v1/terminals/test/keys", {})) == (403, "signature_required")
    async with machine.city.database.transaction() as session:
        await session.execute(text("INSERT INTO district (district_id, name, name_en) VALUES ('o', '别', 'Other')"))
    stranger = await operator_of(machine.city, "o")
    assert (await stranger.get("/v1/operator/terminals"))["terminals"] == []
    assert refusal(await stranger.post("/v1/operator/terminals/T1/revoke")) == (403, "district_forbidden")
    assert refusal(await stranger.post("/v1/operator/terminals", {"id": "T3", **PLACE})) == (403, "district_forbidden")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id": "T1"}, 409, "terminal_exists"),
        ({"operator": "nobody"}, 404, "operator_unknown"),
        ({"zones": ["nowhere"]}, 404, "zone_unknown"),
        ({"district": "370303"}, 409, "zone_elsewhere"),
        ({"zones": []}, 400, "request_invalid"),
    ],
)
async def test_registration_is_refused_by_name_when_it_cannot_be(
    machine: Machine, operator: Operator, change: Json, status: int, code: str
) -> None:
    wish = {"id": f"T-{machine.terminal_id}", **PLACE, **change}
    assert refusal(await operator.post("/v1/operator/terminals", wish)) == (status, code)
