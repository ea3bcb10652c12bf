"""What the adapter for GA/T 1400 offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="camera_ga1400",
    title="GA/T 1400 view library 国标视图库",
    role="camera",
    transports=("http",),
    documentation="docs/cameras.md",
    source="ga1400",
    profiles=(
        Profile(
            vendor="GA-T",
            model="1400",
            versions=("2017",),
            transport="http",
            kinds=("change", "restate", "telemetry", "plate"),
            heartbeat_s=300,
        ),
    ),
)
