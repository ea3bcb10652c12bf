"""`parking vision` and `parking bench vision` as a user runs them."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from api.cli.bench import command as bench
from api.cli.vision import command as vision


def run(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(vision, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_figures_are_printed_when_labelled_pictures_are_judged(shared: Path, tmp_path: Path) -> None:
    lines = (shared / "images" / "labels.csv").read_text().splitlines()
    some = [lines[0], *(line for line in lines if "GOPR6657" in line)]
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(some) + "\n")
    (told,) = run("evaluate", "--labels", str(labels), "--images", str(shared / "images"), "--left-out")
    assert told["patches"] == len(some) - 1
    assert told["accuracy"] > 0.9
    assert told["ms_per_patch"] > 0


def test_each_bay_is_a_line_when_a_picture_is_looked_at(shared: Path, tmp_path: Path) -> None:
    frames = shared / "images" / "frames"
    quads = json.loads((frames / "annotations.json").read_bytes())["GOPR6654.jpg"]["rois_normalised"][:3]
    outlines = tmp_path / "outlines.json"
    outlines.write_text(json.dumps({"outlines": [{"bay": f"A{n}", "corners": quad} for n, quad in enumerate(quads)]}))
    told = run("look", "--frame", str(frames / "GOPR6654.jpg"), "--outlines", str(outlines))
    assert [line["bay"] for line in told] == ["A0", "A1", "A2"]
    assert all(0 <= line["occupied"] <= 1 for line in told)


def test_the_network_alone_is_named_as_the_limit_when_it_is_measured() -> None:
    result = CliRunner().invoke(bench, ["vision", "--seconds", "1", "--rounds", "1"], catch_exceptions=False)
    (figure,) = json.loads(result.stdout)["figures"]
    assert (figure["name"], figure["unit"], figure["target"]) == ("one space", "ms", 5.0)
    assert figure["limit"] > 0
