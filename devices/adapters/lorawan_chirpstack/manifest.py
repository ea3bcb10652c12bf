"""What the adapter for ChirpStack offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_chirpstack",
    title="ChirpStack v4",
    role="platform",
    transports=("lorawan", "http", "mqtt"),
    documentation="docs/devices.md",
    source="chirpstack-v4",
)
