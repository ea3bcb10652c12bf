"""`parking forecast evaluate`, as an analyst types it."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.forecast import command


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("forecast") / "counts.csv"
    start = datetime.fromisoformat("2026-03-02")
    rows = [
        f"F{facility},{(start + timedelta(minutes=30 * slot)).isoformat()},100,{(slot * (facility + 3)) % 48 + slot // 336}"
        for facility in range(2)
        for slot in range(7 * 336)
    ]
    broken = [
        rows[40],
        rows[40] + "0",
        "F1,2026-03-03T10:10:00,100,-4",
        "F1,2026-03-03T10:20:00,100,130",
        "F1,never,100,1",
    ]
    del rows[60]
    file.write_text("facility_id,timestamp,capacity,occupied\n" + "\n".join([*rows, *broken]) + "\n")
    return file


def test_errors_are_printed_beside_both_baselines_and_every_fault_of_the_file_is_counted(counts: Path) -> None:
    result = CliRunner().invoke(
        command,
        [
            "evaluate",
            "--history",
            str(counts),
            "--test-from",
            "2026-04-06",
            "--test-to",
            "2026-04-13",
            "--horizons",
            "30,10080",
            "--timezone",
            "Europe/London",
        ],
    )
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["history"]["rows"] == 2 * 7 * 336 + 4
    # The hour that London's clock skipped on 29 March is four rows here, and gaps; one slot more was never counted.
    assert {one["rule"]: one["count"] for one in document["history"]["rules"]} == {
        "unreadable": 1, "duplicate": 1, "contradiction": 1, "clock_skipped": 4, "below_zero": 1, "over_capacity": 1, "gap": 5,
    }  # fmt: skip
    assert [one["horizon_minutes"] for one in document["horizons"]] == [30, 10080]
    for one in document["horizons"]:
        assert set(one["baselines"]) == {"same_time_last_week", "persistence_with_weekday_profile"}
        assert one["baselines"]["same_time_last_week"]["mae"] == pytest.approx(0.01)
        assert one["facilities"] == 2
        assert sum(part["slots"] for part in one["chance_of_room"]["reliability"]) == one["slots"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--test-from", "yesterday", "--test-to", "2026-04-13"), "date_invalid"),
        (("--test-from", "2026-04-06", "--test-to", "2026-04-13", "--horizons", "30,x"), "horizons_invalid"),
        (("--test-from", "2026-04-06", "--test-to", "2026-04-13", "--country", "XX"), "calendar_unknown"),
        (("--test-from", "2026-04-06", "--test-to", "2026-04-13", "--events", __file__), "events_invalid"),
        (("--test-from", "2026-04-06", "--test-to", "2026-04-13", "--horizons", "45"), "evaluation_impossible"),
    ],
)
def test_a_bad_option_is_refused_by_its_code(counts: Path, options: tuple[str, ...], code: str) -> None:
    result = CliRunner().invoke(command, ["evaluate", "--history", str(counts), *options])
    assert result.exit_code == 1
    assert getattr(result.exception, "code", "") == code
