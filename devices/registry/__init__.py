"""Finds the adapters of this installation and says whether their manifests are well made."""

from devices.registry.catalogue import (
    ENTRY_POINT_GROUP,
    Adapter,
    CameraUnknownError,
    NoCommandsError,
    ProfileUnknownError,
    Registry,
    SourceUnknownError,
    discover,
    empty_voltage,
    installed,
)
from devices.registry.check import complaints
from devices.registry.topics import Route, TopicTable

__all__ = [
    "ENTRY_POINT_GROUP",
    "Adapter",
    "CameraUnknownError",
    "NoCommandsError",
    "ProfileUnknownError",
    "Registry",
    "Route",
    "SourceUnknownError",
    "TopicTable",
    "complaints",
    "discover",
    "empty_voltage",
    "installed",
]
