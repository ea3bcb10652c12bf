"""The page of a simulation stands alone, and says in words what it assumes."""

import json
import re
from dataclasses import replace

from pricing.simulation.report.as_json import as_json
from pricing.simulation.report.page import page
from pricing.simulation.service import simulate_tables
from tests.pricing.kerb_city import LINZI, twice_as_dear, with_lines
from tests.pricing.simulation.recorded_street import recorded_street

RESULT = simulate_tables(recorded_street(), with_lines(LINZI, twice_as_dear), LINZI)


def test_page_needs_nothing_else_when_it_is_written() -> None:
    text = page(RESULT, timezone=LINZI.timezone)
    assert text.count("<svg") == 4
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', text) == []
    assert "url(http" not in text
    assert "<script" not in text
    assert "收入 / Revenue by zone" in text
    assert "草案 / draft" in text
    assert "Pierce and Shoup 2013" in text
    assert "35.50 CNY" in text
    assert "71.00 CNY" in text


def test_page_escapes_names_when_a_zone_is_called_like_a_tag() -> None:
    odd = replace(RESULT, draft="<b>x</b>", occupancy=tuple(replace(zone, zone_id="<i>") for zone in RESULT.occupancy))
    text = page(odd, timezone=LINZI.timezone)
    assert "<b>x</b>" not in text
    assert "<i>" not in text


def test_json_has_the_numbers_of_the_page_when_it_is_written() -> None:
    data = json.loads(as_json(RESULT))["simulation"]
    assert data["total"]["revenue_before"] == RESULT.total.revenue_before == 3_550
    assert data["total"]["revenue_after"] == 7_100
    assert data["assumptions"]["elasticity"] == -0.3
    assert {share["key"] for share in data["shares"]["zone"]} == {"Z1", "Z2"}
