"""Every way in which a feature can be wrong has a code of its own, and no input whatever is a crash."""

import math
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.domain.errors import InvalidInputError
from parking.places.feature_kinds import FEATURE_KINDS
from parking.places.feature_reading import feature_list, read_feature
from parking.places.feature_writing import collection_chunks, feature_json
from parking.places.generator import generate
from parking.places.import_plan import plan_import, read_features
from parking.places.model import Space
from tests.parking.places.features import SQUARE, Json, feature, kerb_space, point, segment, small_city, zone

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
DOCUMENT = {
    "feature": "price_document",
    "number": "1",
    "authority": "A",
    "form": "market",
    "valid_from": "2025-01-01T00:00:00Z",
}


def ring(*positions: list[Any]) -> Json:
    return kerb_space("K1") | {"geometry": {"type": "Polygon", "coordinates": [list(positions)]}}


def at(*coordinates: object) -> Json:
    return kerb_space("K1") | {"geometry": {"type": "Point", "coordinates": list(coordinates)}}


BAD = [
    ("not a feature", 3, "geojson_invalid"),
    ("another type", {"type": "Point"}, "geojson_invalid"),
    ("no properties", {"type": "Feature", "id": "a", "geometry": None}, "type_wrong"),
    ("a kind that is none", feature("a", None, feature="tree"), "feature_unknown"),
    ("no kind", feature("a", None, name="x"), "field_missing"),
    ("a field too few", feature("a", None, feature="operator", name="x"), "field_missing"),
    ("a field too many", kerb_space("K1", colour="red"), "field_unknown"),
    ("a word that is none", kerb_space("K1", use="sleeping"), "value_unknown"),
    ("a number for a text", feature("a", None, feature="operator", name=1, name_en="x"), "type_wrong"),
    ("an empty text", feature("a", None, feature="operator", name="", name_en="x"), "length_wrong"),
    ("a text with a null byte", feature("a", None, feature="operator", name="a\0b", name_en="x"), "text_invalid"),
    ("no id", {**kerb_space("K1"), "id": None}, "id_missing"),
    ("an id with a space", kerb_space("K 1"), "id_invalid"),
    ("a number for an id", {**kerb_space("K1"), "id": 17}, "id_invalid"),
    ("two ids", kerb_space("K1", id="K2"), "id_invalid"),
    ("no geometry", {**kerb_space("K1"), "geometry": None}, "geometry_missing"),
    (
        "an operator on the map",
        feature("a", point(), feature="operator", name="a", name_en="b"),
        "geometry_not_allowed",
    ),
    ("a zone that is a point", zone("Z1") | {"geometry": point()}, "geometry_type_wrong"),
    ("a space that is a line", kerb_space("K1") | {"geometry": segment("S1")["geometry"]}, "geometry_type_wrong"),
    ("a geometry that is none", kerb_space("K1") | {"geometry": "here"}, "geometry_invalid"),
    ("a ring that is open", ring([0, 0], [1, 0], [1, 1], [0, 1]), "ring_open"),
    ("a ring of three", ring([0, 0], [1, 0], [0, 0]), "geometry_invalid"),
    ("an empty polygon", ring(), "geometry_invalid"),
    ("one number", at(118.0), "geometry_invalid"),
    ("four numbers", at(118.0, 36.8, 0, 0), "geometry_invalid"),
    ("a text for a number", at("118", 36.8), "geometry_invalid"),
    ("a truth for a number", at(True, 36.8), "geometry_invalid"),
    ("latitude first", at(36.8, 118.05), "coordinates_out_of_range"),
    ("no number", at(math.nan, 36.8), "coordinates_out_of_range"),
    ("no zone of time", feature("a", None, **DOCUMENT | {"valid_from": "2025-01-01T00:00:00"}), "instant_without_zone"),
    ("no time", feature("a", None, **DOCUMENT | {"valid_from": "tomorrow"}), "instant_invalid"),
    ("an end before the start", feature("a", None, **DOCUMENT, valid_to="2024-01-01T00:00:00Z"), "validity_invalid"),
    (
        "an ancient time",
        feature("a", None, **DOCUMENT | {"valid_from": "0001-01-01T00:00:00+14:00"}),
        "instant_out_of_range",
    ),
    (
        "a concession over nothing",
        feature("a", None, feature="concession", operator="O", payee="P", zones=[], valid_from="2025-01-01T00:00:00Z"),
        "length_wrong",
    ),
]


@pytest.mark.parametrize(("raw", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_feature_is_refused_with_its_code_when_it_is_wrong(raw: object, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_feature(raw)
    assert caught.value.code == code
    assert caught.value.detail


@pytest.mark.parametrize(
    ("whole", "code"),
    [
        ([], "geojson_invalid"),
        ({"type": "Feature"}, "geojson_invalid"),
        ({"type": "FeatureCollection"}, "geojson_invalid"),
        (
            {
                "type": "FeatureCollection",
                "features": [],
                "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
            },
            "crs_unsupported",
        ),
    ],
)
def test_file_is_refused_when_it_is_no_collection_in_wgs84(whole: object, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        feature_list(whole)
    assert caught.value.code == code


def test_id_is_found_when_it_stands_in_the_properties() -> None:
    raw = kerb_space("K1", id="K1")
    del raw["id"]
    space = read_feature(raw)
    assert isinstance(space, Space)
    assert space.space_id == "K1"


def test_altitude_is_left_out_when_a_position_has_one() -> None:
    space = read_feature(at(118.0, 36.8, 25.5))
    assert isinstance(space, Space)
    assert space.geometry == {"type": "Point", "coordinates": [118.0, 36.8]}


@given(JSON)
def test_anything_is_a_place_or_an_error_when_it_comes_as_a_feature(junk: object) -> None:
    raws = [junk, {"type": "Feature", "id": "a", "geometry": junk, "properties": {"feature": "district", "name": "a"}}]
    raws += [{"type": "Feature", "id": junk, "geometry": None, "properties": junk}]
    raws += [kerb_space("K1") | {"geometry": {"type": "MultiPolygon", "coordinates": junk}}]
    raws += [kerb_space("K1", approval=junk)]
    good, errors = read_features(raws)
    assert len(good) + len(errors) == len(raws)


@given(st.integers(1, 200), st.integers(0, 1000))
def test_reading_undoes_writing_when_the_city_is_generated(spaces: int, seed: int) -> None:
    written = b"".join(collection_chunks(generate(spaces, seed)["features"]))
    good, errors = read_features(feature_list(msgspec.json.decode(written)))
    assert errors == []
    again = b"".join(collection_chunks(feature_json(found) for _, found in good))
    assert again == written


def test_reading_undoes_writing_when_every_field_is_used() -> None:
    good, errors = read_features(small_city())
    assert errors == []
    again, _ = read_features([feature_json(found) for _, found in good])
    assert again == good
    assert SQUARE in [feature_json(found)["geometry"] for _, found in good]


def test_example_of_the_documentation_is_accepted_when_it_is_imported(repository: Path) -> None:
    text = (repository / "docs" / "inventory.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    good, errors = read_features(feature_list(msgspec.json.decode(example)))
    assert errors == []
    plan = plan_import(good, {kind.cls: {} for kind in FEATURE_KINDS})
    assert (plan.errors, len(good)) == ([], 5)


def test_every_code_is_documented_when_a_feature_is_refused(repository: Path) -> None:
    text = (repository / "docs" / "inventory.md").read_text()
    assert {code for _, _, code in BAD if f"`{code}`" not in text} == set()
