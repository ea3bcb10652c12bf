"""Verdicts on published prices that stand, for Prometheus: read when some come, not at each scrape."""

from collections.abc import Iterator, Mapping
from typing import get_args

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from parking.db.unit_of_work import Database
from pricing.evaluation.monitor import Verdict
from pricing.proposals.checks import standing


class VerdictGauges(Collector):
    """Register it with the process's registry and wire `watch(database_url, CHECKS_CHANNEL, gauges.refresh)`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Mapping[str, int] | None = None

    async def refresh(self) -> None:
        async with self._database.reading() as session:
            self._counts = await standing(session)

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        if self._counts is not None:
            verdicts = GaugeMetricFamily(
                "parking_price_verdicts",
                "Published proposals whose prices still stand, by what came of them",
                labels=["verdict"],
            )
            for verdict in get_args(Verdict):
                verdicts.add_metric([verdict], self._counts.get(verdict, 0))
            yield verdicts
