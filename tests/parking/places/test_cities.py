"""The generated city, the demonstration city and Melbourne: the same every time, and plausible."""

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.domain.errors import InvalidInputError
from parking.domain.geo import contains, positions
from parking.places.demonstration import demonstration_city
from parking.places.feature_kinds import FEATURE_KINDS
from parking.places.generator import generate, generate_features
from parking.places.import_plan import plan_import, read_features
from parking.places.melbourne import melbourne_city, read_rows, snapshots
from parking.places.street_plan import FacilitySketch, ZoneSketch, draw_zone

FILE = Path("data/melbourne_bays/bay_status_snapshots_2018-09.csv.gz")
HEAD = "file,bay_id,st_marker_id,status,location,lat,lon\n"


def check_city(city: dict[str, Any]) -> None:
    """Every feature is accepted, and every space stands in the area of its zone."""
    good, errors = read_features(city["features"])
    assert errors == []
    assert plan_import(good, {kind.cls: {} for kind in FEATURE_KINDS}).errors == []
    areas = {raw["id"]: raw["geometry"] for raw in of_kind(city, "zone")}
    for raw in of_kind(city, "space"):
        position = next(positions(raw["geometry"]))
        assert contains(areas[raw["properties"]["zone"]], position), raw["id"]


def of_kind(city: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [raw for raw in city["features"] if raw["properties"]["feature"] == kind]


@given(st.integers(1, 1500), st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_generated_city_has_exactly_as_many_spaces_when_asked_for_any_number(spaces: int, seed: int) -> None:
    city = generate(spaces, seed)
    assert len(of_kind(city, "space")) == spaces
    check_city(city)
    sizes = Counter(raw["properties"]["zone"] for raw in of_kind(city, "space"))
    assert max(sizes.values()) < 200
    assert spaces < 40 or min(sizes.values()) >= 40
    assert generate(spaces, seed) == city


def test_generated_city_begins_at_once_when_it_is_large() -> None:
    assert len(list(islice(generate_features(1_000_000, 1), 5000))) == 5000


@pytest.mark.parametrize("spaces", [0, -1, 2_000_001])
def test_city_is_refused_when_its_size_is_out_of_range(spaces: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        generate_features(spaces, 1)
    assert caught.value.code == "spaces_out_of_range"


def test_zone_is_refused_when_its_streets_do_not_hold_the_spaces() -> None:
    street = ("街", "Street")
    lots = tuple(FacilitySketch(kind="lot", name="a", name_en="a", spaces=1) for _ in range(5))
    for kerb_spaces, facilities in ((385, ()), (10, lots)):
        sketch = ZoneSketch(
            zone_id="Z",
            district_id="D",
            name="a",
            name_en="a",
            area_class="I",
            centre=(118.0, 36.8),
            kerb_spaces=kerb_spaces,
            streets=(street, street, street),
            facilities=facilities,
        )
        with pytest.raises(ValueError, match="zone Z"):
            list(draw_zone(sketch, np.random.default_rng(1)))


def test_demonstration_city_is_shaped_like_zibo_when_it_is_made() -> None:
    city = demonstration_city()
    check_city(city)
    assert demonstration_city() == city
    codes = {raw["properties"].get("admin_code") for raw in of_kind(city, "district")}
    assert codes >= {"370302", "370303", "370304", "370305", "370306", "370321", "370322", "370323", None}
    spaces = of_kind(city, "space")
    assert 2900 <= len(spaces) <= 3300
    sizes = Counter(raw["properties"]["zone"] for raw in spaces)
    assert len(sizes) == 32
    assert all(40 <= size <= 150 for size in sizes.values())
    assert sum(size for zone_id, size in sizes.items() if zone_id.startswith("ZD-")) > len(spaces) / 2
    assert {raw["properties"]["area_class"] for raw in of_kind(city, "zone")} == {"I", "II", "III"}
    assert {raw["properties"]["kind"] for raw in spaces} == {"kerb", "lot", "garage"}
    assert {raw["properties"]["use"] for raw in spaces} == {"ordinary", "accessible", "charging", "loading"}
    assert [raw["properties"]["mechanical"] for raw in of_kind(city, "facility")].count(True) == 1


def test_a_few_spaces_may_not_be_charged_when_the_city_is_the_demonstration() -> None:
    city = demonstration_city()
    unapproved = [raw for raw in of_kind(city, "space") if "approval" not in raw["properties"]]
    assert {raw["properties"]["zone"] for raw in unapproved} == {"ZD-12"}
    assert 5 <= len(unapproved) <= 40
    assert [raw["id"] for raw in of_kind(city, "zone") if "price_document" not in raw["properties"]] == ["WC-01"]


def test_melbourne_has_every_bay_when_the_file_of_the_city_is_read(shared: Path) -> None:
    rows = read_rows(shared / FILE)
    city = melbourne_city(rows)
    check_city(city)
    assert len(of_kind(city, "space")) == 3079
    assert [(moment.name, moment.count("occupied"), moment.count("free")) for moment in snapshots(rows)] == [
        ("sensors_T11-18.csv", 1613, 1462),
        ("sensors_T16-38.csv", 1411, 1668),
    ]
    known = {raw["id"] for raw in of_kind(city, "space")}
    assert all(space_id in known for moment in snapshots(rows) for space_id, _ in moment.statuses)


def test_bay_stands_where_it_was_seen_last_when_it_moved(tmp_path: Path) -> None:
    path = tmp_path / "bays.csv"
    path.write_text(
        f"{HEAD}a.csv,7,C12,Present,,-37.81,144.95\nb.csv,7,C12,Unoccupied,,-37.82,144.96\nb.csv,8,4688Ea,Present,,-37.81,144.95\n"
    )
    rows = read_rows(path)
    spaces = of_kind(melbourne_city(rows), "space")
    assert [(raw["id"], raw["geometry"]["coordinates"]) for raw in spaces] == [
        ("MEL-7", [144.96, -37.82]),
        ("MEL-8", [144.95, -37.81]),
    ]
    assert [row.side for row in rows] == ["X", "X", "E"]
    assert [moment.statuses for moment in snapshots(rows)] == [
        (("MEL-7", "occupied"),),
        (("MEL-7", "free"), ("MEL-8", "occupied")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bay_id,lat\n1,2\n",
        f"{HEAD}a.csv,7,1N,Perhaps,,-37.81,144.95\n",
        f"{HEAD}a.csv,7,1N,Present,,north,144.95\n",
        f"{HEAD}a.csv,7,1N,Present,,nan,144.95\n",
        f"{HEAD}a.csv,7,1N,Present,,-97.81,144.95\n",
        f"{HEAD}a.csv,a b,1N,Present,,-37.81,144.95\n",
        f"{HEAD}a.csv,7\n",
    ],
)
def test_file_is_refused_when_it_is_not_that_of_the_city(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bays.csv"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        read_rows(path)
    assert caught.value.code == "melbourne_file_invalid"


def test_file_is_refused_when_it_is_not_compressed_as_its_name_says(tmp_path: Path) -> None:
    path = tmp_path / "bays.csv.gz"
    path.write_text(HEAD)
    with pytest.raises(InvalidInputError) as caught:
        read_rows(path)
    assert caught.value.code == "melbourne_file_invalid"
