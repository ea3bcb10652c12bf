"""Whether a reader of yesterday understands the events of today: schemas may only grow."""

from collections.abc import Iterator
from typing import Any


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a reader of `old` would miss or misread, one sentence each."""
    return list(_breaks(old, new))


def _breaks(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name, schema in old.items():
        if name not in new:
            yield f"{name} is gone"
            continue
        properties, grown = schema["properties"], new[name]["properties"]
        for field, before in properties.items():
            if field not in grown:
                yield f"{name}.{field} is gone"
            elif meaning(before) != meaning(grown[field]):
                yield f"{name}.{field} has another type"
        for field in set(schema["required"]) - set(new[name]["required"]):
            yield f"{name}.{field} may be missing now"
        for field in set(new[name]["required"]) - set(properties):
            yield f"{name}.{field} is new and required: what is still on the bus has none"


def meaning(schema: dict[str, Any]) -> dict[str, Any]:
    """A field without its prose."""
    return {key: value for key, value in schema.items() if key not in {"title", "description", "default"}}
