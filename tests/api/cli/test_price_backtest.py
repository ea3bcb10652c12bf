"""`parking price convert` and `backtest` on the published files and on a few rows of one's own."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.price import command
from parking.domain.errors import InvalidInputError
from pricing.history.public_files import convert
from pricing.rates.policy_file import read_policy
from tests.api.cli.test_price import HISTORY, POLICY, ZONES

SFPARK = """target_low = 0.6
target_high = 0.8
floor = 25
cap = 600
tick = 25
step_up = 25
step_down = 50
bands = [[0.30, -50], [0.60, -25], [0.80, 0], [9.0, 25]]
"""


def call(*words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_all_decisions_of_sfpark_are_reproduced_by_the_command(shared: Path, tmp_path: Path) -> None:
    table = shared / "data/sfpark_rates/sfpark_adjustments_2011_07.csv"
    history, zones, policy, out = (tmp_path / name for name in ("h.csv", "z.csv", "p.toml", "out.csv"))
    policy.write_text(SFPARK)
    assert call("convert", table, "--format", "sfpark", "--history", history, "--zones", zones).exit_code == 0
    files = ("--history", history, "--zones", zones, "--policy", policy)
    result = call("backtest", *files, "--out", out, "--report", tmp_path / "r.html", "--json")
    assert result.exit_code == 0, result.output
    (review,) = json.loads(result.stdout)["reviews"]
    assert (review["decisions_known"], review["same"], review["same_as_rule"], review["other_way"]) == (
        1317,
        1317,
        1317,
        0,
    )
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["price_proposed"] == row["price_done"] for row in rows)
    html = (tmp_path / "r.html").read_text()
    assert "1,317 decisions on prices. Under this policy 100.0%" in html
    assert "The zones have no positions" in html


def test_weeks_of_seattle_become_review_periods_with_positions(shared: Path) -> None:
    folder = shared / "data/seattle_hourly"
    converted = convert(folder / "weekly_band_panel.csv.gz", "seattle", folder / "paystations.csv")
    # Six of 365 have no pay station in the list: without a position no limit between neighbours could hold.
    assert len(converted.zones) == 359
    assert all(zone[4] and zone[5] for zone in converted.zones)
    assert converted.cleaning.rows == 70_027
    assert converted.cleaning.counts == {"no_position": 443, "price_changed": 96, "spaces_changed": 119}
    assert len(converted.cleaning.examples["no_position"]) == 5
    starts = sorted({row[3] for row in converted.history}, key=str)
    assert (str(starts[0]), len(starts)) == ("2016-02-01", 9)
    first = converted.history[0]
    assert (first[0], first[2], first[6]) == ("1017", "08:00-11:00", 250)


def test_a_broken_line_of_a_published_file_is_told_and_the_others_pass(tmp_path: Path) -> None:
    path, heading = tmp_path / "t.csv", "block,day_type,time_band,occ_jul,rate_before_jul,rate_new_jul\n"
    path.write_text(
        heading + "A,Weekday,1,much,2.0,2.25\nA,Weekday,2,0.9,2.0,2.25\nA,Weekday,3,nan,2.0,2.25\nA,Weekday\n"
    )
    words = ("convert", path, "--format", "sfpark", "--history", tmp_path / "h.csv", "--zones", tmp_path / "z.csv")
    result = call(*words)
    assert result.exit_code == 0, result.output
    assert "1 row of 1 zone" in result.stdout
    assert "t.csv: 3 dropped, unreadable" in result.stderr
    assert "line 2: Expected `float`" in result.stderr
    path.write_text(heading + "A,Weekday,1,much,2.0,2.25\n")
    with pytest.raises(InvalidInputError, match=r"no row can be used; t\.csv: 1 dropped"):
        convert(path, "sfpark")
    path.write_text("block,occ_jul\nA,0.5\n")
    with pytest.raises(InvalidInputError, match=r"t\.csv: no column day_type"):
        convert(path, "sfpark")
    (tmp_path / "t.csv.gz").write_bytes(b"no gzip file")
    with pytest.raises(InvalidInputError, match="Not a gzipped file"):
        convert(tmp_path / "t.csv.gz", "seattle")


def test_an_empty_share_of_time_is_not_known_and_the_page_of_a_proposal_is_written(tmp_path: Path) -> None:
    for name, text in (("h.csv", HISTORY.replace(",0.0\n", ",\n")), ("z.csv", ZONES), ("p.toml", POLICY)):
        (tmp_path / name).write_text(text)
    files = ("--history", tmp_path / "h.csv", "--zones", tmp_path / "z.csv", "--policy", tmp_path / "p.toml")
    result = call("propose", *files, "--out", tmp_path / "o.csv", "--report", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert "Of 2 prices in 2 zones, 1 rises, 1 falls and 0 stay" in (tmp_path / "r.html").read_text()
    told = call("backtest", *files)
    # The only cell with a later period stayed at 300, and the rule would have raised it.
    assert "2026-01-01: 1 price, 1 decision known, 0 the same, 0 as the rule, 0 the other way" in told.stdout


def test_recorded_stays_are_charged_under_both_tariffs(tmp_path: Path) -> None:
    import pricing.rates  # noqa: PLC0415 - where the packaged policies lie

    policy = Path(pricing.rates.__file__).parent / "policies" / "linzi.toml"
    assert read_policy(policy).currency == "CNY"
    stays = tmp_path / "stays.csv"
    stays.write_text("start,end,zone,area_class,kind\n2026-03-02T09:00:00+08:00,2026-03-02T11:00:00+08:00,A,I,kerb\n")
    result = call("backtest", "--stays", stays, "--tariff", policy, "--against", policy)
    assert result.exit_code == 0, result.output
    assert "1 stay: 4.50 CNY now, 4.50 CNY under the draft" in result.stdout


@pytest.mark.parametrize(
    "words", [(), ("--history", "h.csv"), ("--stays", "s.csv"), ("--stays", "s", "--history", "h")]
)
def test_what_is_missing_is_said(words: tuple[str, ...]) -> None:
    assert getattr(call("backtest", *words).exception, "code", None) == "setting_missing"
