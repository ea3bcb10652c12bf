"""The read model in figures, computed when Prometheus asks."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.public.read_model import ReadModel


class ReadModelGauges(Collector):
    """Register it with the process's registry."""

    def __init__(self, model: ReadModel) -> None:
        self._model = model

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("parking_feed_connected", "1 while the live store is heard", int(self._model.connected))
        age = GaugeMetricFamily(
            "parking_shard_heartbeat_age_seconds", "Since the engine last owned the shard", labels=["shard"]
        )
        stale = GaugeMetricFamily("parking_shard_stale", "1 while the shard's numbers are stale", labels=["shard"])
        for shard, view in self._model.shards.items():
            stale.add_metric([str(shard)], int(view.stale))
            if view.pulse.age_s is not None:
                age.add_metric([str(shard)], view.pulse.age_s)
        yield age
        yield stale
        if self._model.has_inventory:
            yield from self._spaces()

    def _spaces(self) -> Iterator[Metric]:
        spaces = GaugeMetricFamily("parking_spaces", "Spaces by public status", labels=["status"])
        counts = [self._model.zone(zone_id).counts for zone_id in self._model.atlas.catalogue.zones]
        for status, number in (
            ("free", sum(item.vacant for item in counts)),
            ("occupied", sum(item.occupied for item in counts)),
            ("unknown", sum(item.unknown for item in counts)),
            ("restricted", sum(item.restricted for item in counts)),
        ):
            spaces.add_metric([status], number)
        yield spaces
        heard = [item.observed_at for item in counts if item.observed_at is not None]
        if heard:
            yield GaugeMetricFamily(
                "parking_oldest_evidence_age_seconds",
                "Age of the newest evidence in the zone that has been heard of least lately",
                max(0.0, (self._model.now_us() - min(heard)) / 1e6),
            )
