"""What the adapter for Tekzitel parking sensors offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="geomagnetic_tekzitel",
    title="Tekzitel TEKZIPARK",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="Tekzitel",
            model="TEKZIPARK",
            versions=("1",),
            transport="lorawan",
            kinds=("change", "restate", "startup"),
            heartbeat_s=86_400,
        ),
    ),
)
