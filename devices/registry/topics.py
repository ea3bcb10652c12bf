"""Which adapter reads a message from the broker: a table made from the shapes of topics that manifests declare.

A shape is a topic with `+` for one level that may be anything, `{event}` for the level that names the kind of message, and
`#` at its end for any number of levels. Two platforms may publish under one shape; then both are named, in the order of
their folders, and the first that can read a body has it.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

ANY: Final = "+"
REST: Final = "#"
EVENT: Final = "{event}"
REMEMBERED: Final = 1 << 17
"""Topics whose answer is kept: two for each device of a large city."""


Shape = tuple[str, ...]


class Route(NamedTuple):
    """Who may read a message, and the kind that its topic names, or the empty text."""

    sources: tuple[str, ...]
    event: str


class TopicTable:
    """Made once from `(shape, source)` pairs and never changed."""

    def __init__(self, declared: Iterable[tuple[str, str]]) -> None:
        self._shapes: dict[Shape, tuple[str, ...]] = {}
        for shape, source in declared:
            levels = tuple(shape.split("/"))
            self._shapes[levels] = (*self._shapes.get(levels, ()), source)
        # The same question comes with every message of a device.
        self.find = lru_cache(maxsize=REMEMBERED)(self._find)

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(sorted({"/".join(levels).replace(EVENT, ANY) for levels in self._shapes}))

    def _find(self, topic: str) -> Route | None:
        """None for a topic of no adapter."""
        levels = topic.split("/")
        for shape, sources in self._shapes.items():
            event = _matched(shape, levels)
            if event is not None:
                return Route(sources, event)
        return None


def is_shape(text: str) -> bool:
    """Whether a manifest may declare it."""
    levels = text.split("/")
    whole = {ANY, REST, EVENT}
    return (
        len(levels) > 1
        and levels.count(EVENT) <= 1
        and REST not in levels[:-1]
        and all(level in whole or (level != "" and not set(level) & set("+#{} ")) for level in levels)
        and any(level not in whole for level in levels)
    )


def _matched(shape: Shape, levels: list[str]) -> str | None:
    """The event that the topic names, empty where its shape has none; None where it is of another shape."""
    if shape[-1] == REST:
        if len(levels) < len(shape) - 1:
            return None
        shape = shape[:-1]
    elif len(shape) != len(levels):
        return None
    event = ""
    for wanted, level in zip(shape, levels, strict=False):
        if wanted == EVENT:
            event = level
        elif wanted not in {ANY, level}:
            return None
    return event
