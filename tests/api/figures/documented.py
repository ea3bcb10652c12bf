"""The names in `docs/metrics.md`, and what a process tells, in one shape."""

import re
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
OF_PROMETHEUS: Final = re.compile(r"process_|python_")
_ROW: Final = re.compile(r"^\| (`[^|]+`)", re.MULTILINE)
_NAME: Final = re.compile(r"`([a-z_]+)`")


def documented(repository: Path) -> set[str]:
    text = (repository / "docs" / "metrics.md").read_text(encoding="utf-8")
    return {name for row in _ROW.findall(text) for name in _NAME.findall(row)}


def told(text: str) -> set[str]:
    """Names as they are documented: counters with their ending, histograms without theirs."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(text)
        if not family.name.endswith("_created")
    }


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(found: Samples, name: str, **labels: str) -> float:
    """Over all series of that name with these labels among theirs."""
    wanted = set(labels.items())
    return sum(value for (of, having), value in found.items() if of == name and wanted <= set(having))
