"""What the adapter for CTWing AEP offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="nbiot_ctwing",
    title="China Telecom CTWing AEP (中国电信)",
    role="platform",
    transports=("nbiot", "http"),
    documentation="docs/platforms.md",
    source="ctwing",
    success=200,
)
