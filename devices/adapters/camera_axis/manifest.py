"""What the adapter for Axis' publisher offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="camera_axis",
    title="Axis License Plate Verifier through the publisher application",
    role="camera",
    transports=("http", "mqtt"),
    documentation="docs/cameras.md",
    source="axis",
    profiles=(
        Profile(
            vendor="Axis",
            model="Publisher",
            versions=("1",),
            transport="http",
            kinds=("plate", "count", "telemetry"),
            heartbeat_s=3600,
        ),
    ),
)
