"""What `parking rates validate` says of one file: the mistakes of the reader, else the findings of the validator."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pricing.fees.model import Stay
from pricing.rates.model import RateTable
from pricing.rates.policy_file import PolicyFileError, read_policy, sentence
from pricing.rates.policy_section import Mistake
from pricing.rates.words import money
from pricing.validation.in_file import Located, finding_data, located, mistake_data
from pricing.validation.model import Finding, Probe
from pricing.validation.validator import validate


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One file: its table with findings, or why there is no table."""

    file: Path
    table: RateTable | None
    mistakes: tuple[Mistake, ...] = ()
    unreadable: str | None = None
    findings: tuple[Located, ...] = ()
    """Each with its line in the file."""

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for _, finding in self.findings)


def check(file: Path) -> Checked:
    try:
        table = read_policy(file)
    except PolicyFileError as error:
        unreadable = None if error.mistakes else error.detail
        return Checked(file=file, table=None, mistakes=error.mistakes, unreadable=unreadable)
    return Checked(file=file, table=table, findings=located(file.read_bytes(), validate(table)))


def mistakes_said(checked: Checked) -> list[str]:
    """A line for each mistake of a file that is no rate table."""
    said = [sentence(str(checked.file), mistake) for mistake in checked.mistakes]
    return said if checked.unreadable is None else [*said, checked.unreadable]


def finding_said(checked: Checked, line: int | None, finding: Finding) -> Iterator[str]:
    """The finding in one line, and a line for each stay that shows it."""
    where = str(checked.file) if line is None else f"{checked.file}:{line}"
    place = [f"collection {finding.collection}"] if finding.collection is not None else []
    place += [f"rule {finding.rule}"] if finding.rule is not None else []
    named = ", ".join(place) or ".".join(str(part) for part in finding.path) or "file"
    yield f"{where}: {finding.severity} {finding.code}: {named}: {finding.says.en} / {finding.says.zh}"
    for probe in finding.probes:
        yield f"    {_stay_said(probe.stay)}: {_fee_said(checked, probe)}"


def as_json(checked: Checked) -> dict[str, Any]:
    mistakes = [mistake_data(one) for one in checked.mistakes]
    if checked.unreadable is not None:
        mistakes.append({"line": None, "key": "", "says": checked.unreadable})
    return {
        "file": str(checked.file),
        "mistakes": mistakes,
        "findings": [finding_data(line, finding) for line, finding in checked.findings],
    }


def _stay_said(stay: Stay) -> str:
    who = f"{stay.area_class}, {stay.kind}, {stay.use}, {stay.vehicle_class}, {stay.energy}"
    return f"{stay.start.isoformat()} to {stay.end.isoformat()} ({who})"


def _fee_said(checked: Checked, probe: Probe) -> str:
    if probe.fee is None or checked.table is None:
        return f"refused, {probe.refusal}"
    return money(probe.fee, checked.table.currency).en
