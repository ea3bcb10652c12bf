"""What the adapter for PNI parking sensors offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="geomagnetic_pni",
    title="PNI PlacePod",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="PNI",
            model="PlacePod",
            versions=("1",),
            transport="lorawan",
            kinds=("change", "restate", "telemetry", "count", "config"),
            heartbeat_s=3_600,
        ),
    ),
)
