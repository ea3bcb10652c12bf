"""The door of readings: whether it is shut and why, what was refused, and what came in through which adapter."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.figures.families import counters, gauge, gauges, histogram
from devices.ingest.figures import IngestFigures
from parking.raw.inbox import RedisInbox

CODES = (
    "backlog_full",
    "raw_backlog_full",
    "live_store_unavailable",
    "live_store_evicts",
    "live_store_not_durable",
    "live_store_unwritable",
    "live_store_read_only",
    "live_store_full",
    "replicas_behind",
)
"""Each is there from the start, so that an alarm has something to compare with."""


class DoorCollector(Collector):
    """Register it with the process's registry."""

    def __init__(self, inbox: RedisInbox) -> None:
        self._inbox = inbox

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        watch = self._inbox.watch
        shut = watch.shut | ({"raw_backlog_full"} if self._inbox.is_full else frozenset())
        codes = dict.fromkeys([*CODES, *shut, *watch.refused])
        yield gauges(
            "parking_door_shut",
            "1 while readings are refused with this code",
            ("code",),
            {(code,): int(code in shut) for code in codes},
        )
        yield counters(
            "parking_door_refusals",
            "Batches of readings and bodies that were refused with 503, or left at the MQTT broker",
            ("code",),
            {(code,): watch.refused[code] for code in codes},
        )
        yield counters(
            "parking_live_store_other_lives",
            "Times that another process served the live store than before",
            (),
            {(): watch.other_lives},
        )
        report = watch.report
        if report is not None:
            yield gauge("parking_live_store_memory_bytes", "Memory in use, of the fullest server", report.used_bytes)
            yield gauge("parking_live_store_memory_limit_bytes", "Its maxmemory; 0 is no limit", report.max_bytes)
            yield counters("parking_live_store_evicted_keys", "Keys that were dropped", (), {(): report.evicted_keys})
            yield gauge("parking_live_store_replicas", "Replicas of the server with the fewest", report.replicas)
            written = report.is_journal_written and report.is_rewrite_well
            yield gauge("parking_live_store_journal_ok", "0 while the journal cannot be written", int(written))


class IngestCollector(Collector):
    """Of one or several ways in of the process."""

    def __init__(self, *figures: IngestFigures) -> None:
        self._figures = figures

    def describe(self) -> list[Metric]:
        """As above."""
        return []

    def collect(self) -> Iterator[Metric]:
        messages: dict[tuple[str, ...], float] = {}
        for figures in self._figures:
            for of, number in figures.messages.items():
                messages[of] = messages.get(of, 0) + number
        yield counters("parking_adapter_messages", "Messages by adapter and outcome", ("adapter", "outcome"), messages)
        yield histogram(
            "parking_adapter_accept_seconds",
            "From the network's clock, or the door where it has none, to durable",
            ("adapter",),
            {(source,): found for figures in self._figures for source, found in figures.under_way_s.items()},
        )
