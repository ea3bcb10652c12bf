"""Scheduled jobs: how often each ran and failed, and when it last did well."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from api.figures.families import counters, gauges


class JobFigures(Collector):
    """Filled by the schedule, on the worker that leads; each job is there from the start."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._runs: Counter[tuple[str, str]] = Counter()
        self._did_well: dict[str, datetime] = {}
        self._failing: set[str] = set()

    def ran(self, name: str, at: datetime, *, failed: bool) -> None:
        self._runs[name, "failed" if failed else "done"] += 1
        if failed:
            self._failing.add(name)
        else:
            self._failing.discard(name)
            self._did_well[name] = at

    def describe(self) -> list[Metric]:
        """Nothing is looked at before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        of_each = [(name, outcome) for name in self._names for outcome in ("done", "failed")]
        runs = {each: self._runs[each] for each in of_each}
        yield counters("parking_job_runs", "Runs of scheduled jobs", ("job", "outcome"), runs)
        failing = {(name,): int(name in self._failing) for name in self._names}
        yield gauges("parking_job_failing", "1 while the last run of the job failed", ("job",), failing)
        yield gauges(
            "parking_job_done_timestamp_seconds",
            "When the job last did well",
            ("job",),
            {(name,): at.timestamp() for name, at in self._did_well.items()},
        )
