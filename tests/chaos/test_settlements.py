"""A small form of `make chaos`: every kind of kill and cut once, while stays are settled."""

from pathlib import Path

import pytest

from tests.chaos.settlements import SEED, WAYS, chaos

pytestmark = [pytest.mark.service, pytest.mark.chaos]
SETTLEMENTS = 120


async def test_charged_is_paid_is_ledger_when_everything_between_is_killed_and_cut(open_folder: Path) -> None:
    report = await chaos(open_folder, settlements=SETTLEMENTS, misfortunes=WAYS, seed=SEED, mean_bytes=25_000)
    print("\n".join(report.lines()))
    assert report.wrong == {}
    assert report.settled == SETTLEMENTS
    assert len(report.misfortunes) == WAYS
    assert report.cuts["door"] > 0
    assert report.cuts["database"] > 0
