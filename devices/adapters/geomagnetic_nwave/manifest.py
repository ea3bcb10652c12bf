"""What the adapter for Nwave sensors offers."""

from devices.manifest import Manifest, Profile

EMPTY_V = 2.5
"""Where the maker's scale of battery voltages begins (messages.py)."""

MANIFEST = Manifest(
    name="geomagnetic_nwave",
    title="Nwave NPS and NCC",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(
        Profile(
            vendor="Nwave",
            model="NPS-3.10",
            also=("NPS-3.10-SM", "NPS-3.10 SM", "NPS310SM"),
            versions=("1",),
            transport="lorawan",
            kinds=("change", "restate", "startup", "telemetry"),
            heartbeat_s=86_400,
            codec="NPS310",
        ),
        Profile(
            vendor="Nwave",
            model="NPS-4.05",
            also=("NPS-4.05-SM", "NPS-4.05-FM", "NPS-4.05 SM/FM"),
            # 1 has the state in bit 7, 2 in bit 0: see messages.py.
            versions=("1", "2"),
            transport="lorawan",
            kinds=("change", "restate", "startup", "telemetry"),
            heartbeat_s=86_400,
            battery_empty_v=EMPTY_V,
            codec="NPS405",
        ),
        Profile(
            vendor="Nwave",
            model="NCC-4.05",
            also=("NCC-4.05-SM", "NCC-4.05-FM", "NCC-4.05 car counter"),
            versions=("1",),
            transport="lorawan",
            kinds=("count", "telemetry", "startup"),
            heartbeat_s=86_400,
            battery_empty_v=EMPTY_V,
            codec="NCC405",
        ),
    ),
)
