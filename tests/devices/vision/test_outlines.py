"""The file that says where the bays lie in a picture."""

import json
from pathlib import Path

import pytest

from devices.vision.outlines import OutlineInvalidError, decode_outlines, read_outlines
from parking.domain.errors import InvalidInputError

CORNERS = [[0.6, 0.9], [0.2, 0.8], [0.3, 0.2], [0.5, 0.3]]


def body(*outlines: object) -> bytes:
    return json.dumps({"outlines": outlines}).encode()


def test_bays_are_read_when_the_file_is_well_made(tmp_path: Path) -> None:
    path = tmp_path / "outlines.json"
    path.write_bytes(body({"bay": "12", "corners": CORNERS}, {"bay": "13", "corners": CORNERS[::-1]}))
    read = read_outlines(path)
    assert [outline.bay for outline in read] == ["12", "13"]
    assert sorted(read[0].quad().tolist()) == sorted(read[1].quad().tolist())


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (b"{", "not a file"),
        (b"\xff\xfe", "not a file"),
        (body(), "not a file"),
        (body({"bay": "1", "corners": CORNERS[:3]}), "not a file"),
        (body({"bay": "1", "corners": [[1.2, 0.1], *CORNERS[1:]]}), "not a file"),
        (body({"bay": "1", "corners": [CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3]]}), "'1'"),
        (body({"bay": "1", "corners": CORNERS}, {"bay": "1", "corners": CORNERS}), "twice"),
    ],
)
def test_the_file_is_refused_with_the_reason_when_an_outline_is_wrong(given: bytes, word: str) -> None:
    with pytest.raises(OutlineInvalidError, match=word):
        decode_outlines(given)


def test_one_line_says_why_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot read"):
        read_outlines(tmp_path / "none.json")
