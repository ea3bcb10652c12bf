"""Policy files: everything that is wrong or left open is refused at once, with its line."""

from pathlib import Path

import pytest

import pricing.rates
from pricing.rates.policy_file import PolicyFileError, parse_policy, read_policy, sentence

LINZI = (Path(pricing.rates.__file__).parent / "policies" / "linzi.toml").read_text(encoding="utf-8")
QUARTER = 'mode = "per_unit"\nprice = 150\nunit = "30min"\nrounding = "up" # the text is silent: a begun half hour counts as one'
CAP = '\n[[collection.cap]]\nid = "most"\nscope = "stay"\namount = 900\n'
CHARGING = '[charging]\nwhile_charging = "free"\ngrace = "15min"\nidle_percent = 300\nidle_uses_quota = true\nidle_uses_free = true\n'
LEGAL = "[legal]\n"


def mistakes(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(PolicyFileError) as refusal:
        parse_policy(text.encode(), name="x.toml")
    assert refusal.value.code == "policy_invalid"
    return [(mistake.line, mistake.key, mistake.says) for mistake in refusal.value.mistakes]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def without(line: str) -> str:
    """Linzi's file without the first line that begins so."""
    rows = LINZI.split("\n")
    del rows[next(index for index, row in enumerate(rows) if row.startswith(line))]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("line", "header", "key", "asks"),
    [
        ("price_moment", None, "price_moment", '"as_you_go"'),
        ("when_exceeded", "[collection.free]", "collection.free.when_exceeded", '"lost"'),
        ("energies", "[[quota]]", "quota.energies", '"any"'),
        ("window", "[[quota]]", "quota.window", '"from_first_use"'),
        ("place", "[[quota]]", "quota.place", '"here"'),
        ("stacks_on_free", "[[quota]]", "quota.stacks_on_free", "after the quota"),
        ("short_stays_use_nothing", "[[quota]]", "quota.short_stays_use_nothing", "leaves the quota"),
        ("rounding", "[[collection.line]]", "collection.line.rounding", '"up_at_end"'),
        ("per ", '[[collection.line]]\nrule = "night-I"', "collection.line.per", '"stay"'),
        ("crossing", "[[collection]]", "collection.crossing", "short_stay"),
        ("notice_working_days", "[legal]", "legal.notice_working_days", "0 for none"),
        ("float_percent", "[legal]", "legal", "ceiling"),
    ],
)
def test_question_is_asked_when_the_file_is_silent(line: str, header: str | None, key: str, asks: str) -> None:
    text = without(line)
    ((number, place, says),) = mistakes(text)
    assert place == key
    assert asks in says
    assert number == (None if header is None else line_of(text, header))


@pytest.mark.parametrize(
    ("old", "new", "key", "told"),
    [
        ('mode = "per_unit"', 'mode = "per_hour"', "collection.line.mode", '"per_use"'),
        ('unit = "30min"', "", "collection.line.unit", "30min"),
        ('unit = "30min"', "unit = 30", "collection.line.unit", '"30min"'),
        ('unit = "30min"', 'unit = "0min"', "collection.line.unit", "above 0"),
        ('unit = "30min"', 'unit = "half an hour"', "collection.line.unit", "no length of time"),
        ("price = 400", "price = -1", "collection.line.price", "at least 0"),
        ("price = 400", "price = 4.5", "collection.line.price", "150 is 1.50"),
        ('from = "07:00"', 'from = "7 am"', "collection.line.from", "no time of day"),
        ('from = "07:00"\n', "", "collection.line.from", "both from and to"),
        ("version = 1", "version = 1\ncolour = 2", "colour", "no key here"),
        ("rounding =", "roundnig = 1\nrounding =", "collection.line.roundnig", '"rounding"'),
        ('rule = "night-I"', 'rule = "day-I"', "collection.line.rule", "another one"),
        ('id = "kerb-II"', 'id = "kerb-I"', "collection.id", "another one"),
        ("per = ", "unit = 3\nper = ", "collection.line.unit", "no key here"),
        ('vehicles = ["small"]', 'vehicles = ["tractor"]', "collection.vehicles", '"motorcycle"'),
        ('vehicles = ["small"]', "vehicles = { small = 0 }", "collection.vehicles", "at least 1"),
        ('vehicles = ["small"]', "vehicles = { small = 99 }", "collection.line.price", "whole number of minor units"),
        ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Linzi"', "timezone", "no time zone"),
        ('crossing = "separately"', 'crossing = "separately"\nshort_stay = "1h"', "collection.crossing", "contradicts"),
        (LEGAL, "[discount]\netc = 150\n\n[legal]\n", "discount.etc", "at most 100"),
        (LEGAL, "[legal]\nvalid_from = '2026-01-01'\n", "legal.valid_from", "without quotes"),
        (LEGAL, "[legal]\nvalid_from = 2026-02-01\nvalid_to = 2026-01-31\n", "legal.valid_to", "before"),
        (LEGAL, "[legal]\nceiling = 900\n", "legal.ceiling", "not both"),
        (LEGAL, f"{CHARGING}\n{LEGAL}", "charging.idle_rules", '"all"'),
        (LEGAL, f'{CHARGING}idle_rules = ["noon"]\n\n{LEGAL}', "charging.idle_rules", '"noon"'),
        (LEGAL, f"[tax]\nbp = 600\n\n{LEGAL}", "tax.included", "within the prices"),
        ("price = 400", "price = 400\ntax_bp = 600", "collection.line.tax_bp", "no [tax]"),
        ("price = 400", "price = 400\ncap_times_vehicle = true", "collection.line.cap_times_vehicle", "no cap"),
    ],
)
def test_mistake_is_named_with_its_line_when_a_value_is_wrong(old: str, new: str, key: str, told: str) -> None:
    text = LINZI.replace(old, new, 1)
    found = mistakes(text)
    assert [told in says for _, place, says in found if place == key] == [True]
    numbers = [number for number, place, _ in found if place == key]
    word = key.rsplit(".", 1)[-1]
    assert numbers[0] is not None
    row = text.split("\n")[numbers[0] - 1]
    assert row.startswith((word, "[")) or word in new


@pytest.mark.parametrize(
    ("price", "key", "told"),
    [
        (
            'mode = "steps"\nsteps = [{ price = 1, unit = "1h" }]\nrounding = "up"',
            "steps_from",
            "where the steps begin",
        ),
        ('mode = "steps"\nsteps = []\nrounding = "up"\nsteps_from = "stay"', "steps", "at least one step"),
        (
            'mode = "steps"\nsteps = [{ price = 1, unit = "1h", units = 2 }]\nrounding = "up"\nsteps_from = "stay"',
            "steps.units",
            "goes on",
        ),
        (
            'mode = "steps"\nsteps = [{ price = 1, unit = "1h" }, { price = 1, unit = "1h" }]\nrounding = "up"\nsteps_from = "stay"',
            "steps.units",
            "only the last",
        ),
        ('mode = "tiers"\ntiers = [{ up_to = "1h", price = 1 }]', "beyond", '"repeat"'),
        ('mode = "tiers"\ntiers = [{ price = 1 }]\nbeyond = "refuse"', "beyond", "no up_to"),
        (
            'mode = "tiers"\ntiers = [{ up_to = "1h", price = 1 }, { up_to = "1h", price = 2 }]\nbeyond = "refuse"',
            "tiers.up_to",
            "upwards",
        ),
        ('mode = "per_unit"\nprice = 1\nperiod = { unit = "day" }', "period.alignment", '"calendar"'),
        (
            'mode = "per_unit"\nprice = 1\nperiod = { unit = "day", alignment = "rolling" }\nunit = "1h"',
            "unit",
            "period",
        ),
        ('mode = "free"\nprice = 1', "price", "no key here"),
    ],
)
def test_mode_is_refused_when_it_is_not_whole(price: str, key: str, told: str) -> None:
    ((_, place, says),) = mistakes(LINZI.replace(QUARTER, price, 1))
    assert place == f"collection.line.{key}"
    assert told in says


@pytest.mark.parametrize(
    ("cap", "key", "told"),
    [
        (CAP.replace('scope = "stay"\n', ""), "scope", "what the cap is for"),
        (CAP.replace('"stay"', '"from_entry"'), "length", "24h"),
        (CAP + 'length = "24h"\n', "length", "no length"),
        (CAP + 'rules = ["noon"]\n', "rules", '"noon"'),
    ],
)
def test_cap_is_refused_when_it_is_not_whole(cap: str, key: str, told: str) -> None:
    ((_, place, says),) = mistakes(LINZI + cap)
    assert place == f"collection.cap.{key}"
    assert told in says


def test_question_about_caps_is_asked_when_vehicles_pay_differently() -> None:
    text = LINZI.replace('vehicles = ["small"]', "vehicles = { small = 100, large = 200 }") + CAP
    ((_, key, _),) = mistakes(text)
    assert key == "collection.cap.times_vehicle"
    table = parse_policy((text + "times_vehicle = false\n").encode())
    assert [(rate.vehicle_class, rate.percent) for rate in table.collections[0].eligibility.vehicles] == [
        ("small", 100),
        ("large", 200),
    ]


def test_short_part_is_refused_when_its_rules_are_unknown() -> None:
    part = '\n[[collection.short_part]]\nrule = "night-II"\nbelow = "1h"\nadded_to = "noon"\n'
    text = LINZI.replace('crossing = "separately"\n', "") + part
    assert [(key, says) for _, key, says in mistakes(text) if key != "collection.crossing"] == [
        ("collection.short_part.added_to", 'this collection has no rule "noon"')
    ]


def test_all_mistakes_come_together_when_there_are_several() -> None:
    text = without("stacks_on_free").replace("price = 400", "price = -4").replace('scope = "stay"', "")
    found = mistakes(text)
    assert [key for _, key, _ in found] == ["quota.stacks_on_free", "collection.line.price", "collection.line.price"]
    assert [number for number, *_ in found] == [
        line_of(text, "[[quota]]"),
        line_of(text, "price = -4"),
        len(text.split("\n")) - 2,
    ]


def test_sentence_has_file_line_key_and_question_when_it_is_printed() -> None:
    text = without("rounding")
    with pytest.raises(PolicyFileError) as refusal:
        parse_policy(text.encode(), name="linzi.toml")
    number = line_of(text, "[[collection.line]]")
    (mistake,) = refusal.value.mistakes
    said = sentence("linzi.toml", mistake)
    assert said.startswith(
        f"linzi.toml:{number}: collection.line.rounding: the rule does not say what a begun unit costs; "
    )
    assert refusal.value.detail == said
    assert refusal.value.fields == {"errors": [{"line": number, "key": mistake.key, "says": mistake.says}]}


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        (b'rate_table = "x"\n[free\n', 2, "TOML"),
        (b"title = \xff\n", 1, "UTF-8"),
        (b"a = " + b"[" * 5000, None, "too deep"),
        (b"a = " + b"9" * 5000, None, "TOML"),
    ],
)
def test_file_is_refused_when_it_is_no_toml(content: bytes, line: int | None, told: str) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        parse_policy(content)
    (mistake,) = refusal.value.mistakes
    assert mistake.line == line
    assert told in mistake.says


def test_policy_is_refused_when_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        read_policy(tmp_path / "none.toml")
    assert refusal.value.code == "policy_unreadable"


def test_old_form_is_refused_key_by_key_when_it_is_read() -> None:
    old = 'rate_table = "a"\n[[line]]\nrule = "day"\n[energy_quota]\nminutes_a_day = 120\n'
    assert {"line", "energy_quota", "collection"} <= {key for _, key, _ in mistakes(old)}
