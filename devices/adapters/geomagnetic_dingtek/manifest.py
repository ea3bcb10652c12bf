"""What the adapter for Dingtek parking sensors offers."""

from devices.manifest import Manifest, Profile


def _profile(model: str) -> Profile:
    """The models differ in the byte that names them, in what stands in the middle and in their commands."""
    return Profile(
        vendor="Dingtek",
        model=model,
        versions=("1",),
        transport="lorawan",
        kinds=("change", "config"),
        heartbeat_s=86_400,
        codec=model,
    )


MANIFEST = Manifest(
    name="geomagnetic_dingtek",
    title="Dingtek DO200, DO201, DO202",
    role="codec",
    transports=("lorawan",),
    documentation="docs/devices.md",
    profiles=(_profile("DO200"), _profile("DO201"), _profile("DO202")),
)
