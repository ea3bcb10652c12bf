"""What the adapter for Netvox parking sensors offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="geomagnetic_netvox",
    title="Netvox R719A",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="Netvox",
            model="R719A",
            versions=("1",),
            transport="lorawan",
            kinds=("change", "startup", "config"),
            heartbeat_s=3_600,
        ),
    ),
)
