"""How commands name a device profile: `VENDOR/MODEL[@VERSION]`."""

from typing import NamedTuple

from devices.registry import Registry
from parking.domain.errors import InvalidInputError


class NamedProfile(NamedTuple):
    """A profile that the registry knows, in the codec generation that reads its firmware."""

    vendor: str
    model: str
    version: str


def read_profile(text: str, registry: Registry) -> NamedProfile:
    """Raises `InvalidInputError` for another form, `ProfileUnknownError` for a profile that is not there."""
    path, _, version = text.partition("@")
    vendor, slash, model = path.partition("/")
    if not slash:
        raise InvalidInputError(f"a profile is VENDOR/MODEL[@VERSION], not {text!r}", code="profile_invalid")
    return NamedProfile(vendor, model, registry.version(vendor, model, version or None))
