"""What the adapter for The Things Network v2 offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_ttn_v2",
    title="The Things Network v2 (retired)",
    role="platform",
    transports=("lorawan", "http"),
    documentation="docs/platforms.md",
    source="ttn-v2",
)
