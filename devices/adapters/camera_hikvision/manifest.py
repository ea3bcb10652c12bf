"""What the adapter for Hikvision offers."""

from devices.manifest import Manifest, Profile, PullPlan

MANIFEST = Manifest(
    name="camera_hikvision",
    title="Hikvision cameras 海康威视",
    role="camera",
    transports=("http",),
    documentation="docs/cameras.md",
    source="hikvision",
    pull=PullPlan(stream="/ISAPI/Event/notification/alertStream", silence_s=60),
    profiles=(
        Profile(
            vendor="Hikvision",
            model="ISAPI",
            versions=("2.0",),
            transport="http",
            kinds=("change", "restate", "fault", "telemetry", "plate"),
            heartbeat_s=300,
        ),
    ),
)
