"""What the adapter for plain cameras offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="camera_plain",
    title="Plain cameras: pictures judged by our own program",
    role="camera",
    transports=("http",),
    documentation="docs/vision.md",
    source="plain",
    profiles=(
        Profile(
            vendor="Plain",
            model="Camera",
            versions=("1",),
            transport="http",
            kinds=("restate", "fault"),
            heartbeat_s=300,
        ),
    ),
)
