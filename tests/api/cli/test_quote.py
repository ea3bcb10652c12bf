"""`parking quote` as a person types it."""

import json
from pathlib import Path

from click.testing import CliRunner

import pricing.rates
from api.cli.quote import command

LINZI = Path(pricing.rates.__file__).parent / "policies" / "linzi.toml"
CALL = ["--policy", str(LINZI), "--zone-class", "I", "--vehicle", "small", "--start", "2026-03-02T14:00"]


def test_fee_and_lines_are_printed_when_asked_for_json(tmp_path: Path) -> None:
    usage = tmp_path / "usage.json"
    usage.write_text('{"quota_s": {"2026-03-02": 5400}}')
    call = [*CALL, "--end", "2026-03-02T15:00", "--energy", "nev", "--usage-before", str(usage), "--json"]
    answer = json.loads(CliRunner().invoke(command, call, catch_exceptions=False).output)
    assert answer["fee"] == {"amount": 150, "currency": "CNY"}
    assert [line["rule"] for line in answer["lines"]] == ["energy_quota", "day-I"]
    assert answer["usage_after"] == {"quota_s": {"2026-03-02": 7200}}


def test_sum_stands_below_its_lines_when_printed_for_people() -> None:
    output = CliRunner().invoke(command, [*CALL, "--end", "2026-03-02T16:00"], catch_exceptions=False).output
    assert output.splitlines()[-1] == "fee 4.50 CNY"
