"""`parking occupancy replay`, as an analyst types it."""

import csv
from pathlib import Path
from typing import Final

from click.testing import CliRunner, Result

from api.cli.occupancy import command

HEADING: Final = "space_id,device_id,device_kind,kind,observed_at,received_at,sequence,status,score\n"
ROWS: Final = (
    "A,a1,geomagnetic,change,2026-03-02T08:00:00Z,2026-03-02T08:00:01Z,1,occupied,\n"
    "A,a1,geomagnetic,change,2026-03-02T08:00:00Z,2026-03-02T08:00:09Z,1,occupied,\n"
    "A,a2,camera,restate,2026-03-02T08:05:00Z,2026-03-02T08:05:01+00:00,,occupied,0.93\n"
    "A,a1,geomagnetic,change,2026-03-02T09:00:00Z,2026-03-02T09:00:01Z,2,free,\n"
    "A,a2,camera,restate,2026-03-02T09:05:00Z,2026-03-02T09:05:01Z,,free,0.08\n"
)


def replayed(tmp_path: Path, text: str) -> tuple[Result, list[dict[str, str]]]:
    evidence, out = tmp_path / "evidence.csv", tmp_path / "changes.csv"
    evidence.write_text(text)
    result = CliRunner().invoke(command, ["replay", "--evidence", str(evidence), "--out", str(out)])
    return result, list(csv.DictReader(out.read_text().splitlines())) if out.exists() else []


def test_changes_are_written_when_evidence_moves_a_space(tmp_path: Path) -> None:
    result, changes = replayed(tmp_path, HEADING + ROWS)
    assert result.exit_code == 0, result.output
    assert [(row["space_id"], row["at"], row["status"]) for row in changes] == [
        ("A", "2026-03-02T08:00:01.000000Z", "occupied"),
        ("A", "2026-03-02T09:00:01.000000Z", "free"),
    ]
    assert 0.5 < float(changes[1]["confidence"]) <= 1.0


def test_bad_rows_are_told_and_the_others_pass(tmp_path: Path) -> None:
    bad = (
        "A,a1,geomagnetic,change,yesterday,2026-03-02T08:00:01Z,1,occupied,\n"
        "A,a1,geomagnetic,change,2026-03-02T08:00:00,2026-03-02T08:00:01Z,1,occupied,\n"
        "A,a1,radar,change,2026-03-02T08:00:00Z,2026-03-02T08:00:01Z,1,occupied,\n"
        "A,a1,geomagnetic,plate,2026-03-02T08:00:00Z,2026-03-02T08:00:01Z,1,occupied,\n"
        "A,a1,geomagnetic,change,2026-03-02T08:00:00Z,2026-03-02T08:00:01Z,-1,occupied,\n"
        "A,a1,geomagnetic,change,2026-03-02T08:00:00Z,2026-03-02T08:00:01Z,1,maybe,\n"
        "A,a2,camera,restate,2026-03-02T08:00:00Z,2026-03-02T08:00:01Z,1,free,1.5\n"
        "A,a2,camera,restate,2026-03-02T08:00:00Z,2026-03-02T08:00:01Z,1,free,nan\n"
        "A,a2,camera,restate\n"
    )
    result, changes = replayed(tmp_path, HEADING + bad + ROWS)
    assert result.exit_code == 1
    assert len(changes) == 2
    assert [line.split(":")[0] for line in result.stderr.splitlines()[:-1]] == [f"line {n}" for n in range(2, 11)]
    assert result.stderr.splitlines()[-1].endswith("9 rows refused")


def test_another_file_is_refused_when_its_heading_is_not_ours(tmp_path: Path) -> None:
    result, _ = replayed(tmp_path, "a,b\n1,2\n")
    assert result.exit_code == 1
    assert getattr(result.exception, "code", "") == "evidence_file_invalid"
