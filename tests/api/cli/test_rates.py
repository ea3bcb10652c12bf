"""`parking rates` as a person types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.rates import READY, command, policy_path
from parking.domain.errors import NotFoundError
from pricing.rates.policy_file import parse_policy, read_policy

LINZI = READY / "linzi.toml"


def test_every_mistake_has_a_line_of_its_own_when_files_are_checked(tmp_path: Path) -> None:
    wrong, missing = tmp_path / "wrong.toml", tmp_path / "missing.toml"
    text = LINZI.read_text(encoding="utf-8").replace("price = 400", "price = -4", 1)
    wrong.write_text(text.replace('place = "everywhere"\n', ""), encoding="utf-8")
    result = CliRunner().invoke(command, ["validate", str(LINZI), str(wrong), str(missing)])
    assert result.exit_code == 2
    assert result.stdout.splitlines()[0] == f"{LINZI}: Linzi kerb parking, version 1: 2 collections, 4 lines"
    place, price, unreadable = result.stderr.splitlines()
    assert place.startswith(f"{wrong}:{text.split(chr(10)).index('[[quota]]') + 1}: quota.place: the rule does not say")
    assert price.endswith("collection.line.price: -4 is out of range: at least 0")
    assert unreadable.startswith(f"{missing}: ")


def test_ready_policies_stand_without_errors() -> None:
    result = CliRunner().invoke(command, ["validate", *map(str, sorted(READY.glob("*.toml")))])
    assert (result.exit_code, result.stderr) == (0, "")


def with_a_gap(folder: Path) -> Path:
    file = folder / "gap.toml"
    file.write_text(LINZI.read_text(encoding="utf-8").replace('from = "07:00"', 'from = "07:30"', 1), encoding="utf-8")
    return file


def test_finding_names_its_line_and_the_stay_that_shows_it(tmp_path: Path) -> None:
    file = with_a_gap(tmp_path)
    result = CliRunner().invoke(command, ["validate", str(file)])
    assert result.exit_code == 1
    finding, stay = result.stderr.splitlines()
    line = file.read_text(encoding="utf-8").split("\n").index("[[collection]]") + 1
    assert finding.startswith(f"{file}:{line}: error rate_missing: collection kerb-I: no line holds 07:00–07:30")
    assert "没有任何计费规则" in finding
    assert "T07:00:00+08:00 to " in stay
    assert stay.endswith(": refused, rate_missing")
    assert "warning class_unpriced" in result.stdout


def test_findings_are_for_machines_when_json_is_asked_for(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    result = CliRunner().invoke(command, ["validate", "--json", str(with_a_gap(tmp_path)), str(missing)])
    assert result.exit_code == 2
    gap, unreadable = json.loads(result.stdout)
    first = gap["findings"][0]
    assert (first["code"], first["severity"], first["collection"]) == ("rate_missing", "error", "kerb-I")
    assert first["path"] == ["collection", 0]
    assert first["probes"][0]["refusal"] == "rate_missing"
    assert gap["mistakes"] == []
    assert (len(unreadable["mistakes"]), unreadable["findings"]) == (1, [])


def test_ready_policies_are_listed_with_their_source() -> None:
    output = CliRunner().invoke(command, ["policies"], catch_exceptions=False).stdout
    (linzi,) = [line for line in output.splitlines() if line.startswith("linzi ")]
    assert "临淄区道路停车收费 / Linzi kerb parking" in linzi
    assert "toudeng.cc/archives/29230" in linzi


@pytest.mark.parametrize("asked", ["linzi", str(LINZI)])
def test_shown_policy_reads_as_the_same_table(asked: str) -> None:
    output = CliRunner().invoke(command, ["show", asked], catch_exceptions=False).stdout
    assert parse_policy(output.encode()) == read_policy(LINZI)


def test_policy_is_refused_when_there_is_none_of_that_name() -> None:
    with pytest.raises(NotFoundError) as refusal:
        policy_path("atlantis")
    assert refusal.value.code == "policy_unknown"
    assert "linzi" in refusal.value.detail
