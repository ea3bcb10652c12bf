"""The figures of the HTTP process, in the text that Prometheus reads; one registry per process, nothing global."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class HttpMetrics:
    """Requests by route template, never by path: a path is whatever a stranger types."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            "parking_http_requests", "Answered requests", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "parking_http_request_seconds", "Time to answer", ("route",), buckets=_BUCKETS, registry=registry
        )
        self.readings = Counter(
            "parking_readings", "Readings by what became of them at the door", ("outcome",), registry=registry
        )

    def count_readings(self, *, accepted: int, duplicate: int, rejected: int) -> None:
        self.readings.labels("accepted").inc(accepted)
        self.readings.labels("duplicate").inc(duplicate)
        self.readings.labels("rejected").inc(rejected)

    def text(self) -> bytes:
        return generate_latest(self.registry)
