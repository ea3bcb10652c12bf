"""Both measurements run whole and for a second: every figure is there and none is nonsense."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest

from api.bench import wrk
from api.bench.city import measure_city
from api.bench.history import measure_history

pytestmark = pytest.mark.service
SMALL = ("--spaces", "1000")
"""Filling the city of the published figures takes longer than measuring it for a second."""


async def _bench(name: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "api.cli", "bench", name, "--seconds", "1", "--rounds", "1", *options]
    finished = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, timeout=150
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


async def test_ingest_measures_answers_visibility_and_history() -> None:
    found = await _bench("ingest", *SMALL)
    figures = {figure["name"]: figure for figure in found["figures"]}
    answered, visible = figures["readings answered"], figures["readings to visible state"]
    assert answered["value"] >= visible["value"] >= figures["readings to history"]["value"] > 0
    assert visible["limit"] > 0
    assert (visible["target"], visible["unit"]) == (50_000, "readings/s")
    steady = [figure["value"] for name, figure in figures.items() if "visible change" in name]
    assert len(steady) == 4
    assert 0 < steady[0] <= steady[1]
    for stage, target in (("stream to committed live state", 100_000), ("stream to live state and history", 50_000)):
        assert figures[stage]["value"] > 0
        assert figures[stage]["target"] == target
        assert figures[f"{stage}: processor time of a reading, engine"]["value"] > 0


async def test_history_measures_its_rate_and_what_a_reading_costs() -> None:
    figures = {one.name: one for one in await measure_history(rounds=1, spaces=1000)}
    rate = figures.pop("readings to history")
    assert (rate.target, rate.unit) == (50_000, "readings/s")
    assert rate.value > 0
    assert rate.limit is not None
    assert rate.limit > 0
    assert [figure.value >= 0 for figure in figures.values()] == [True, True]


async def test_city_weighs_its_memory_and_is_taken_over_by_another_engine() -> None:
    figures = {one.name: one for one in await measure_city(spaces=1000)}
    store, grown = figures["live store, memory"], figures["engine that heard every device, memory"]
    assert (store.target, grown.target, store.unit) == (1024, 1024, "MiB")
    assert min(figure.value for figure in figures.values()) > 0
    anew = "engine begun anew, memory"
    assert figures[f"{anew} at its highest"].value >= figures[anew].value


async def test_availability_measures_beside_the_bare_server() -> None:
    found = await _bench("availability", *SMALL)
    rate = found["figures"][0]
    assert rate["value"] > 0
    assert rate["limit"] > 0
    assert rate["target"] == 15_000
    assert found["generator"] == wrk.tool()


async def test_settlement_measures_payments_alone_and_over_http() -> None:
    found = await _bench("settlement")
    figures = {figure["name"]: figure for figure in found["figures"]}
    assert figures["settlements"]["limit"] > figures["settlements"]["value"] > 0
    over_http = figures["settlements over HTTP"]
    assert over_http["value"] > 0
    assert over_http["target"] == 200
    assert figures["settlement over HTTP, p99"]["target"] == 100


async def test_checks_measure_answers_beside_lookups() -> None:
    found = await _bench("checks")
    figures = {figure["name"]: figure for figure in found["figures"]}
    assert figures["checks"]["limit"] > figures["checks"]["value"] > 0
    assert figures["checks"]["target"] == 1000
    assert figures["check, p99"]["value"] > 0
