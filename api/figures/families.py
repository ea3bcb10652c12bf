"""From our own counts to the families that Prometheus reads."""

from collections.abc import Mapping
from itertools import accumulate
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from parking.domain.durations import Durations

Labels = TypeVar("Labels", bound=tuple[str, ...])


def counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(name, says, value)


def counters(name: str, says: str, labels: tuple[str, ...], values: Mapping[Labels, float]) -> Metric:
    family = CounterMetricFamily(name, says, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value)


def gauges(name: str, says: str, labels: tuple[str, ...], values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def histogram(name: str, says: str, labels: tuple[str, ...], values: Mapping[Labels, Durations]) -> Metric:
    family = HistogramMetricFamily(name, says, labels=labels)
    for of, durations in values.items():
        bounds = [*(str(bound) for bound in durations.bounds), "+Inf"]
        reached = accumulate(durations.counts)
        family.add_metric(of, list(zip(bounds, reached, strict=True)), durations.sum_s)
    return family
