"""Says what is wrong with adapters before a device meets them; run by the tests over every installed one."""

import importlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, get_args

from devices.manifest import Manifest, Profile, Transport
from devices.registry.catalogue import Adapter, names
from devices.registry.topics import is_shape
from parking.occupancy.evidence import EVIDENCE_KINDS

_FOLDER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_NAME = re.compile(r"[^/@\s]+\Z")
_VERSION = re.compile(r"[0-9][^/@\s]*\Z")
_WORD = re.compile(r"[^\W_]")
_BEHIND: Final = {
    "codec": ("codec", "CODEC", "decode"),
    "platform": ("adapter", "PLATFORM", "parse"),
    "camera": ("adapter", "CAMERA", "parse"),
}


def complaints(found: Sequence[Adapter]) -> list[str]:
    """One sentence for each rule that an adapter breaks; empty when all are well made."""
    said = [f"{adapter.package}: {text}" for adapter in found for text in _about(adapter)]
    named = Counter(name for adapter in found for p in adapter.manifest.profiles for name in names(p))
    sources = Counter(adapter.manifest.source for adapter in found if adapter.manifest.role != "codec")
    return said + [f"{name} is declared {n} times" for name, n in (named + sources).items() if n > 1]


def _about(adapter: Adapter) -> Iterator[str]:
    manifest = adapter.manifest
    if adapter.package.rpartition(".")[2] != manifest.name:
        yield f"the manifest is named {manifest.name!r}, the folder is not"
    if _FOLDER.match(manifest.name) is None:
        yield "the name is not lower case with underscores"
    if not manifest.title or not manifest.documentation:
        yield "a title and a page of documentation are needed"
    if not manifest.transports or not set(manifest.transports) <= set(get_args(Transport)):
        yield f"transports are some of {', '.join(get_args(Transport))}"
    if (manifest.role == "platform") == bool(manifest.profiles):
        yield "codecs and cameras have profiles, a platform has none"
    if (manifest.role == "codec") == bool(manifest.source):
        yield "platforms and cameras have a source, a codec has none"
    yield from _about_delivery(manifest)
    yield from _behind(adapter)
    for profile in manifest.profiles:
        yield from _about_profile(profile, manifest.transports)


def _about_delivery(manifest: Manifest) -> Iterator[str]:
    if manifest.role == "codec" and (manifest.topics or manifest.is_signed):
        yield "topics and signatures are a platform's or a camera's"
    for shape in manifest.topics:
        if not is_shape(shape):
            yield f"{shape!r} is no shape of a topic"


def _behind(adapter: Adapter) -> Iterator[str]:
    module, usual, method = _BEHIND[adapter.manifest.role]
    of_profiles = {profile.codec for profile in adapter.manifest.profiles}
    for name in sorted(of_profiles) if adapter.manifest.role == "codec" else [usual]:
        try:
            offered = getattr(importlib.import_module(f"{adapter.package}.{module}"), name)
        except (ImportError, AttributeError) as error:
            yield f"no {module}.{name}: {error}"
            continue
        if not callable(getattr(offered, method, None)):
            yield f"{module}.{name} has no {method}()"
    if adapter.manifest.is_signed:
        yield from _behind_signing(adapter)


def _behind_signing(adapter: Adapter) -> Iterator[str]:
    try:
        offered = importlib.import_module(f"{adapter.package}.signing").SIGNING
    except (ImportError, AttributeError) as error:
        yield f"no signing.SIGNING: {error}"
        return
    for method in ("open", "answer"):
        if not callable(getattr(offered, method, None)):
            yield f"signing.SIGNING has no {method}()"


def _about_profile(profile: Profile, transports: Sequence[Transport]) -> Iterator[str]:
    name = f"{profile.vendor}/{profile.model}"
    if _NAME.match(profile.vendor) is None or _NAME.match(profile.model) is None:
        yield f"{name}: vendor and model are one word each, without / and @"
    if not profile.versions or len(set(profile.versions)) < len(profile.versions):
        yield f"{name}: versions are given, each once"
    if any(_VERSION.match(version) is None for version in profile.versions):
        yield f"{name}: a version begins with a digit, as 0.29; a v before it is not written"
    if any(_WORD.search(other) is None for other in profile.also):
        yield f"{name}: another name of it says nothing"
    if profile.transport not in transports:
        yield f"{name}: its transport is not among the adapter's"
    if (
        not profile.kinds
        or not set(profile.kinds) <= set(EVIDENCE_KINDS)
        or len(set(profile.kinds)) < len(profile.kinds)
    ):
        yield f"{name}: kinds are some of {', '.join(EVIDENCE_KINDS)}, each once"
    if profile.heartbeat_s <= 0:
        yield f"{name}: the heartbeat is a positive number of seconds"
