"""What the adapter for Dahua offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="camera_dahua",
    title="Dahua cameras 大华",
    role="camera",
    transports=("http",),
    documentation="docs/cameras.md",
    source="dahua",
    profiles=(
        Profile(
            vendor="Dahua",
            model="HTTP-API",
            versions=("3",),
            transport="http",
            kinds=("change", "restate", "fault", "telemetry", "plate"),
            heartbeat_s=300,
        ),
    ),
)
