"""What the validator says: findings, each with its place in the policy file and the stays that show it."""

from dataclasses import dataclass
from typing import Literal

from pricing.fees.model import Stay
from pricing.rates.words import Said

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]
"""From the root of a policy file: keys, and positions within lists."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A stay that was priced, with its fee in minor units or the code of the refusal."""

    stay: Stay
    fee: int | None
    refusal: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong (`error`) or deserves a second look (`warning`)."""

    code: str
    severity: Severity
    path: Path
    """Where the table says it, in the keys of its policy file."""
    says: Said
    collection: str | None = None
    rule: str | None = None
    probes: tuple[Probe, ...] = ()


def error(
    code: str, path: Path, zh: str, en: str, *, collection: str | None = None, rule: str | None = None
) -> Finding:
    return Finding(code=code, severity="error", path=path, says=Said(zh, en), collection=collection, rule=rule)


def warning(
    code: str, path: Path, zh: str, en: str, *, collection: str | None = None, rule: str | None = None
) -> Finding:
    return Finding(code=code, severity="warning", path=path, says=Said(zh, en), collection=collection, rule=rule)
