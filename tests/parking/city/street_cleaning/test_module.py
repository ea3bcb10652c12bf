"""From a planned window to restrictions: notice, limits, the end."""

from datetime import datetime, timedelta

import pytest

from parking.bus.codec import fact_of
from parking.city.street_cleaning.manifest import MANIFEST, CleaningSettings
from parking.city.street_cleaning.module import StreetCleaning, setup
from parking.events.city import CleaningWindowEnded, CleaningWindowPlanned, CleaningWindowRefused
from parking.events.envelope import CloudEvent
from parking.events.fact import Fact
from parking.events.restriction import RestrictionRequested, RestrictionRevoked
from parking.plugins.host import ModuleContext
from tests.parking.plugins.modules import AT, ended, planned


class Heard:
    """An occasion that keeps what was said."""

    at = AT

    def __init__(self) -> None:
        self.said: list[Fact] = []

    async def publish(self, *facts: Fact) -> None:
        self.said += facts


async def answers(event: CloudEvent, *, after: float = 0, notice_minutes: int = 30) -> list[Fact]:
    """What the module says to an event that it hears `after` minutes after AT."""
    cleaning = StreetCleaning(CleaningSettings(notice_minutes=notice_minutes), lambda: AT + timedelta(minutes=after))
    heard = Heard()
    fact = fact_of(event)
    if isinstance(fact, CleaningWindowPlanned):
        await cleaning.planned(fact, heard)
    elif isinstance(fact, CleaningWindowEnded):
        await cleaning.ended(fact, heard)
    return heard.said


def minute(number: float) -> datetime:
    return AT + timedelta(minutes=number)


def windows(said: list[Fact]) -> list[tuple[str, datetime, datetime, bool]]:
    return [
        (fact.severity, fact.start, fact.end, fact.stops_charging)
        for fact in said
        if isinstance(fact, RestrictionRequested)
    ]


async def test_spaces_are_announced_and_then_closed_for_the_window() -> None:
    said = await answers(planned(start=60, end=90, segment_ids=("z1-N",)))
    assert windows(said) == [
        ("advisory", minute(0), minute(60), False),
        ("clear_out", minute(60), minute(90), True),
    ]
    closure = said[1]
    assert isinstance(closure, RestrictionRequested)
    assert (closure.space_ids, closure.segment_ids) == (("s1",), ("z1-N",))
    assert (closure.requester, closure.reason) == ("street_cleaning", "street_cleaning")
    assert len({fact.subject for fact in said}) == 2


async def test_drivers_get_their_notice_when_a_window_is_announced_late() -> None:
    assert windows(await answers(planned(start=5, end=60)))[-1][1:3] == (minute(30), minute(60))
    assert windows(await answers(planned(start=5, end=60), notice_minutes=0)) == [
        ("advisory", minute(0), minute(5), False),
        ("clear_out", minute(5), minute(60), True),
    ]


async def test_only_the_rest_is_closed_when_the_module_hears_of_a_window_inside_it() -> None:
    assert windows(await answers(planned(start=60, end=90), after=70)) == [("clear_out", minute(60), minute(90), True)]


@pytest.mark.parametrize(
    ("start", "end", "after", "code"),
    [
        (60, 60, 0, "window_invalid"),
        (60, 90, 90, "window_past"),
        (60, 60 + 241, 0, "window_too_long"),
        (5, 30, 0, "notice_too_short"),
    ],
)
async def test_window_that_cannot_be_closes_nothing_and_says_why(start: int, end: int, after: int, code: str) -> None:
    (refusal,) = await answers(planned(start=start, end=end), after=after)
    assert isinstance(refusal, CleaningWindowRefused)
    assert (refusal.window_id, refusal.code) == ("w1", code)


async def test_notice_and_closure_are_taken_back_when_the_window_ends() -> None:
    said = await answers(ended())
    asked = await answers(planned())
    assert {fact.subject for fact in said} == {fact.subject for fact in asked}
    assert all(isinstance(fact, RestrictionRevoked) for fact in said)


def test_module_reads_what_its_manifest_says() -> None:
    context = ModuleContext(MANIFEST, CleaningSettings(), bus=None, clock=lambda: AT)  # type: ignore[arg-type]  # it publishes nothing here
    setup(context)
    assert context.subscription.types == {kind.TYPE for kind in MANIFEST.reads}
