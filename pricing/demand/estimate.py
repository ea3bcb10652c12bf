"""An estimate of the response to price with the tests that it stood, as it is kept, printed and handed to the optimizer.

It is made by `estimating`; where it is not believed the prior stands, and the estimate says so with all that was found.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from pricing.demand.checks import Check
from pricing.demand.prior import Response, Source
from pricing.demand.words import Why
from pricing.history.csv_rows import PricingFileError


@dataclass(frozen=True, kw_only=True)
class Believed:
    """What is believed of one response, and on how much it rests."""

    mean: float
    sd: float
    within_80: tuple[float, float]
    within_90: tuple[float, float]
    source: Source
    changes: int = 0
    """Moves in lotteries whose effect was measured."""
    zones: int = 0
    """Clusters: zones with such a move."""

    @property
    def response(self) -> Response:
        return Response(mean=self.mean, sd=self.sd, source=self.source)


@dataclass(frozen=True, kw_only=True)
class OfGroup:
    """The response to its own price of all cells of an area class and band."""

    area_class: str
    band: str
    own: Believed


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the experiment shows by itself, whatever was believed before: one response for the city."""

    own: float
    own_error: float
    neighbours: float | None = None
    neighbours_error: float | None = None


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Of one history; JSON-able."""

    first: date
    last: date
    """Starts of the first and the last period."""
    waves: int
    source: Source
    why: Why
    said_en: str
    said_zh: str
    groups: tuple[OfGroup, ...]
    neighbours: Believed
    """Response of a zone's load to the mean price of the zones nearby."""
    shown: Shown | None = None
    placebo: Check | None = None
    pre_trend: Check | None = None

    def of(self, area_class: str, band: str) -> Response | None:
        """None for a group that was not in the history."""
        return next((one.own.response for one in self.groups if (one.area_class, one.band) == (area_class, band)), None)


def write_estimate(path: Path, estimate: Estimate) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(estimate), indent=2) + b"\n")


def read_estimate(path: Path) -> Estimate:
    """Raises `PricingFileError` for a file that is no estimate."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Estimate)
    except OSError as error:
        raise PricingFileError(f"{path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise PricingFileError(f"{path}: {error}", code="estimate_invalid") from error
