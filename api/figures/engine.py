"""What the engine and history of this process have done."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.figures.families import counter, counters, gauges, histogram
from parking.occupancy.engine import Engine
from parking.occupancy.figures import DISPOSITIONS, HistoryFigures
from parking.occupancy.shards import SHARDS

TABLES = ("observation", "change")


class EngineCollector(Collector):
    """Register it with the process's registry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        figures = self._engine.figures
        applied = {(word,): figures.readings[word] for word in DISPOSITIONS.values()}
        yield counters("parking_engine_readings", "Readings by what the engine made of them", ("disposition",), applied)
        yield counter("parking_engine_changes", "Changes of spaces that the engine published", figures.changes)
        yield counter("parking_engine_commits", "Batches committed in the live store", figures.commits)
        yield histogram(
            "parking_engine_commit_seconds", "Time of one commit in the live store", (), {(): figures.commit_s}
        )
        yield counter("parking_engine_shards_taken", "Shards that this engine took, whoever had them", figures.taken)
        yield counter("parking_engine_shards_lost", "Shards that another engine took from this one", figures.lost)
        owned = self._engine.shards
        yield gauges(
            "parking_engine_owns",
            "1 where this engine owns the shard",
            ("shard",),
            {(str(shard),): int(shard in owned) for shard in SHARDS},
        )


class HistoryCollector(Collector):
    """Register it with the process's registry."""

    def __init__(self, figures: HistoryFigures) -> None:
        self._figures = figures

    def describe(self) -> list[Metric]:
        """As above."""
        return []

    def collect(self) -> Iterator[Metric]:
        figures = self._figures
        rows = {(table,): figures.rows[table] for table in TABLES}
        yield counters("parking_history_rows", "Rows that history committed, by table", ("table",), rows)
        yield counter("parking_history_transactions", "Transactions of history", figures.transactions)
        yield histogram(
            "parking_history_transaction_seconds", "Time of one transaction", (), {(): figures.transaction_s}
        )
        yield counter(
            "parking_history_entries_gone", "Entries of readings that were lost before history", figures.entries_gone
        )
