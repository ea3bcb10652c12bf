"""What the adapter for Bosch parking sensors offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="geomagnetic_bosch",
    title="Bosch TPS110 Parking Lot Sensor",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="Bosch",
            model="TPS110",
            versions=("0.23", "0.29", "0.39"),
            transport="lorawan",
            kinds=("change", "restate", "startup", "telemetry", "config"),
            heartbeat_s=86_400,
        ),
    ),
)
