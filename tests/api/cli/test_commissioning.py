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
KEY = "00112233445566778899aabbccddeeff"
ROWS = [
    "device,vendor,model,version,wire_id,app_key,supplier,batch,serial",
    *(f"B{n},Bosch,TPS110,0.39,02000000000000b{n},{KEY},甲厂,2026-1,SN{n}" for n in range(4)),
    *(f"P{n},PNI,PlacePod,,02000000000000c{n},,乙厂,," for n in range(3)),
    *(f"J{n},Generic,JSON,,,,,," for n in range(3)),
]


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def refused(*arguments: str) -> str:
    with pytest.raises(ParkingError) as caught:
        CliRunner().invoke(command, arguments, catch_exceptions=False)
    return caught.value.code


@pytest.mark.usefixtures("installed_city")
def test_street_is_fitted_and_tested_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKING_SECRET_KEY", "a secret of this test and of nothing else")
    file, plan = tmp_path / "street.csv", tmp_path / "plan.csv"
    file.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    assert run("import", "--commission", str(file)).stdout == "10 registered, 0 bound, 0 refused\n"
    assert refused("test", "start", "B0") == "device_not_bound"
    run("bind", "B0", "space-0")
    begun = run("test", "start", "B0").stdout.strip()
    assert run("test", "look", begun, "free").stdout.startswith("free at ")
    assert refused("test", "look", begun, "free", "--at", "2h") == "look_before_test"
    findings = json.loads(run("test", "report", begun).stdout)
    assert (findings["findings"]["trials"], "shortest_h" in findings["unmet"]) == (1, True)
    assert refused("test", "verdict", begun, "passed", "--reason", "it will do") == "limits_not_met"
    run("test", "verdict", begun, "passed", "--despite", "--reason", "a demonstration")
    assert [json.loads(line)["verdict"] for line in run("test", "list").stdout.splitlines()] == ["passed"]
    assert (
        run("replace", "B0", "P1", "--reason", "cover broken").stdout == "P1 watches space-0 instead of B0: installed\n"
    )
    assert run("accept", "P1", "--reason", "tested by its maker").stdout == "P1 is accepted\n"
    assert run("withdraw", "P1", "--reason", "the kerb was moved").stdout == "P1 is installed\n"
    deeds = [json.loads(line)["deed"] for line in run("life", "B0").stdout.splitlines()]
    assert deeds == ["register", "install", "test", "pass", "replace"]
    assert refused("life", "nobody") == "unknown_device"
    shown = json.loads(run("keys", "B1", "--purpose", "a new network server").stdout)
    assert shown == {"device": "B1", "app_key": KEY}
    assert run("unknown").stdout == ""
    assert refused("confirm", "02000000000000d1", "--profile", "PNI/PlacePod") == "unknown_device_not_held"
    assert refused("confirm", "02000000000000d1", "--profile", "PNI") == "profile_invalid"
    assert refused("reject", "02000000000000d1") == "unknown_device_not_held"

    plan.write_text("district,week,spaces\ndistrict-1,2026-06-01,3\nnowhere,2026-06-01,3\ndistrict-1,June,3\n")
    written = CliRunner().invoke(retrofit, ["plan", "import", str(plan)], catch_exceptions=False)
    assert (written.exit_code, written.stdout) == (1, "1 written, 2 refused\n")
    assert "row 2" in written.stderr
    assert "[week_invalid]" in written.stderr
    report = CliRunner().invoke(retrofit, ["plan", "report"], catch_exceptions=False)
    assert "due 3 of 3" in report.stdout or "due 0 of 3" in report.stdout
    weeks = CliRunner().invoke(retrofit, ["plan", "report", "--weeks"], catch_exceptions=False)
    assert weeks.stdout.splitlines()[0] == "district,week,planned,planned_in_all,done,done_in_all"
