"""What the adapter for MOKO parking sensors offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="geomagnetic_moko",
    title="MOKO LW009-SM",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="MOKO",
            model="LW009-SM",
            also=("LW009", "LW009SM"),
            versions=("1",),
            transport="lorawan",
            kinds=("change", "restate", "fault", "telemetry", "config"),
            heartbeat_s=43_200,
        ),
    ),
)
