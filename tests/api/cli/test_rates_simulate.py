"""`parking rates simulate` as a person types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.rates import READY, command
from parking.domain.errors import InvalidInputError

LINZI = READY / "linzi.toml"
STAYS = """start,end,zone,area_class,kind,vehicle_class,energy,vehicle
2026-03-02T09:00:00+08:00,2026-03-02T10:00:00+08:00,Z1,I,kerb,small,fuel,a
2026-03-02T09:00:00+08:00,2026-03-02T09:20:00+08:00,Z1,I,kerb,small,fuel,b
"""


def _run(tmp_path: Path, *arguments: str) -> Result:
    draft, stays = tmp_path / "draft.toml", tmp_path / "stays.csv"
    draft.write_text(LINZI.read_text(encoding="utf-8").replace("price = 150", "price = 200"), encoding="utf-8")
    stays.write_text(STAYS, encoding="utf-8")
    return CliRunner().invoke(
        command, ["simulate", str(draft), *(each.replace("STAYS", str(stays)) for each in arguments)]
    )


def test_summary_and_report_are_written_when_two_files_are_compared(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = _run(tmp_path, "--against", str(LINZI), "--stays", "STAYS", "--out", str(out))
    assert result.exit_code == 0, result.exception
    assert result.stdout.splitlines() == [
        "2 stays: 1.50 CNY now, 2.00 CNY under the draft (33.3 %)",
        "50.0 % pay more, 0.0 % pay less; free 50.0 % now, 50.0 % under the draft",
        "1.83 CNY if parked time follows an assumed elasticity of -0.3",
        f"report: {out}",
    ]
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_numbers_are_json_when_asked_for(tmp_path: Path) -> None:
    result = _run(tmp_path, "--against", str(LINZI), "--stays", "STAYS", "--json", "--elasticity", "-0.5")
    data = json.loads(result.stdout)["simulation"]
    assert (data["total"]["revenue_after"], data["assumptions"]["elasticity"]) == (200, -0.5)


@pytest.mark.parametrize(
    "arguments",
    [(), ("--stays", "STAYS"), ("--stays", "STAYS", "--recorded"), ("--recorded", "--from", "2026-03-02")],
)
def test_command_is_refused_when_it_does_not_say_what_to_compare(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = _run(tmp_path, *arguments)
    assert isinstance(result.exception, InvalidInputError)
    assert result.exception.code == "setting_missing"
