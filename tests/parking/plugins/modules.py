"""Modules of other people, good and bad, as a test host runs them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned
from parking.events.envelope import CloudEvent, wrap
from parking.events.fact import Fact
from parking.events.restriction import RestrictionRequested, RestrictionRevoked
from parking.plugins.catalogue import CityModule
from parking.plugins.sdk import Context, Manifest, Occasion

AT: Final = datetime(2026, 5, 1, 6, tzinfo=UTC)


def manifest(name: str = "strangers", **rest: Any) -> Manifest:  # noqa: ANN401 - any field of a manifest
    facts: dict[str, Any] = {
        "version": "1.0",
        "title": "A module",
        "clause": "T0",
        "documentation": "docs/modules.md",
        "reads": (CleaningWindowPlanned,),
        "writes": (RestrictionRequested, RestrictionRevoked),
    }
    return Manifest(name=name, **(facts | rest))


@dataclass(frozen=True)
class Written(CityModule):
    """A module whose code is given by the test and not looked up."""

    code: Callable[[Context], None] = field(default=lambda _: None)

    def setup(self, context: Context) -> None:
        self.code(context)


def module(name: str, code: Callable[[Context], None], **rest: Any) -> Written:  # noqa: ANN401 - as above
    return Written(f"strangers.{name}", manifest(name, **rest), code)


class Listener:
    """Remembers the windows that it was told of, after doing what the test says."""

    def __init__(self, *answers: Fact, behave: Callable[[], Any] | None = None) -> None:
        self.heard: list[str] = []
        self.settings: list[object] = []
        self._answers = answers
        self._behave = behave

    def __call__(self, context: Context) -> None:
        self.settings.append(context.settings)
        context.subscribe(CleaningWindowPlanned, self.planned)

    async def planned(self, window: CleaningWindowPlanned, occasion: Occasion) -> None:
        self.heard.append(window.window_id)
        if self._behave is not None:
            done = self._behave()
            if asyncio.iscoroutine(done):
                await done
        await occasion.publish(*self._answers)


def planned(window_id: str = "w1", *, at: datetime = AT, start: float = 60, end: float = 90, **rest: Any) -> CloudEvent:  # noqa: ANN401 - as above
    """A window `start` to `end` minutes after its announcement."""
    fact = CleaningWindowPlanned(
        window_id=window_id,
        start=at + timedelta(minutes=start),
        end=at + timedelta(minutes=end),
        announced_at=at,
        authority="市城管局",
        **({"space_ids": ("s1",)} | rest),
    )
    return wrap(fact, event_id=f"planned-{window_id}", source="test", time=at)


def ended(window_id: str = "w1", *, at: datetime = AT) -> CloudEvent:
    fact = CleaningWindowEnded(window_id=window_id, ended_at=at, outcome="finished")
    return wrap(fact, event_id=f"ended-{window_id}", source="test", time=at)
