"""Open faults of devices by kind, for Prometheus: read when some come or go, not at each scrape."""

from collections.abc import Iterator, Mapping
from typing import get_args

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from devices.health.listing import open_counts
from parking.db.unit_of_work import Database
from parking.events.device import DeviceFault


class FaultGauges(Collector):
    """Register it with the process's registry and wire `watch(database_url, FAULTS_CHANNEL, gauges.refresh)`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Mapping[DeviceFault, int] | None = None

    async def refresh(self) -> None:
        async with self._database.reading() as session:
            self._counts = await open_counts(session)

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        if self._counts is not None:
            faults = GaugeMetricFamily("parking_device_faults", "Open faults of devices by kind", labels=["fault"])
            for fault in get_args(DeviceFault):
                faults.add_metric([fault], self._counts.get(fault, 0))
            yield faults
