"""What the adapter for ONVIF events offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="camera_onvif",
    title="ONVIF Profile M: Axis, Bosch, Hanwha",
    role="camera",
    transports=("mqtt", "http"),
    documentation="docs/cameras.md",
    source="onvif",
    profiles=(
        Profile(
            vendor="ONVIF",
            model="Profile-M",
            versions=("1",),
            transport="mqtt",
            kinds=("change", "restate", "fault", "telemetry", "count", "plate"),
            heartbeat_s=3600,
        ),
    ),
)
