"""What the adapter for ChirpStack offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_chirpstack",
    title="ChirpStack v4",
    role="platform",
    transports=("lorawan", "http", "mqtt"),
    documentation="docs/platforms.md",
    source="chirpstack-v4",
    topics=("application/+/device/+/event/{event}",),
)
