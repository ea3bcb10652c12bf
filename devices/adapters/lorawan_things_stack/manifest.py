"""What the adapter for The Things Stack offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_things_stack",
    title="The Things Stack v3",
    role="platform",
    transports=("lorawan", "http", "mqtt"),
    documentation="docs/platforms.md",
    source="things-stack-v3",
    topics=("v3/+/devices/+/up", "v3/+/devices/+/join"),
)
