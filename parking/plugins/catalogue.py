"""Finds the modules: one folder each under `parking/city`, and entry points of other people's packages.

Nothing lists them by hand. An entry point of the group `smart_parking.modules` names a package that has
`manifest.MANIFEST` and `module.setup`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Final, cast

from parking.plugins.sdk import Context, Manifest

ENTRY_POINT_GROUP: Final = "smart_parking.modules"
FOLDER: Final = "parking.city"


@dataclass(frozen=True)
class CityModule:
    """A manifest with the name of the package behind it; its code is loaded when it is run."""

    package: str
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.manifest.name

    def setup(self, context: Context) -> None:
        """Raises whatever the module's own code raises."""
        entry = cast("Callable[[Context], None]", importlib.import_module(f"{self.package}.module").setup)
        entry(context)


def discover() -> list[CityModule]:
    """Every module that is installed, ours first; whether they are well made is for `check` to say."""
    return [CityModule(package, importlib.import_module(f"{package}.manifest").MANIFEST) for package in _packages()]


def _packages() -> Iterator[str]:
    for module in pkgutil.iter_modules(importlib.import_module(FOLDER).__path__):
        if module.ispkg:
            yield f"{FOLDER}.{module.name}"
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        yield entry.value
