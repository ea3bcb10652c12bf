"""The page of a simulation stands alone, and says in words what it assumes."""

import json
import re
from dataclasses import replace

from pricing.reports.style import STYLE
from pricing.simulation.model import Unpriced
from pricing.simulation.report.as_json import as_json
from pricing.simulation.report.page import page
from pricing.simulation.service import simulate_tables
from tests.pricing.kerb_city import LINZI, twice_as_dear, with_lines
from tests.pricing.simulation.recorded_street import recorded_street

RESULT = simulate_tables(recorded_street(), with_lines(LINZI, twice_as_dear), LINZI)


def test_page_needs_nothing_else_when_it_is_written() -> None:
    text = page(RESULT, timezone=LINZI.timezone)
    assert text.count("<svg") == 4
    assert not re.search(r"<script|<link|src=|href=|url\(|https?:", text)
    for words in ("各区域收入", "Revenue by zone", "Pierce and Shoup 2013", "Pierce 和 Shoup 2013", "35.50 → 71.00"):
        assert words in text


def test_page_has_the_look_and_the_languages_of_every_report_when_it_is_written() -> None:
    text = page(RESULT, timezone=LINZI.timezone)
    assert STYLE in text
    assert text.count('class="zh') == text.count('class="en') > 50
    # What stands in both languages alike, names and figures, is said once.
    assert " / " not in re.sub(r"<title>.*?</title>|aria-label=\"[^\"]*\"", "", text)


def test_page_counts_in_english_when_one_stay_was_recorded() -> None:
    one = replace(RESULT, total=replace(RESULT.total, stays=1))
    assert "Of 1 stay, " in page(one, timezone=LINZI.timezone)


def test_page_says_so_when_nothing_could_be_priced() -> None:
    nobody = dict.fromkeys(RESULT.shares, ())
    refused = (Unpriced(tariff="draft", code="class_missing", stays=3),)
    bare = replace(RESULT, shares=nobody, durations=(), changes=(), occupancy=(), unpriced=refused)
    text = page(bare, timezone=LINZI.timezone)
    assert "<svg" not in text
    assert "Refused, in no sum above" in text


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
