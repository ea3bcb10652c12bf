"""The documents of the publisher application.

Source: pandosme/acaps `publisher/payload.md` @411f726c and `../shared/vectors/cameras.json`: flat, or with `tags` and `values`.
"""

from typing import Any, Final

import msgspec


class Published(msgspec.Struct):
    """Any of its documents. `timestamp` counts milliseconds, `clock` seconds since local midnight."""

    topic: str | None = None
    device: str | None = None
    name: str | None = None
    plate: str | None = None
    image: str | None = None
    local_time: str | None = msgspec.field(default=None, name="localTime")
    timestamp: int | None = None
    direction: str | None = None
    value: Any = None
    tags: dict[str, Any] | None = None
    values: dict[str, Any] | None = None


NAMES: Final = frozenset(("plate", "direction", "value", "tags", "values", "name"))
"""One of these stands in every document of the application."""
