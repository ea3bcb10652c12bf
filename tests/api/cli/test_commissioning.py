"""A street is fitted from a file: registered, installed, tested, accepted, replaced, as `docs/commissioning.md` says."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.devices import command
from api.cli.retrofit import command as retrofit
from parking.domain.errors import ParkingError
from tests.api.cli.test_devices import installed_city

pytestmark = pytest.mark.service
_ = installed_city


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def refused(*arguments: str) -> str:
    with pytest.raises(ParkingError) as caught:
        CliRunner().invoke(command, arguments, catch_exceptions=False)
    return caught.value.code


@pytest.mark.usefixtures("installed_city")
def test_street_is_fitted_and_tested_from_the_file_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    monkeypatch.setenv("PARKING_SECRET_KEY", "a secret of this test and of nothing else")
    file, plan = tmp_path / "street.csv", tmp_path / "plan.csv"
    page = (repository / "docs" / "commissioning.md").read_text(encoding="utf-8")
    street, planned = (block.partition("```")[0] for block in page.split("```csv\n")[1:])
    file.write_text(street, encoding="utf-8")
    assert run("import", "--commission", str(file)).stdout == "10 registered, 0 bound, 0 refused\n"
    assert refused("test", "start", "ZD-1") == "device_not_bound"
    run("bind", "ZD-1", "space-0")
    begun = run("test", "start", "ZD-1").stdout.strip()
    assert run("test", "look", begun, "free").stdout.startswith("free at ")
    assert refused("test", "look", begun, "free", "--at", "2h") == "look_before_test"
    findings = json.loads(run("test", "report", begun).stdout)
    assert (findings["findings"]["trials"], "shortest_h" in findings["unmet"]) == (1, True)
    assert refused("test", "verdict", begun, "passed", "--reason", "it will do") == "limits_not_met"
    run("test", "verdict", begun, "passed", "--despite", "--reason", "a demonstration")
    assert [json.loads(line)["verdict"] for line in run("test", "list").stdout.splitlines()] == ["passed"]
    assert (
        run("replace", "ZD-1", "ZD-6", "--reason", "cover broken").stdout
        == "ZD-6 watches space-0 instead of ZD-1: installed\n"
    )
    assert run("accept", "ZD-6", "--reason", "tested by its maker").stdout == "ZD-6 is accepted\n"
    assert run("withdraw", "ZD-6", "--reason", "the kerb was moved").stdout == "ZD-6 is installed\n"
    deeds = [json.loads(line)["deed"] for line in run("life", "ZD-1").stdout.splitlines()]
    assert deeds == ["register", "install", "test", "pass", "replace"]
    assert refused("life", "nobody") == "unknown_device"
    shown = json.loads(run("keys", "ZD-2", "--purpose", "a new network server").stdout)
    assert shown == {"device": "ZD-2", "join_eui": "0200000000000001", "app_key": "000102030405060708090a0b0c0d0e10"}
    assert run("unknown").stdout == ""
    assert refused("confirm", "02000000000000d1", "--profile", "PNI/PlacePod") == "unknown_device_not_held"
    assert refused("confirm", "02000000000000d1", "--profile", "PNI") == "profile_invalid"
    assert refused("reject", "02000000000000d1") == "unknown_device_not_held"

    plan.write_text(planned.replace("370303", "district-1") + "nowhere,2026-06-01,3\ndistrict-1,June,3\n")
    written = CliRunner().invoke(retrofit, ["plan", "import", str(plan)], catch_exceptions=False)
    assert (written.exit_code, written.stdout) == (1, "2 written, 2 refused\n")
    assert "row 3" in written.stderr
    assert "[week_invalid]" in written.stderr
    report = CliRunner().invoke(retrofit, ["plan", "report"], catch_exceptions=False)
    assert report.stdout.startswith("district-1\t张店\t")
    assert report.stdout.rstrip().endswith(" of 240")
    weeks = CliRunner().invoke(retrofit, ["plan", "report", "--weeks"], catch_exceptions=False)
    assert weeks.stdout.splitlines()[0] == "district,week,planned,planned_in_all,done,done_in_all"
