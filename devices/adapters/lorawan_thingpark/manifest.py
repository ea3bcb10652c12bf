"""What the adapter for ThingPark offers."""

from devices.manifest import Manifest

MANIFEST = Manifest(
    name="lorawan_thingpark",
    title="Actility ThingPark",
    role="platform",
    transports=("lorawan", "http", "mqtt"),
    documentation="docs/platforms.md",
    source="thingpark",
    topics=("mqtt/things/+/uplink",),
)
