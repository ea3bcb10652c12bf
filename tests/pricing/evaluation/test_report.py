"""The page about a proposal: what it says in both languages, and that it needs nothing from outside."""

import re
from dataclasses import replace

import pytest

from pricing.demand.prior import Response
from pricing.evaluation.report.figures import summary_of
from pricing.evaluation.report.model import Report
from pricing.evaluation.report.page import page
from pricing.evaluation.report.words import time_words
from pricing.history.cleaning import Cleaning
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import propose

POLICY = PricingPolicy(target_low=0.6, target_high=0.8, floor=100, cap=350, tick=50, step_up=100, step_down=50)


def cell(zone_id: str, occupancy: float) -> Cell:
    return Cell(zone_id=zone_id, day_type="workday", band="am", price=300, occupancy=occupancy, spaces=20, hours=80.0)


@pytest.fixture(scope="module")
def report() -> Report:
    cells = [cell("a<b", 0.95), cell("b", 0.70), cell("c", 0.30), cell("d", 0.05)]
    zones = {
        one.zone_id: PricingZone(
            zone_id=one.zone_id, kind="kerb", area_class="I", spaces=20, lat=36.8 + 0.01 * number, lon=118.0
        )
        for number, one in enumerate(cells)
    }
    zones["d"] = replace(zones["d"], lat=None, lon=None)
    found = propose(POLICY, cells, zones)
    cleaning = Cleaning(rows=5)
    cleaning.note("negative", "line 3: occupancy -0.2")
    return Report(
        title="P-1",
        currency="CNY",
        policy=POLICY,
        zones=zones,
        proposals=found.proposals,
        comparison=found.comparison,
        names={"b": ("人民路", "Renmin Road")},
        cleaning=cleaning,
    )


def test_drivers_are_told_which_part_of_the_hours_parked_gets_dearer(report: Report) -> None:
    told = summary_of(report.proposals)
    assert (told.up.cells, told.down.cells, told.same.cells) == (1, 2, 1)
    assert told.up.parked == pytest.approx(0.95 / 2.0)
    assert told.up.change == 50
    assert told.down.change == -50
    assert not told.measured


def test_page_needs_nothing_else_and_says_everything_in_both_languages(report: Report) -> None:
    html = page(report)
    assert not re.search(r"<script|<link|src=|href=|url\(|https?:", html)
    assert html.count('class="zh"') > 50
    assert "在 4 个区域的 4 个价格中，1 个上调，2 个下调" in html
    assert "Of 4 prices in 4 zones, 1 rises, 2 fall and 1 stays as it is" in html
    for word in ("人民路", "Renmin Road", "highest price", "最高价", "occupancy -0.2", "a&lt;b"):
        assert word in html
    assert "a<b" not in html
    assert "; 1 zone without a position is not drawn" in html
    # What is expected is a belief and is called one, beside the headline and at every price.
    assert "has not been measured" in html
    assert html.count("is a prior (-0.30, -0.56 to -0.04), not an estimate") == 4


def test_parts_of_a_city_that_lie_apart_have_a_map_each(report: Report) -> None:
    assert "Around" not in page(report)
    far = {**report.zones, "c": replace(report.zones["c"], lat=37.9)}
    html = page(replace(report, zones=far))
    # Two parts, drawn by price and by occupancy.
    assert html.count('lang="en">Around ') == html.count('lang="en">Around c · workday am') * 2 == 4
    assert "c一带 · 工作日 am" in html


def test_a_city_names_kind_and_hours_in_its_bands() -> None:
    assert time_words("all", "garage 00:00-00:00") == ("每天 停车楼 全天", "every day garage all day")


def test_the_page_calls_a_response_an_estimate_only_where_an_experiment_measured_it(report: Report) -> None:
    measured = Response(mean=-0.4, sd=0.1, source="experiment")
    proposals = [replace(one, cell=replace(one.cell, response=measured)) for one in report.proposals]
    html = page(replace(report, proposals=proposals, comparison=None, cleaning=None))
    assert "was measured in this city" in html
    assert "the elasticity is a prior" not in html
