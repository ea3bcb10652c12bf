"""What the adapter for Dahua offers."""

from devices.manifest import Manifest, Profile, PullPlan

MANIFEST = Manifest(
    name="camera_dahua",
    title="Dahua cameras 大华",
    role="camera",
    transports=("http",),
    documentation="docs/cameras.md",
    source="dahua",
    pull=PullPlan(
        stream=(
            "/cgi-bin/snapManager.cgi?action=attachFileProc&channel={channel}&heartbeat=60&Flags[0]=Event"
            "&Events=[TrafficParkingSpaceParking%2CTrafficParkingSpaceNoParking%2CVideoBlind%2CSceneChange]"
        ),
        silence_s=130,
        read_back="/cgi-bin/trafficParking.cgi?action=getAllParkingSpaceStatus",
    ),
    profiles=(
        Profile(
            vendor="Dahua",
            model="HTTP-API",
            versions=("3",),
            transport="http",
            kinds=("change", "restate", "fault", "telemetry", "plate"),
            heartbeat_s=300,
        ),
    ),
)
