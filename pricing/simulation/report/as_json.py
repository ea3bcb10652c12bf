"""A simulation as JSON: the numbers of the page, amounts in whole minor units."""

from dataclasses import asdict
from typing import Any

import msgspec

from pricing.simulation.model import SimulationResult


def as_data(result: SimulationResult) -> dict[str, Any]:
    return {"simulation": asdict(result)}


def as_json(result: SimulationResult) -> str:
    return msgspec.json.format(msgspec.json.encode(as_data(result)), indent=2).decode()
