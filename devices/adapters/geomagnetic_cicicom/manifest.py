"""What the adapter for Cicicom parking sensors offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="geomagnetic_cicicom",
    title="Cicicom S-LG-I3",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="Cicicom",
            model="S-LG-I3",
            versions=("1",),
            transport="lorawan",
            kinds=("change", "restate", "startup", "fault"),
            heartbeat_s=86_400,
        ),
    ),
)
