"""What the adapter for OneNET offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="nbiot_onenet",
    title="China Mobile OneNET (中国移动)",
    role="platform",
    transports=("nbiot", "http"),
    documentation="docs/platforms.md",
    source="onenet",
    success=200,
    is_signed=True,
)
