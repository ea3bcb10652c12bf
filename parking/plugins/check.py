"""Says what is wrong with city modules before a city runs them."""

import importlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from parking.events.registry import EVENT_CLASSES
from parking.plugins.catalogue import CityModule
from parking.plugins.sdk import Settings
from parking.restrictions.model import OPERATOR

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?\Z")


def complaints(found: Sequence[CityModule]) -> list[str]:
    """One sentence for each rule that a module breaks; empty when all are well made."""
    said = [f"{module.package}: {text}" for module in found for text in _about(module)]
    names = Counter(module.name for module in found)
    return said + [f"{name} is the name of {count} modules" for name, count in names.items() if count > 1]


def _about(module: CityModule) -> Iterator[str]:
    manifest = module.manifest
    if module.package.rpartition(".")[2] != manifest.name:
        yield f"the manifest is named {manifest.name!r}, the folder is not"
    if _NAME.match(manifest.name) is None or manifest.name == OPERATOR:
        yield "the name is not lower case with underscores, or is taken"
    if _VERSION.match(manifest.version) is None:
        yield "the version is not of the form 1.0 or 1.0.0"
    if not (manifest.title and manifest.clause and manifest.documentation):
        yield "a title, the clause that it serves and a page of documentation are needed"
    for kind in (*manifest.reads, *manifest.writes):
        if kind not in EVENT_CLASSES:
            yield f"{kind.__name__} is not a registered event"
    if not manifest.reads:
        yield "it reads nothing, so nothing ever happens in it"
    yield from _about_settings(manifest.settings)
    yield from _about_code(module)


def _about_settings(settings: type[Settings]) -> Iterator[str]:
    if not issubclass(settings, Settings):
        yield "its settings are not made from the Settings of the SDK"
        return
    try:
        settings()
        msgspec.json.schema(settings)
    except (TypeError, ValueError) as error:
        yield f"its settings do not stand without being set, or have no schema: {error}"


def _about_code(module: CityModule) -> Iterator[str]:
    try:
        setup = importlib.import_module(f"{module.package}.module").setup
    except (ImportError, AttributeError) as error:
        yield f"no module.setup: {error}"
        return
    if not callable(setup):
        yield "module.setup cannot be called"
