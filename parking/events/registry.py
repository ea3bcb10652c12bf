"""Every event the platform knows: wire type to class and back. A class that is not listed here cannot be published."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from parking.events.fact import Fact
from parking.events.place import PlaceChanged
from parking.events.space import SpaceStateChanged, ZoneCountsChanged

EVENT_CLASSES: Final[tuple[type[Fact], ...]] = (
    PlaceChanged,
    SpaceStateChanged,
    ZoneCountsChanged,
)

BY_TYPE: Final[Mapping[str, type[Fact]]] = MappingProxyType({cls.TYPE: cls for cls in EVENT_CLASSES})
