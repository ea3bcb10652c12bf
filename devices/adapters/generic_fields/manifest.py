"""What the adapter for named fields offers."""

from devices.manifest import Manifest, Profile

MANIFEST = Manifest(
    name="generic_fields",
    title="Named fields of a product's profile, at any platform that delivers them",
    role="codec",
    transports=("nbiot",),
    documentation="docs/platforms.md",
    profiles=(
        Profile(
            vendor="Generic",
            model="Fields",
            versions=("1",),
            transport="nbiot",
            kinds=("change", "restate", "startup", "fault", "telemetry"),
            heartbeat_s=86_400,
        ),
    ),
)
