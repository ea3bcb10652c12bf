"""What the adapter for Wanesy offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_wanesy",
    title="Kerlink Wanesy",
    role="platform",
    transports=("lorawan", "http"),
    documentation="docs/platforms.md",
    source="wanesy",
)
