"""What the validator finds in tables that have one thing wrong, and that it finds nothing else in sound ones."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings

import pricing.rates
from pricing.fees.calculator import price
from pricing.rates.model import (
    Cap,
    ChargingRule,
    Eligibility,
    Exemption,
    FreeAllowance,
    RateLine,
    RateLineCollection,
    RateTable,
    RateTier,
    ShortPart,
    ShortStay,
    VehicleRate,
)
from pricing.rates.policy_file import read_policy
from pricing.rates.policy_writer import write_policy
from pricing.rates.toml_lines import key_lines
from pricing.validation.model import Finding
from pricing.validation.validator import RateTableUnsoundError, refuse_unsound, validate
from tests.pricing.rates.policy_tables import tables

POLICIES: Final = sorted((Path(pricing.rates.__file__).parent / "policies").glob("*.toml"))
SHENZHEN: Final = read_policy(next(path for path in POLICIES if path.stem == "shenzhen_kerb"))
DAY: Final = RateLine(rule_id="day", start=time(7), end=time(19), mode="per_unit", unit_price=150, unit_s=1800)
NIGHT: Final = RateLine(rule_id="night", start=time(19), end=time(7), mode="per_use", unit_price=400)
KERB: Final = RateLineCollection(
    collection_id="kerb",
    eligibility=Eligibility(
        area_classes=frozenset({"I", "II", "III"}),
        kinds=frozenset({"kerb"}),
        vehicles=tuple(VehicleRate(vehicle_class=one) for one in ("small", "motorcycle", "medium", "large")),
    ),
    lines=(DAY, NIGHT),
    free=FreeAllowance(seconds=1800, when_exceeded="deducted"),
)
SOUND: Final = replace(read_policy(next(path for path in POLICIES if path.stem == "linzi")), collections=(KERB,))
QUOTA: Final = SOUND.quotas[0]


def kerb(*lines: RateLine, **change: Any) -> RateTable:  # noqa: ANN401 - fields of RateLineCollection
    collection = replace(KERB, **change)
    return replace(SOUND, collections=(replace(collection, lines=lines) if lines else collection,))


def found(table: RateTable, code: str) -> list[Finding]:
    return [finding for finding in validate(table) if finding.code == code]


def the_only(table: RateTable) -> Finding:
    (finding,) = validate(table)
    return finding


def test_nothing_is_found_in_a_sound_table() -> None:
    assert validate(SOUND) == ()
    refuse_unsound(SOUND)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_ready_policies_have_no_errors(path: Path) -> None:
    assert [finding for finding in validate(read_policy(path)) if finding.severity == "error"] == []


def test_hours_without_a_price_are_found_though_they_lie_within_the_free_time() -> None:
    gap = the_only(kerb(replace(DAY, start=time(7, 30)), NIGHT))
    assert (gap.code, gap.severity, gap.path, gap.collection) == ("rate_missing", "error", ("collection", 0), "kerb")
    assert "07:00–07:30" in gap.says.en
    assert "holiday" not in gap.says.en
    assert "07:00–07:30" in gap.says.zh
    (probe,) = gap.probes
    assert (probe.refusal, f"{probe.stay.start:%H:%M:%S}") == ("rate_missing", "07:00:00")


def test_hours_of_a_night_are_found_when_it_begins_on_no_kind_of_day() -> None:
    evening, morning = found(kerb(DAY, replace(NIGHT, days=frozenset({"workday", "restday"}))), "rate_missing")
    assert ("00:00–07:00" in evening.says.en, "19:00–24:00" in morning.says.en) in {(True, True), (False, False)}
    assert all("holiday" in one.says.en for one in (evening, morning) if "19:00" in one.says.en)


def test_worked_saturday_is_found_when_lines_go_by_the_names_of_days() -> None:
    weekday = replace(DAY, days=frozenset({"workday"}))
    weekend = replace(DAY, rule_id="weekend", days=frozenset({"sat", "sun"}))
    finding = next(one for one in validate(kerb(weekday, weekend, NIGHT)) if one.code == "rate_ambiguous")
    assert finding.rule == "weekend"
    assert finding.path == ("collection", 0, "line", 1)
    assert "day, weekend" in finding.says.en
    # And a holiday in the week has no price at all.
    assert found(kerb(weekday, weekend, NIGHT), "rate_missing")


def test_end_of_a_season_is_found_when_nothing_follows_it() -> None:
    season = replace(DAY, valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30))
    finding, *_ = found(kerb(season, NIGHT), "rate_missing")
    assert "07:00–19:00" in finding.says.en
    legal = replace(SOUND.legal, valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30))
    assert validate(replace(kerb(season, NIGHT), legal=legal)) == ()


def test_hour_of_a_clock_change_is_no_gap_where_the_lines_meet() -> None:
    assert validate(replace(SOUND, timezone="Europe/Amsterdam", calendar="NL")) == ()


def test_line_for_charging_alone_leaves_a_gap_only_where_charging_time_is_charged() -> None:
    rule = ChargingRule(
        while_charging="charged",
        grace_s=0,
        idle_percent=100,
        idle_rules=frozenset(),
        idle_uses_quota=True,
        idle_uses_free=True,
    )
    table = replace(kerb(replace(DAY, activity="parked"), NIGHT), charging=rule)
    (gap,) = found(table, "rate_missing")
    assert "while charging" in gap.says.en
    assert found(replace(table, charging=replace(rule, while_charging="free")), "rate_missing") == []


def test_two_collections_for_one_vehicle_are_found() -> None:
    table = replace(
        SOUND,
        collections=(
            KERB,
            replace(
                KERB, collection_id="again", lines=(replace(DAY, rule_id="day-2"), replace(NIGHT, rule_id="night-2"))
            ),
        ),
    )
    overlap = the_only(table)
    assert (overlap.code, overlap.path, overlap.collection) == ("collections_overlap", ("collection", 1), "again")


def test_classes_without_a_price_are_found_the_widest_first() -> None:
    narrow = replace(KERB.eligibility, area_classes=frozenset({"I"}), vehicles=(VehicleRate(vehicle_class="small"),))
    said = [finding.says.en for finding in found(kerb(eligibility=narrow), "class_unpriced")]
    assert [text.split('"')[1] for text in said] == ["II", "III", "large", "medium", "motorcycle"]


@pytest.mark.parametrize(
    ("table", "code", "path"),
    [
        (kerb(caps=(Cap(cap_id="c", scope="stay", amount=100, rules=frozenset({"x"})),)), "rule_unknown",
         ("collection", 0, "cap", 0, "rules")),
        (kerb(short_parts=(ShortPart(rule="night", below_s=60, added_to="x"),)), "rule_unknown",
         ("collection", 0, "short_part", 0, "added_to")),
        (replace(SOUND, exemptions=(Exemption(exempt_class="rescue", proof=" "),)), "exemption_unprovable",
         ("exempt", "rescue")),
        (replace(SOUND, quotas=(QUOTA, QUOTA)), "id_repeated", ("quota", 1)),
        (replace(SOUND, legal=replace(SOUND.legal, valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 1))),
         "validity_reversed", ("legal", "valid_to")),
        (replace(SOUND, legal=replace(SOUND.legal, tick=0)), "tick_missing", ("legal", "tick")),
        (replace(SOUND, legal=replace(SOUND.legal, float_percent=None)), "limit_missing", ("legal",)),
        (replace(SOUND, legal=replace(SOUND.legal, form="market")), "kerb_price_by_market",
         ("collection", 0, "kinds")),
        (replace(SOUND, legal=replace(SOUND.legal, tick=100)), "price_off_tick", ("collection", 0, "line", 0, "price")),
        (replace(SOUND, legal=replace(SOUND.legal, float_percent=None, ceiling=300)), "price_beyond_ceiling",
         ("collection", 0, "line", 1, "price")),
        (kerb(replace(DAY, unit_s=None), NIGHT), "table_invalid", ()),
        (replace(SOUND, calendar="XX"), "calendar_unknown", ("calendar",)),
        (replace(SOUND, quotas=(replace(QUOTA, energies=frozenset({"nev"})),), collections=(
            replace(KERB, eligibility=replace(KERB.eligibility, energies=frozenset({"fuel"}))),)),
         "quota_never_applies", ("quota", 0)),
    ],
)  # fmt: skip
def test_contradiction_is_an_error_at_its_place(table: RateTable, code: str, path: tuple[str | int, ...]) -> None:
    (finding,) = found(table, code)
    assert (finding.severity, finding.path) == ("error", path)
    with pytest.raises(RateTableUnsoundError) as refusal:
        refuse_unsound(table)
    assert refusal.value.code == "rate_table_unsound"
    errors = refusal.value.fields["errors"]
    assert isinstance(errors, list)
    assert code in [one["code"] for one in errors]


def test_quota_within_the_free_time_changes_nothing() -> None:
    finding = the_only(replace(SOUND, quotas=(replace(QUOTA, seconds=900),)))
    assert (finding.code, finding.severity, finding.path) == ("quota_changes_nothing", "warning", ("quota", 0))


def test_price_of_zero_that_nobody_calls_free_is_asked_about() -> None:
    assert the_only(kerb(DAY, replace(NIGHT, unit_price=0))).code == "price_zero"
    assert validate(kerb(DAY, replace(NIGHT, mode="free", unit_price=0))) == ()


def test_government_set_price_without_limits_is_only_a_warning() -> None:
    finding = the_only(replace(SOUND, legal=replace(SOUND.legal, form="government_set", float_percent=None)))
    assert (finding.code, finding.severity) == ("limit_missing", "warning")


def test_vehicle_percentage_off_the_tick_is_a_warning() -> None:
    vehicles = (VehicleRate(vehicle_class="small"), VehicleRate(vehicle_class="large", percent=150))
    finding = found(kerb(eligibility=replace(KERB.eligibility, vehicles=vehicles)), "price_off_tick")[0]
    assert (finding.severity, finding.rule) == ("warning", "day")


def test_longer_stay_that_costs_less_is_shown_with_both_stays() -> None:
    """Below an hour all of it costs the night's ¥4; an hour is charged by its parts."""
    table = kerb(DAY, replace(NIGHT, mode="free", unit_price=0), short_stay=ShortStay(below_s=3600), free=None)
    (finding,) = found(table, "longer_costs_less")
    assert finding.severity == "warning"
    shorter, longest = finding.probes
    assert shorter.stay.start == longest.stay.start
    assert shorter.stay.end < longest.stay.end
    assert (shorter.fee, longest.fee) == (
        price(table, shorter.stay).amount.amount,
        price(table, longest.stay).amount.amount,
    )
    assert (shorter.fee or 0) > (longest.fee or 0)


def test_tiers_are_looked_at_beyond_their_end() -> None:
    tiers = (RateTier(up_to_s=7200, price=500), RateTier(up_to_s=18_000, price=800))
    flat = RateLine(rule_id="flat", start=time(), end=time(), mode="tiers", tiers=tiers)
    (finding,) = found(kerb(flat), "stay_too_long")
    assert finding.severity == "warning"
    assert finding.probes[0].refusal == "stay_too_long"
    descending = replace(flat, tiers=(tiers[0], RateTier(up_to_s=18_000, price=400)))
    errors = {one.code for one in validate(kerb(descending)) if one.severity == "error"}
    assert errors == {"tiers_descend", "longer_costs_less"}


def test_same_table_has_the_same_findings() -> None:
    table = kerb(replace(DAY, start=time(8)), NIGHT, short_stay=ShortStay(below_s=3600))
    assert validate(table) == validate(replace(table))


def test_large_table_is_validated() -> None:
    """Forty collections with six lines each, every kind of day, and a quota that none of them shows."""
    collections = []
    for number in range(40):
        template = SHENZHEN.collections[number % 3]
        lines = tuple(replace(line, rule_id=f"{line.rule_id}-{number}") for line in template.lines)
        collections.append(replace(template, collection_id=f"c-{number}", lines=lines))
    table = replace(SHENZHEN, collections=tuple(collections), quotas=(replace(QUOTA, seconds=60),))
    found = {finding.code for finding in validate(table)}
    assert found == {"class_unpriced", "collections_overlap", "quota_changes_nothing"}


@given(tables())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_table_is_answered_with_findings(table: RateTable) -> None:
    """However strange, with the calculator's refusals among them, and each finding lies at a place of the policy file."""
    findings = validate(table)
    text = write_policy(table)
    lines = key_lines(text)
    for finding in findings:
        assert not finding.path or finding.path[:1] in lines
        assert finding.says.zh
        assert finding.says.en
