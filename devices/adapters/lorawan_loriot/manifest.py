"""What the adapter for LORIOT offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_loriot",
    title="LORIOT",
    role="platform",
    transports=("lorawan", "http"),
    documentation="docs/platforms.md",
    source="loriot",
)
