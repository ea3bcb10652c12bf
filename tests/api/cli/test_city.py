"""`parking city` against a real database: in, out, and one line for each thing that is wrong."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.city import command
from api.settings import DATABASE_URL
from parking.domain.errors import InvalidInputError, NotFoundError, UnavailableError
from tests.parking.places.features import collection, kerb_space, small_city, zone


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=True)


@pytest.fixture
def installed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, database_url)


@pytest.mark.usefixtures("installed")
def test_city_goes_in_and_out_unchanged_when_it_is_the_demonstration(tmp_path: Path) -> None:
    first, second = tmp_path / "first.geojson", tmp_path / "second.geojson"
    assert run("demo", "--out", str(first)).exit_code == 0
    result = run("import", str(first))
    assert result.exit_code == 0, result.output
    assert "added: 11 district" in result.output
    assert run("export", "--out", str(second)).exit_code == 0
    again = run("import", str(second), "--prune")
    assert again.exit_code == 0
    assert "unchanged: 11 district" in again.output
    assert "added" not in again.output
    assert "removed" not in again.output


@pytest.mark.usefixtures("installed")
def test_good_features_are_in_and_bad_ones_on_a_line_each_when_a_file_has_both(tmp_path: Path) -> None:
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps(collection(*small_city(), kerb_space("K9", zone="Z9"), kerb_space("K 9"))))
    result = run("import", str(path))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "feature 10 (K9): there is no zone Z9 [reference_unknown]",
        (
            "feature 11 (K 9): an id has 1 to 64 characters of A-Z a-z 0-9 . _ : - and begins with a letter or digit"
            " [id_invalid]"
        ),
    ]
    assert "3 space" in result.stdout
    assert "refused: 2" in result.stdout


@pytest.mark.usefixtures("installed")
def test_spaces_are_removed_when_the_import_prunes(tmp_path: Path) -> None:
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps(collection(*small_city())))
    assert run("import", str(path)).exit_code == 0
    path.write_text(json.dumps(collection(zone("Z1", price_document="P1"), kerb_space("K2"))))
    assert "removed: 2 space" in run("import", str(path), "--prune").output


@pytest.mark.usefixtures("installed")
def test_zone_is_removed_once_when_it_is_removed_twice(tmp_path: Path) -> None:
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps(collection(*small_city())))
    assert run("import", str(path)).exit_code == 0
    assert run("remove", "Z1").output == "Z1 removed\n"
    assert isinstance(run("remove", "Z1").exception, NotFoundError)


@pytest.mark.usefixtures("installed")
def test_bays_go_in_when_the_format_is_melbourne(tmp_path: Path) -> None:
    path = tmp_path / "bays.csv"
    path.write_text(
        "file,bay_id,st_marker_id,status,location,lat,lon\nsensors_T16-38.csv,2235,3920N,Unoccupied,,-37.8121,144.9549\n"
    )
    result = run("import", str(path), "--format", "melbourne")
    assert result.exit_code == 0, result.output
    assert "added: 1 district, 1 zone, 1 segment, 1 space" in result.output


def test_same_city_comes_out_when_the_seed_is_the_same() -> None:
    first = run("generate", "--spaces", "120", "--seed", "5")
    assert first.exit_code == 0
    assert first.stdout == run("generate", "--spaces", "120", "--seed", "5").stdout
    spaces = [raw for raw in json.loads(first.stdout)["features"] if raw["properties"]["feature"] == "space"]
    assert len(spaces) == 120


def test_nothing_is_written_when_the_city_cannot_be_generated(tmp_path: Path) -> None:
    path = tmp_path / "city.geojson"
    assert isinstance(run("generate", "--spaces", "0", "--out", str(path)).exception, InvalidInputError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ['{"a"', "[" * 100_000, "nothing"])
def test_file_is_refused_when_it_is_no_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "city.geojson"
    path.write_text(text)
    error = run("import", str(path)).exception
    assert isinstance(error, InvalidInputError)
    assert error.code == "json_invalid"


def test_one_line_says_so_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE_URL, "postgresql://nobody@127.0.0.1:1/none")
    error = run("export").exception
    assert isinstance(error, UnavailableError)
    assert error.code == "database_unavailable"
    assert "\n" not in error.detail


@pytest.mark.parametrize("name", ["import", "export", "generate", "demo", "remove"])
def test_help_has_an_example_when_asked(name: str) -> None:
    assert f"parking city {name}" in run(name, "--help").output
