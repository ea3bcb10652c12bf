"""What the adapter for Libelium parking sensors offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="geomagnetic_libelium",
    title="Libelium Smart Parking",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="Libelium",
            model="SmartParking",
            also=("Smart Parking v2", "Smart Parking v3", "Plug & Sense! Smart Parking"),
            versions=("2", "3"),
            transport="lorawan",
            kinds=("change", "restate", "startup", "fault", "telemetry"),
            heartbeat_s=21_600,
        ),
    ),
)
