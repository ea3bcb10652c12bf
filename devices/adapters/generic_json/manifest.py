"""What the adapter for our own JSON offers."""

from devices.manifest import Manifest, Profile
from parking.occupancy.evidence import EVIDENCE_KINDS

MANIFEST = Manifest(
    name="generic_json",
    title="Our own JSON, for any sensor that can be taught it",
    role="codec",
    transports=("http", "mqtt"),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="Generic",
            model="JSON",
            versions=("1",),
            transport="http",
            kinds=EVIDENCE_KINDS,
            heartbeat_s=3600,
        ),
        Profile(
            vendor="Generic",
            model="JSON-camera",
            versions=("1",),
            transport="http",
            kinds=EVIDENCE_KINDS,
            heartbeat_s=300,
            source="camera",
        ),
    ),
)
