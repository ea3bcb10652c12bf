"""The past over HTTP and on the command line."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.occupancy import command
from parking.db.unit_of_work import Database
from tests.api.kerb_people import Kerb, Person, opened_kerb
from tests.parking.occupancy.past import put_past

pytestmark = pytest.mark.service
AT = "at=2026-03-02T01:25:00Z"
HOURS = "/v1/operator/occupancy/hours?zone=Z1&from=2026-03-02T00:00:00Z"


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        await put_past(database)
        yield opened


async def code_of(person: Person, path: str) -> tuple[int, str]:
    answer = await person.client.get(path)
    return answer.status_code, answer.json()["code"]


async def test_an_operator_asks_how_it_was(kerb: Kerb, database_url: str, tmp_path: Path) -> None:
    async with kerb.person("li.wei") as operator:
        found = await operator.get(f"/v1/operator/occupancy?{AT}&zone=Z1")
        (zone,) = found["zones"]
        assert (zone["id"], zone["capacity"], zone["occupied"], zone["restricted"]) == ("Z1", 3, 1, 1)
        assert zone["unknown_because"] == {"device_faulty": 1}
        assert {kind: counts["capacity"] for kind, counts in zone["kinds"].items()} == {"kerb": 3}
        assert [(one["id"], one["status"], one["reason"]) for one in found["spaces"]] == [
            ("S1", "occupied", None),
            ("S2", "restricted", "market"),
            ("S3", "unknown", "device_faulty"),
        ]
        assert [place["capacity"] for place in found["districts"]] == [3]
        best = await operator.get(f"/v1/operator/occupancy?{AT}&zone=Z1&told=best_known")
        assert best["spaces"][0]["status"] == "free"
        city = await operator.get(f"/v1/operator/occupancy?{AT}")
        assert (city["zones"], city["spaces"]) == (found["zones"], None)
        for path, refusal in (
            (f"/v1/operator/occupancy?{AT}&zone=nowhere", (404, "zone_unknown")),
            (f"/v1/operator/occupancy?{AT}&told=best_known", (400, "zone_required")),
            ("/v1/operator/occupancy?at=2027-01-01T00:00:00Z", (400, "instant_in_future")),
            (f"{HOURS}&to=2026-03-01T00:00:00Z", (400, "range_invalid")),
        ):
            assert await code_of(operator, path) == refusal
        table = await operator.client.get(f"{HOURS}&to=2026-03-03T00:00:00Z")
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        (row,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
        assert (row["hour"], row["occupancy"], row["unknown_share"]) == (
            "2026-03-02T01:00:00.000000Z",
            "0.5000",
            "0.5000",
        )
        assert (row["disbelieved_s"], row["stays_below_5_min"], row["stays_longer"]) == ("3300", "2", "0")
    async with kerb.person("wang.fang") as attendant:
        assert (await code_of(attendant, f"/v1/operator/occupancy?{AT}"))[0] == 403
    await asyncio.to_thread(_commands, database_url, tmp_path)


def _commands(database_url: str, folder: Path) -> None:
    counted = _run(database_url, "as-of", "2026-03-02T01:25:00Z", "--zone", "Z1")
    assert [json.loads(line)["occupied"] for line in counted.stdout.splitlines()] == [1]
    spaces = _run(database_url, "as-of", "2026-03-02T01:25:00Z", "--best-known", "--spaces")
    assert [json.loads(line)["status"] for line in spaces.stdout.splitlines()] == ["free", "restricted", "unknown"]
    for what, number, zone in (("changes", 6, "Z1"), ("readings", 4, "Z1"), ("hours", 1, "Z1"), ("changes", 0, "Z9")):
        out = folder / f"{what}-{zone}.csv"
        span = ("--from", "2026-03-01T00:00:00Z", "--to", "2026-03-04T00:00:00Z", "--zone", zone)
        _run(database_url, "export", "--what", what, *span, "--out", str(out))
        rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
        assert len(rows) == number
        assert {row["zone_id"] for row in rows} <= {zone}
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv"] * 4


def _run(database_url: str, *arguments: str) -> Result:
    return CliRunner(env={"PARKING_DATABASE_URL": database_url}).invoke(command, arguments, catch_exceptions=False)
