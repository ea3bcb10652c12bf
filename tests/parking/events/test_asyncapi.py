"""The catalogue names every event, and every reference in it leads somewhere."""

import json
from collections.abc import Iterator
from typing import Any

from parking.events.asyncapi import document
from parking.events.registry import EVENT_CLASSES


def references(node: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_event_is_in_the_catalogue_with_its_envelope() -> None:
    catalogue = document("1.2.3")
    assert catalogue["asyncapi"] == "3.0.0"
    assert catalogue["info"]["version"] == "1.2.3"
    assert set(catalogue["channels"]) == {cls.TYPE for cls in EVENT_CLASSES}
    for cls in EVENT_CLASSES:
        message = catalogue["components"]["messages"][cls.__name__]
        assert message["payload"]["properties"]["type"] == {"const": cls.TYPE}
        assert message["summary"]
        assert cls.__name__ in catalogue["components"]["schemas"]


def test_every_reference_leads_somewhere_when_the_document_is_read_as_json() -> None:
    catalogue = json.loads(json.dumps(document("1.2.3")))
    found = list(references(catalogue))
    assert found
    for reference in found:
        node: Any = catalogue
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node
