"""The published language is a promise: its schemas are recorded, and a change of them must be intended and grow."""

import copy
import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from parking.events.asyncapi import schemas
from tests.parking.events.compatibility import breaks

RECORD: Final = Path(__file__).parent / "data" / "schemas.json"


def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RECORD.read_text())
    return found


def test_recorded_schemas_are_those_of_the_registry() -> None:
    """Run with RECORD_SCHEMAS=1 to write the record anew after an intended change; look at its diff."""
    # As the wire has them: an empty default is a list there, not a tuple.
    present = json.loads(json.dumps(schemas()))
    if os.environ.get("RECORD_SCHEMAS"):
        assert breaks(recorded() if RECORD.exists() else {}, present) == []
        RECORD.write_text(json.dumps(present, indent=2, sort_keys=True) + "\n")
    assert present == recorded()


def test_registry_breaks_no_reader_of_the_record() -> None:
    assert breaks(recorded(), schemas()) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda fact: fact["properties"].pop("capacity"), "capacity is gone"),
        (lambda fact: fact["properties"]["capacity"].update(type="string"), "capacity has another type"),
        (lambda fact: fact["required"].remove("capacity"), "capacity may be missing now"),
        (
            lambda fact: (fact["properties"].update(new={"type": "string"}), fact["required"].append("new")),
            "new is new and required",
        ),
    ],
)
def test_check_complains_when_a_schema_shrinks(change: Any, complaint: str) -> None:  # noqa: ANN401 - a mutation
    changed = copy.deepcopy(recorded())
    change(changed["PlaceChanged"])
    (found,) = breaks(recorded(), changed)
    assert complaint in found


def test_check_is_content_when_an_optional_field_is_added() -> None:
    changed = copy.deepcopy(recorded())
    changed["PlaceChanged"]["properties"]["note"] = {"type": "string", "default": ""}
    assert breaks(recorded(), changed) == []
    assert breaks(recorded(), {name: schema for name, schema in changed.items() if name != "PlaceChanged"}) == [
        "PlaceChanged is gone"
    ]
