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
    file.write_text("facility_id,timestamp,capacity,occupied\n" + "\n".join(rows) + "\n")
    return file


def test_errors_of_forecast_and_baselines_are_printed(counts: Path) -> None:
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
        ],
    )
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["history"]["rows"] == 2 * 7 * 336
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
