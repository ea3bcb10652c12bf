"""Findings with their lines in the policy file, for whoever writes one: the command line and the workbench say the same."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from parking.calendar.official import OFFICIAL, Calendars
from pricing.rates.model import RateTable
from pricing.rates.policy_file import PolicyFileError, parse_policy
from pricing.rates.policy_section import Mistake
from pricing.rates.toml_lines import key_lines
from pricing.validation.model import Finding, Path, Probe
from pricing.validation.validator import validate

Located = tuple[int | None, Finding]
"""A finding and its line, from 1; None where the file does not spell its place out."""


class CheckedPolicy(NamedTuple):
    """A table with what the validator found, or without a table the mistakes of the reader."""

    table: RateTable | None
    mistakes: tuple[Mistake, ...]
    findings: tuple[Located, ...]


def check_policy(content: bytes, calendars: Calendars = OFFICIAL) -> CheckedPolicy:
    """Everything that is wrong in the text of a policy file."""
    try:
        table = parse_policy(content)
    except PolicyFileError as error:
        return CheckedPolicy(None, error.mistakes, ())
    return CheckedPolicy(table, (), located(content, validate(table, calendars)))


def located(content: bytes, findings: Sequence[Finding]) -> tuple[Located, ...]:
    """`content` is the text that the table of the findings was read from."""
    lines = key_lines(content.decode("utf-8-sig").replace("\r\n", "\n"))
    return tuple((_line(lines, finding), finding) for finding in findings)


def mistake_data(mistake: Mistake) -> dict[str, Any]:
    return {"line": mistake.line, "key": mistake.key, "says": mistake.says}


def finding_data(line: int | None, finding: Finding) -> dict[str, Any]:
    """As JSON; fees of the probe stays are in minor units."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "line": line,
        "path": list(finding.path),
        "collection": finding.collection,
        "rule": finding.rule,
        "says": finding.says.zh,
        "says_en": finding.says.en,
        "probes": [_probe_data(probe) for probe in finding.probes],
    }


def _probe_data(probe: Probe) -> dict[str, Any]:
    stay = probe.stay
    return {
        "start": stay.start.isoformat(),
        "end": stay.end.isoformat(),
        "area_class": stay.area_class,
        "kind": stay.kind,
        "use": stay.use,
        "vehicle_class": stay.vehicle_class,
        "energy": stay.energy,
        "fee": probe.fee,
        "refusal": probe.refusal,
    }


def _line(lines: dict[Path, int], finding: Finding) -> int | None:
    """Of the innermost part of the place that the file spells out."""
    path = finding.path
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path)
