"""Finds the adapters: one folder each under `devices/adapters`, and entry points of other people's packages.

Nothing lists them by hand. An adapter is a package with `manifest.MANIFEST` and, by its role, `codec.CODEC`,
`adapter.PLATFORM` or `adapter.CAMERA`; an entry point of the group `smart_parking.devices` names such a package.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Final

from devices import adapters
from devices.manifest import Manifest, Profile, PullPlan
from devices.ports import Camera, Codec, Encoder, Platform, Signing
from devices.registry.topics import TopicTable
from parking.domain.errors import NotFoundError
from parking.occupancy.evidence import EvidenceSource

ENTRY_POINT_GROUP: Final = "smart_parking.devices"
_SPELLING: Final = re.compile(r"[\W_]+")
"""What catalogues and invoices write differently for one and the same model."""


class ProfileUnknownError(NotFoundError):
    """No adapter decodes that vendor and model, or not in that version."""

    code = "profile_unknown"


class NoCommandsError(NotFoundError):
    """The device is only listened to."""

    code = "no_commands"


class SourceUnknownError(NotFoundError):
    """No adapter reads the messages of that platform."""

    code = "source_unknown"


class CameraUnknownError(NotFoundError):
    """No adapter reads the messages of such cameras."""

    code = "camera_adapter_unknown"


@dataclass(frozen=True)
class Adapter:
    """A manifest with the name of the package that stands behind it; the package is loaded when it is needed."""

    package: str
    manifest: Manifest


class Registry:
    """The adapters of this installation."""

    def __init__(self, found: Sequence[Adapter]) -> None:
        self.adapters = tuple(found)
        self._profiles: Mapping[str, tuple[Adapter, Profile]] = {
            name: (adapter, profile)
            for adapter in found
            for profile in adapter.manifest.profiles
            for name in names(profile)
        }
        self._sources = {adapter.manifest.source: adapter for adapter in found if adapter.manifest.role == "platform"}
        self._makers = {adapter.manifest.source: adapter for adapter in found if adapter.manifest.role == "camera"}
        self.topics = TopicTable(
            (shape, adapter.manifest.source)
            for adapter in found
            if adapter.manifest.role == "platform"
            for shape in adapter.manifest.topics
        )
        """Which platforms read what arrives at the broker."""
        self._codecs: dict[tuple[str, str, str], Codec] = {}
        self._platforms: dict[str, Platform] = {}
        self._cameras: dict[str, Camera] = {}

    def profiles(self, role: str | None = None) -> list[Profile]:
        """Every device model that can be read, by vendor and model; with a role, those of its adapters alone."""
        listed = [
            profile
            for adapter in self.adapters
            if role is None or adapter.manifest.role == role
            for profile in adapter.manifest.profiles
        ]
        return sorted(listed, key=lambda profile: (profile.vendor, profile.model))

    def sources(self) -> list[str]:
        """The platforms whose messages are read, as they stand in `/v1/uplinks/{source}`."""
        return sorted(self._sources)

    def profile(self, vendor: str, model: str) -> Profile:
        """Case, blanks and punctuation do not matter; raises `ProfileUnknownError`."""
        return self._found(vendor, model)[1]

    def source_of(self, vendor: str, model: str) -> EvidenceSource:
        """How devices of a profile come to their word; one that is no longer installed counts as a sensor at the space."""
        try:
            adapter, profile = self._found(vendor, model)
        except ProfileUnknownError:
            return "geomagnetic"
        return "camera" if adapter.manifest.role == "camera" else profile.source

    def version(self, vendor: str, model: str, version: str | None) -> str:
        """Name the codec generation of a firmware: `0.29.4` is read by `0.29`, None means the newest.

        Raises `ProfileUnknownError` where no generation reads it.
        """
        profile = self.profile(vendor, model)
        if version is None:
            return profile.versions[-1]
        number = version.lower().removeprefix("v")
        for known in profile.versions:
            if number == known or number.startswith(f"{known}."):
                return known
        listed = ", ".join(profile.versions)
        raise ProfileUnknownError(f"{profile.vendor}/{profile.model} has the versions {listed}, not {version!r}")

    def codec_for(self, vendor: str, model: str, version: str) -> Codec:
        """Find the codec of a registered profile; raises `ProfileUnknownError`."""
        codec = self._codecs.get((vendor, model, version))
        if codec is None:
            adapter, profile = self._found(vendor, model)
            if adapter.manifest.role != "codec":
                raise ProfileUnknownError(f"{profile.vendor}/{profile.model} is a camera, whose messages have no codec")
            self.version(vendor, model, version)
            codec = getattr(importlib.import_module(f"{adapter.package}.codec"), profile.codec)
            self._codecs[vendor, model, version] = codec
        return codec

    def encoder_for(self, vendor: str, model: str, version: str) -> Encoder:
        """Find what writes commands to such a device; raises `ProfileUnknownError`, `NoCommandsError`."""
        codec = self.codec_for(vendor, model, version)
        if not isinstance(codec, Encoder):
            raise NoCommandsError(f"no command of {vendor}/{model} is published")
        return codec

    def platform(self, source: str) -> Platform:
        """Find a platform by its name in the address; raises `SourceUnknownError`."""
        platform = self._platforms.get(source)
        if platform is None:
            package = self._source(source).package
            platform = self._platforms[source] = importlib.import_module(f"{package}.adapter").PLATFORM
        return platform

    def platform_manifest(self, source: str) -> Manifest:
        """What a platform says of itself; raises `SourceUnknownError`."""
        return self._source(source).manifest

    def signing(self, source: str) -> Signing | None:
        """How a platform proves itself; None for one that sends our key. Raises `SourceUnknownError`."""
        adapter = self._source(source)
        if not adapter.manifest.is_signed:
            return None
        signing: Signing = importlib.import_module(f"{adapter.package}.signing").SIGNING
        return signing

    def _source(self, source: str) -> Adapter:
        adapter = self._sources.get(source)
        if adapter is None:
            raise SourceUnknownError(f"no platform {source[:64]!r}; there are {', '.join(self.sources())}")
        return adapter

    def makers(self) -> list[str]:
        """The kinds of cameras that are read, as they stand in `/v1/cameras/{source}`."""
        return sorted(self._makers)

    def camera(self, source: str) -> Camera:
        """Find a camera's adapter by its name in the address; raises `CameraUnknownError`."""
        camera = self._cameras.get(source)
        if camera is None:
            package = self._maker(source).package
            camera = self._cameras[source] = importlib.import_module(f"{package}.adapter").CAMERA
        return camera

    def camera_profile(self, source: str) -> Profile:
        """The profile under which such cameras and their bays are registered; raises `CameraUnknownError`."""
        return self._maker(source).manifest.profiles[0]

    def pull_plan(self, source: str) -> PullPlan | None:
        """How such cameras are fetched from; None where they only speak by themselves. Raises `CameraUnknownError`."""
        return self._maker(source).manifest.pull

    def _maker(self, source: str) -> Adapter:
        adapter = self._makers.get(source)
        if adapter is None:
            raise CameraUnknownError(f"no camera adapter {source[:64]!r}; there are {', '.join(self.makers())}")
        return adapter

    def _found(self, vendor: str, model: str) -> tuple[Adapter, Profile]:
        found = self._profiles.get(_reduced(f"{vendor}/{model}"))
        if found is None:
            raise ProfileUnknownError(f"no profile {vendor}/{model}; 'parking profiles' lists what there is")
        return found


def names(profile: Profile) -> set[str]:
    """Every name under which a profile is found, in the form in which they are compared."""
    return {_reduced(f"{profile.vendor}/{model}") for model in (profile.model, *profile.also)}


def _reduced(name: str) -> str:
    vendor, _, model = name.partition("/")
    return "/".join(_SPELLING.sub("", part.casefold()) for part in (vendor, model))


def discover() -> list[Adapter]:
    """Every adapter, ours first; whether they are well made is for `check` to say."""
    return [Adapter(package, importlib.import_module(f"{package}.manifest").MANIFEST) for package in _packages()]


def _packages() -> Iterator[str]:
    for module in pkgutil.iter_modules(adapters.__path__):
        if module.ispkg:
            yield f"{adapters.__name__}.{module.name}"
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        yield entry.value


@cache
def installed() -> Registry:
    """The registry of this process; it only holds what the installed packages say and never changes."""
    return Registry(discover())


def empty_voltage(vendor: str, model: str) -> float | None:
    """At which voltage a device of this profile stops; None where its maker does not say, or its adapter is gone."""
    try:
        return installed().profile(vendor, model).battery_empty_v
    except ProfileUnknownError:
        return None
