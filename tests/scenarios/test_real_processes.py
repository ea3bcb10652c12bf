"""From a device's frame to the public answer, through the processes that a city runs."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from devices.inventory.wishes import NewDevice
from parking.domain.clock import utc_now
from parking.places.generator import generate
from tests.scenarios.platform import PROCESSES, Platform, servers, until

pytestmark = pytest.mark.service

SPACES = 60
EUI = "0210a1b2c3d4e5f6"


@pytest.fixture
async def platform(open_folder: Path) -> AsyncIterator[Platform]:
    async with servers(open_folder) as platform:
        yield platform


async def _with_city(platform: Platform) -> tuple[str, str, str]:
    """A small city with one Bosch device; returns key, zone and space."""
    city = generate(SPACES, 3)
    space = next(f for f in city["features"] if f["properties"]["feature"] == "space")
    device = NewDevice(device_id=EUI, vendor="Bosch", model="TPS110", version="0.29", space_id=space["id"])
    key = await platform.fill(city, [device])
    for name in PROCESSES:
        platform.start(name)
    await platform.until_ready()
    return key, space["properties"]["zone"], space["id"]


def _re_addressed(shared: Path, *, port: int, payload: bytes, counter: int) -> dict[str, Any]:
    """The sample of The Things Stack, spoken by our device, now."""
    entries = json.loads((shared / "vectors" / "envelopes.json").read_text())["vectors"]
    body: dict[str, Any] = next(entry["body"] for entry in entries if entry["id"] == "tts-v3-uplink-1")
    now = utc_now().isoformat()
    body["end_device_ids"]["dev_eui"] = EUI.upper()
    body["received_at"] = now
    uplink = body["uplink_message"]
    uplink |= {"f_port": port, "f_cnt": counter, "received_at": now}
    uplink["frm_payload"] = base64.b64encode(payload).decode()
    for gateway in uplink.get("rx_metadata", []):
        gateway["time"] = now
    return body


async def test_things_stack_uplink_changes_the_space_when_re_addressed(platform: Platform, shared: Path) -> None:
    key, zone, space = await _with_city(platform)
    for counter, occupied in ((1, True), (2, False)):
        body = _re_addressed(shared, port=1, payload=bytes([occupied]), counter=counter)
        answer = await platform.client.post(
            "/v1/uplinks/things-stack-v3", json=body, headers={"Authorization": f"Bearer {key}"}
        )
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text
        wanted = "occupied" if occupied else "free"

        async def shows(wanted: str = wanted) -> bool:
            spaces = (await platform.get(f"/v1/zones/{zone}/spaces"))["spaces"]
            return any(one["id"] == space and one["status"] == wanted for one in spaces)

        await until(shows, f"the space is not {wanted}")


async def test_numbers_turn_stale_when_the_worker_dies_and_right_when_it_is_back(platform: Platform) -> None:
    key, zone, _ = await _with_city(platform)
    await platform.kill("work")

    async def stale() -> bool:
        return bool((await platform.get(f"/v1/zones/{zone}"))["stale"])

    await until(stale, "the zone is not stale")
    reading = {"device": EUI, "observed_at": utc_now().isoformat(), "status": "occupied", "kind": "change"}
    answer = await platform.client.post(
        "/v1/readings", json={"readings": [reading]}, headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 202, answer.text
    before = await platform.get(f"/v1/zones/{zone}")
    assert (before["stale"], before["occupied"]) == (True, 0)
    platform.start("work")

    async def right() -> bool:
        now = await platform.get(f"/v1/zones/{zone}")
        return not now["stale"] and now["occupied"] == 1

    await until(right, "the count does not come back")


async def test_melbourne_ends_in_the_counts_of_the_file_when_replayed(platform: Platform, shared: Path) -> None:
    file = shared / "data" / "melbourne_bays" / "bay_status_snapshots_2018-09.csv.gz"
    for name in PROCESSES:
        platform.start(name)
    await platform.until_ready()
    # Counted in the file: 1,613 and 1,462 at 11:18, 1,411 and 1,668 at 16:38; four bays are missing in the first.
    for number, expected in ((1, (1613, 1462, 4)), (2, (1411, 1668, 0))):
        output = await _replay(platform, file, number)
        zones = (await platform.get("/v1/zones?limit=1000"))["zones"]
        shown = tuple(sum(zone[name] for zone in zones) for name in ("occupied", "vacant", "unknown"))
        assert shown == expected, output
        for zone in zones:
            assert zone["vacant"] + zone["occupied"] + zone["unknown"] + zone["restricted"] == zone["capacity"]


async def _replay(platform: Platform, file: Path, number: int) -> str:
    command = [sys.executable, "-m", "api.cli", "replay", str(file), "--format", "melbourne", "--snapshot", str(number)]
    finished = await asyncio.to_thread(
        subprocess.run,
        command,
        env=platform.settings.process_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout
