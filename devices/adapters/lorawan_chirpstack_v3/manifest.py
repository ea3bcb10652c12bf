"""What the adapter for ChirpStack v3 offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_chirpstack_v3",
    title="ChirpStack v3",
    role="platform",
    transports=("lorawan", "http", "mqtt"),
    documentation="docs/platforms.md",
    source="chirpstack-v3",
    topics=("application/+/device/+/event/{event}",),
)
