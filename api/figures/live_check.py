"""What the last check of the live store has found, on the worker that leads the schedule."""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.figures.families import gauges
from parking.occupancy.audit import What
from parking.occupancy.checking import FOR_A_PERSON, Checker, in_words

_log = logging.getLogger(__name__)


class LiveCheck(Collector):
    """The job and its figures; nothing is repaired by itself: a difference is a fault that somebody should hear of."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._found: Counter[str] | None = None

    async def run(self) -> None:
        found = await self._checker.check()
        self._found = Counter(finding.what for finding in found)
        if any(finding.what not in FOR_A_PERSON for finding in found):
            _log.error(
                "the live store is not what it should be: %s; 'parking occupancy check' says where", in_words(found)
            )

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """No figure before the first check: nothing found and not looked at are two things."""
        found = self._found
        if found is not None:
            yield gauges(
                "parking_live_store_findings",
                "What the last check of the live store against the database has found",
                ("what",),
                {(what,): found[what] for what in get_args(What)},
            )
