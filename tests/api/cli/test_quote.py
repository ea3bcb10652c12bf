"""`parking quote` as a person types it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import pricing.rates
from api.cli.quote import command
from parking.domain.errors import InvalidInputError, ParkingError

LINZI = Path(pricing.rates.__file__).parent / "policies" / "linzi.toml"
CHARGED_AT_HALF = """
[exempt]
rescue = "duty order"

[discount]
etc = 50

[charging]
while_charging = "free"
grace = "15min"
idle_percent = 300
idle_rules = "all"
idle_uses_quota = false
idle_uses_free = false

[legal]
"""


def quote(*arguments: str, policy: Path = LINZI) -> str:
    call = ["--policy", str(policy), "--zone-class", "I", "--vehicle", "small", *arguments]
    return CliRunner().invoke(command, call, catch_exceptions=False).output


def answer(start: str, end: str, *arguments: str, policy: Path = LINZI) -> dict[str, Any]:
    span = ["--start", f"2026-03-02T{start}", "--end", f"2026-03-02T{end}"]
    found: dict[str, Any] = json.loads(quote(*span, "--json", *arguments, policy=policy))
    return found


def refusal(*arguments: str) -> ParkingError:
    call = ["--policy", str(LINZI), "--zone-class", "I", "--vehicle", "small", *arguments]
    error = CliRunner().invoke(command, call).exception
    assert isinstance(error, ParkingError)
    return error


@pytest.fixture
def with_switches(tmp_path: Path) -> Path:
    """Linzi's kerb with an exempt class, a discount, and charging spaces on it."""
    path = tmp_path / "switches.toml"
    path.write_text(LINZI.read_text(encoding="utf-8").replace("[legal]\n", CHARGED_AT_HALF, 1), encoding="utf-8")
    return path


def test_answer_of_one_quote_is_the_usage_before_the_next(tmp_path: Path) -> None:
    kept = tmp_path / "usage.json"
    first = answer("09:00", "10:30", "--energy", "nev")
    assert first["fee"] == {"amount": 0, "currency": "CNY"}
    for usage in (first, first["usage_after"]):
        kept.write_text(json.dumps(usage))
        second = answer("14:00", "15:00", "--energy", "nev", "--usage-before", str(kept))
        assert second["fee"] == {"amount": 150, "currency": "CNY"}
        assert sum(line["amount"] for line in second["lines"]) == 150
        assert "day-I" in [line["rule"] for line in second["lines"]]
        assert [len(spans) for spans in second["usage_after"]["granted"].values()] == [2]


def test_sum_stands_below_its_lines_when_printed_for_people() -> None:
    output = quote("--start", "2026-03-02T14:00", "--end", "2026-03-02T16:00")
    assert output.splitlines()[-1] == "fee 4.50 CNY"


def test_local_time_of_the_policy_is_meant_when_none_is_named() -> None:
    assert answer("14:00", "16:00") == answer("06:00Z", "08:00Z")


def test_right_payment_and_charging_are_counted_when_they_are_given(with_switches: Path) -> None:
    def fee(*arguments: str) -> int:
        amount: int = answer("14:00", "16:00", *arguments, policy=with_switches)["fee"]["amount"]
        return amount

    assert fee() == 450
    assert fee("--right", "rescue") == 0
    assert fee("--pay", "etc") == 225
    assert fee("--use", "charging") == 1800
    assert fee("--use", "charging", "--charging", "2026-03-02T14:00/2026-03-02T15:45") == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"quota_s": {"2026-03-02": 5400}}', "granted"),
        ("[]", "granted"),
        ("{", "usage.json"),
        ('{"granted": {"nev": [["yesterday", "today"]]}}', "usage.json"),
    ],
)
def test_usage_is_refused_when_it_is_none(tmp_path: Path, content: str, told: str) -> None:
    kept = tmp_path / "usage.json"
    kept.write_text(content)
    span = ["--start", "2026-03-02T14:00", "--end", "2026-03-02T15:00"]
    error = refusal(*span, "--usage-before", str(kept))
    assert error.code == "usage_invalid"
    assert told in error.detail


@pytest.mark.parametrize(
    "arguments",
    [
        ["--start", "noon", "--end", "2026-03-02T15:00"],
        ["--start", "2026-03-02T14:00", "--end", "2026-03-02T15:00", "--charging", "2026-03-02T14:00"],
        ["--start", "2026-03-02T14:00", "--end", "2026-03-02T15:00", "--charging", "2026-03-02T15:00/2026-03-02T14:00"],
    ],
)
def test_instant_is_refused_when_it_is_none(arguments: list[str]) -> None:
    error = refusal(*arguments)
    assert isinstance(error, InvalidInputError)
    assert error.code == "instant_invalid"
