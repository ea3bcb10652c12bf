"""`parking price propose` on files, as an operator types it."""

import asyncio
import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.price import command
from parking.db.unit_of_work import Database
from pricing.demand.waves import read_waves, write_waves
from pricing.history.periods import read_history
from pricing.optimizer.files import cells_of
from pricing.rates.limit_store import limits_of
from pricing.rates.price_limits import PriceLimit
from tests.pricing import kerb_city
from tests.pricing.demand.staggered_city import City, live, uniform

HISTORY = """zone_id,day_type,band,period_start,hours,spaces,price,occupancy,full_share
a,workday,am,2026-01-01,120,40,300,0.95,0.5
a,workday,am,2026-02-01,120,40,300,0.20,0.0
b,workday,am,2026-02-01,120,40,300,0.85,0.1
"""
ZONES = """zone_id,kind,area_class,spaces,lat,lon
a,kerb,I,40,36.81,118.05
b,kerb,II,40,36.82,118.06
"""
POLICY = "target_low = 0.6\ntarget_high = 0.8\nfloor = 100\ncap = 600\ntick = 50\nstep_up = 50\nstep_down = 50\n"


FILES = {"--history": "h.csv", "--zones": "z.csv", "--policy": "p.toml"}


def propose(
    folder: Path, *, history: str = HISTORY, zones: str = ZONES, policy: str = POLICY, method: str = "rule"
) -> Result:
    for name, text in (("h.csv", history), ("z.csv", zones), ("p.toml", policy)):
        (folder / name).write_text(text)
    paths = {"--history": "h.csv", "--zones": "z.csv", "--policy": "p.toml", "--out": "out.csv"}
    call = [part for option, name in paths.items() for part in (option, str(folder / name))]
    return CliRunner().invoke(command, ["propose", *call, "--method", method])


def test_latest_period_decides_when_the_history_has_several(tmp_path: Path) -> None:
    assert propose(tmp_path).exit_code == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["zone_id"], row["price_now"], row["price_proposed"]) for row in rows] == [
        ("a", "300", "250"),
        ("b", "300", "350"),
    ]
    assert all(float(row["expected_low"]) <= float(row["expected_occupancy"]) for row in rows)


def test_last_move_is_read_from_the_earlier_periods_in_whatever_order_they_come(tmp_path: Path) -> None:
    prices = {"2026-04-01": 350, "2026-01-01": 300, "2026-03-01": 350, "2026-02-01": 400}
    rows = [f"a,workday,am,{start},120,40,{price},0.95,0.5\n" for start, price in prices.items()]
    (tmp_path / "h.csv").write_text(HISTORY.splitlines(keepends=True)[0] + "".join(rows))
    (cell,) = cells_of(read_history(tmp_path / "h.csv"))
    assert (cell.price, cell.last_move, cell.full_share) == (350, -1, 0.5)


def test_nothing_is_written_when_the_limits_contradict_each_other(tmp_path: Path) -> None:
    result = propose(tmp_path, policy=POLICY + "revenue_floor = 1000000000\n")
    assert getattr(result.exception, "code", None) == "policy_infeasible"
    assert not (tmp_path / "out.csv").exists()


def test_line_is_named_and_the_other_rows_pass_when_a_row_is_wrong(tmp_path: Path) -> None:
    result = propose(tmp_path, history=HISTORY.replace("0.20", "-0.20"))
    assert result.exit_code == 0
    assert "h.csv: 1 dropped, negative" in result.stderr
    assert "(line 3: occupancy -0.2)" in result.stderr
    with (tmp_path / "out.csv").open(newline="") as file:
        assert [row["price_proposed"] for row in csv.DictReader(file)] == ["350", "350"]


def test_zone_is_named_when_it_is_missing(tmp_path: Path) -> None:
    result = propose(tmp_path, zones=ZONES.replace("b,", "c,", 1).replace("\nb,", "\nc,"))
    assert getattr(result.exception, "code", None) == "zone_missing"


def test_the_optimizer_keeps_what_is_in_its_band_and_says_what_the_rule_would_have_done(tmp_path: Path) -> None:
    history = HISTORY + "c,workday,am,2026-02-01,120,40,300,0.70,0.0\n"
    zones = ZONES + "c,kerb,II,40,36.83,118.07\n"
    assert propose(tmp_path, history=history, zones=zones, method="optimizer").exit_code == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = {row["zone_id"]: row for row in csv.DictReader(file)}
    assert {name: (row["price_proposed"], row["rule_price"]) for name, row in rows.items()} == {
        "a": ("250", "250"),
        "b": ("350", "350"),
        "c": ("300", "300"),
    }
    assert all("not an estimate" in row["reason"] and "先验值" in row["reason"] for row in rows.values())
    assert float(rows["b"]["expected_low"]) < float(rows["b"]["expected_occupancy"]) < 0.85


def test_a_lottery_is_kept_and_what_it_shows_is_what_the_next_proposal_believes(tmp_path: Path) -> None:
    city = live(City(own=uniform(-0.8)), 2)
    columns = "zone_id,day_type,band,period_start,hours,spaces,price,occupancy,full_share\n"
    history = columns + "".join(
        f"{','.join(row.key)},{row.start},{row.hours},{row.spaces},{row.price},{row.occupancy},{row.full_share}\n"
        for row in city.history.rows
    )
    zones = "zone_id,kind,area_class,spaces,lat,lon\n" + "".join(
        f"{name},kerb,{area},40,{36.8 + number / 100},118.0\n"
        for number, (name, area) in enumerate(city.area_class.items())
    )
    last = max(row.start for row in city.history.rows)
    before = tuple(lot for lot in city.lots if lot.after < last)
    write_waves(tmp_path / "lots.csv", before)
    lots, told = str(tmp_path / "lots.csv"), str(tmp_path / "e.json")
    policy = POLICY.replace("cap = 600", "cap = 900") + 'stagger = "halves"\nneighbour_m = 300.0\n'
    policy += "neighbour_max_difference = 900\n"
    assert propose(tmp_path, history=history, zones=zones, policy=policy).exit_code == 2  # stagger without a record
    for name, text in (("h.csv", history), ("z.csv", zones), ("p.toml", policy)):
        (tmp_path / name).write_text(text)
    paths = [part for name, file in FILES.items() for part in (name, str(tmp_path / file))]
    found = CliRunner().invoke(command, ["estimate", *paths, "--experiment", lots, "--out", told])
    assert found.exit_code == 0, found.output
    assert "estimated from staggered changes" in found.stdout
    without = CliRunner().invoke(command, ["estimate", *paths, "--out", str(tmp_path / "without.json")])
    assert "the prior stands" in without.stdout
    out = ["--out", str(tmp_path / "out.csv"), "--method", "optimizer"]
    result = CliRunner().invoke(command, ["propose", *paths, *out, "--experiment", lots, "--estimate", told])
    assert result.exit_code == 0, result.output
    assert "zones wait one period" in result.stdout
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all("an estimate from staggered changes (-0." in row["reason"] for row in rows)
    assert any(row["binding"] == "staggered" for row in rows)
    kept = read_waves(tmp_path / "lots.csv")
    assert kept[: len(before)] == before
    assert {lot.after for lot in kept[len(before) :]} == {last}
    tested = CliRunner().invoke(command, ["backtest", *paths, "--experiment", lots, "--estimate", told, "--json"])
    assert tested.exit_code == 0, tested.output
    reviews = json.loads(tested.stdout)["reviews"]
    # An estimate is known once the last period that it was made of is over, and not before.
    assert [review["response"] for review in reviews] == ["prior"] * (len(reviews) - 1) + ["experiment"]


LIMIT = """[[limit]]
area_class = "I"
kind = "kerb"
vehicle = "small"
mode = "per_unit"
unit_minutes = 30
lowest = 100
highest = 200
tick = 50
"""


def limits(file: Path, text: str) -> Result:
    file.write_text(text)
    return CliRunner().invoke(command, ["limits", "--document", "doc-1", "--by", "li", str(file)])


@pytest.mark.service
async def test_limits_stand_when_they_were_written_down(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kerb_city.build(database)
    monkeypatch.setenv("PARKING_DATABASE_URL", database_url)
    result = await asyncio.to_thread(limits, tmp_path / "limits.toml", LIMIT)
    assert result.exit_code == 0, result.output
    async with database.transaction() as session:
        assert (await limits_of(session, ["doc-1"]))["doc-1"] == (
            PriceLimit(
                area_class="I",
                kind="kerb",
                vehicle_class="small",
                mode="per_unit",
                unit_s=1800,
                lowest=100,
                highest=200,
                tick=50,
            ),
        )
    other = await asyncio.to_thread(limits, tmp_path / "limits.toml", LIMIT.replace("200", "900"))
    assert getattr(other.exception, "code", None) == "price_limits_written"


@pytest.mark.parametrize(("old", "new"), [("unit_minutes = 30\n", ""), ("lowest = 100", "lowest = 900"), ("[[", "[")])
def test_a_file_of_limits_is_refused_when_it_contradicts_itself(tmp_path: Path, old: str, new: str) -> None:
    result = limits(tmp_path / "limits.toml", LIMIT.replace(old, new))
    assert getattr(result.exception, "code", None) == "policy_invalid"
