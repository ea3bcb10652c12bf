"""What a city module is written against: its manifest, its settings, what it hears and what it may say.

A module is a package with `manifest.MANIFEST` and `module.setup(context)`. It imports this file, `parking.events` and
`parking.domain`, and nothing else of the platform.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from parking.domain.clock import Clock
from parking.domain.errors import ParkingError
from parking.events.fact import Fact

F = TypeVar("F", bound=Fact)


class ModuleForbiddenError(ParkingError):
    """A module tried what its manifest does not allow it."""

    code = "module_forbidden"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a module's own settings: every field has a default and, by its annotation, a range."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One module: plain data, read without running the module."""

    name: str
    """That of its folder; also the requester of its restrictions."""
    version: str
    title: str
    clause: str
    """Which work of the city it serves, as the catalogue of city systems numbers it."""
    documentation: str
    reads: tuple[type[Fact], ...]
    """The only facts that it is given."""
    writes: tuple[type[Fact], ...]
    """The only facts that it can publish."""
    settings: type[Settings] = Settings


class Occasion(Protocol):
    """The event that a module is told of, and its chance to answer."""

    @property
    def at(self) -> datetime:
        """When the event happened, by its publisher's word."""

    async def publish(self, *facts: Fact) -> None:
        """Durable on the bus when it returns.

        The same occasion, delivered again, publishes under the same ids: its consumers know what they have seen. Raises
        `ModuleForbiddenError` for a fact outside the manifest, or one that speaks in another requester's name.
        """


Handler = Callable[[F, Occasion], Awaitable[None]]


class Context(Protocol):
    """What the host hands to `setup`."""

    @property
    def clock(self) -> Clock: ...

    @property
    def settings(self) -> Settings:
        """An instance of the manifest's `settings`; a change starts the module anew."""

    def subscribe(self, kind: type[F], handler: Handler[F]) -> None:
        """Be told of every fact of a kind, at least once, in the order of its subject.

        What the handler raises is tried again and then put aside for a person. Raises `ModuleForbiddenError` for a kind
        outside the manifest.
        """
