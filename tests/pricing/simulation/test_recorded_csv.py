"""Recorded stays from a file: what is read, and what is refused with its place."""

from pathlib import Path

import pytest

from parking.domain.errors import InvalidInputError
from pricing.simulation.recorded_csv import read_recorded_csv

HEAD = "start,end,zone,area_class,kind"


def test_stays_are_columns_when_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "stays.csv"
    rows = (
        f"{HEAD},energy,vehicle,payment_method",
        "2026-03-02T09:00:00.5+08:00,2026-03-02T10:00:00.9+08:00,A,I,kerb,nev,x,app",
        "2026-03-02T01:00:00Z,2026-03-02T02:00:00Z,B,III,garage,,,",
    )
    path.write_text("\n".join(rows), encoding="utf-8")
    told: list[int] = []
    recorded = read_recorded_csv(path, told.append)
    stays = recorded.stays
    # A begun second at either end does not count.
    assert (stays.end - stays.start).tolist() == [3_599, 3_600]
    assert recorded.zone_ids == ("A", "B")
    assert stays.area_class.tolist() == [0, 2]
    assert stays.kind.tolist() == [0, 2]
    assert stays.energy.tolist() == [1, 0]
    assert stays.vehicle is not None
    assert stays.vehicle.tolist() == [0, -1]
    assert (stays.payment_methods, sum(told)) == (("app",), path.stat().st_size)


def test_a_quote_anywhere_changes_nothing_of_what_is_read(tmp_path: Path) -> None:
    rows = [f"{HEAD},vehicle"]
    rows += [
        f"2026-03-0{1 + number % 9}T09:{number % 60:02d}:00{('', '.25')[number % 2]}+08:00,2026-03-10 10:00:00Z,"
        f"Z{number % 7},{'I' * (1 + number % 3)},lot,{'' if number % 5 else f'v{number % 11}'}"
        for number in range(300)
    ]
    plain, quoted = tmp_path / "plain.csv", tmp_path / "quoted.csv"
    plain.write_text("\r\n".join(rows), encoding="utf-8")
    rows[-1] = rows[-1].replace(",lot,", ',"lot",')
    quoted.write_text("\n".join(rows), encoding="utf-8")
    told: list[int] = []
    fast, slow = read_recorded_csv(plain), read_recorded_csv(quoted, told.append)
    for name in ("start", "end", "area_class", "kind", "vehicle", "payment"):
        assert getattr(fast.stays, name).tolist() == getattr(slow.stays, name).tolist()
    assert (fast.zone.tolist(), fast.zone_ids) == (slow.zone.tolist(), slow.zone_ids)
    assert sum(told) == quoted.stat().st_size


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("start,end,zone\n", ":1: the column area_class is missing"),
        (f"{HEAD},colour\n", ":1: there is no column 'colour'"),
        (f"{HEAD}\n2026-03-02T09:00,2026-03-02T10:00Z,A,I,kerb\n", ":2: '2026-03-02T09:00' has no time zone"),
        (f"{HEAD}\n2026-03-02T09:00Z,2026-03-02T08:00Z,A,I,kerb\n", ":2: end: the stay ends before it starts"),
        (f"{HEAD}\n2026-03-02T09:00Z,2026-03-02T10:00Z,A,IV,kerb\n", ":2: area_class: 'IV' is none of I, II, III"),
        (f"{HEAD}\n2026-03-02T09:00Z\n", ":2: not as many cells as columns"),
        (f"{HEAD}\n", " has no stays"),
    ],
)
def test_file_is_refused_with_its_place_when_a_row_says_nothing(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "stays.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        read_recorded_csv(path)
    assert caught.value.detail == f"{path}{told}"
    assert caught.value.code == "stays_unreadable"
