"""Every word of the pages is there in both languages, and every refusal that a page of operators can meet has Chinese words."""

import re
from pathlib import Path
from typing import get_args

import pytest

from api.web.pages import STATIC
from pricing.reconciliation.model import DifferenceKind, NightStep
from pricing.settlement.model import Method

ROOT = Path(__file__).parents[3]
WORDS = sorted(path.stem for path in STATIC.glob("words_*.js"))
SHARED = "words_operator"
WORD = re.compile(r'("[\w.-]+"|\w+): "((?:[^"\\]|\\.)*)"')
CODE = re.compile(r'\bcode ?= ?"(\w+)"')
OWN = {
    "tariffs": ("pricing/rates/*.py", "api/operator/rate_*.py", "pricing/simulation/service.py"),
    "money": ("pricing/reconciliation/*.py", "api/operator/reconciliation*.py", "api/operator/money_access.py"),
    "recovery": (
        "pricing/settlement/appeals.py",
        "pricing/settlement/waivers.py",
        "pricing/settlement/refund_*.py",
        "pricing/settlement/invoices.py",
        "pricing/arrears/*.py",
        "api/operator/recovery_access.py",
    ),
    "rights": ("parking/rights/*.py",),
    "cases": (
        "parking/casework/*.py",
        "parking/evidence/*.py",
        "parking/handovers/*.py",
        "parking/sessions/unended.py",
        "api/operator/cases.py",
        "api/uploads.py",
    ),
    "devices": (
        "devices/inventory/service.py",
        "devices/inventory/life.py",
        "devices/inventory/sealing.py",
        "devices/inventory/wishes.py",
        "parking/places/repository/bindings.py",
        "devices/commissioning/*.py",
        "parking/retrofit/*.py",
        "api/operator/device_*.py",
        "api/operator/devices.py",
        "api/operator/retrofit.py",
        "api/operator/unknown_devices.py",
    ),
    "terminals": ("devices/terminals/service.py", "api/operator/terminals.py"),
    "events": ("pricing/arrivals/*.py", "api/operator/announced_events.py", "api/operator/rate_access.py"),
    "surveys": ("pricing/paid/service.py", "api/operator/surveys.py"),
    "proposals": ("pricing/proposals/*.py", "api/operator/proposals.py", "api/operator/review_policies.py"),
}
"""What the routes behind a page are made of."""
NOT_OF_PAGES = {
    "cursor_invalid",
    "policy_unreadable",
    "price_limits_written",
    "span_open",
    "nothing_to_invoice",
    "reopened_above_refunded",
    "signature_invalid",
    "signature_replayed",
    "clock_off",
    "key_expired",
    "key_invalid",
    "reconciliation_conflict",
    "reconciliation_invalid",
}
"""Codes of commands and of other audiences' routes, and the defaults of classes that always say another one."""


def words(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Chinese and English words of a file."""
    chinese, english = (STATIC / f"{name}.js").read_text(encoding="utf-8").split("\n  en: {")
    return dict(WORD.findall(chinese)), dict(WORD.findall(english))


@pytest.mark.parametrize("name", WORDS)
def test_word_is_there_in_both_languages_with_the_same_blanks(name: str) -> None:
    """An English refusal may be left out: then the page shows the service's own sentence."""
    chinese, english = words(name)
    assert set(english) <= set(chinese)
    assert {key for key in set(chinese) - set(english) if not key.startswith("refused_")} == set()
    for key, sentence in english.items():
        assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", chinese[key])), key


def test_money_page_has_a_word_for_all_that_it_may_be_told() -> None:
    for known in (own | shared for own, shared in zip(words("words_money"), words(SHARED), strict=True)):
        told = [f"kind_{kind}" for kind in get_args(DifferenceKind)] + [f"step_{step}" for step in get_args(NightStep)]
        assert [word for word in (*told, *get_args(Method)) if word not in known] == []


@pytest.mark.parametrize("page", OWN)
def test_refusal_has_chinese_words_when_a_page_can_meet_it(page: str) -> None:
    known = words(SHARED)[0] | words(f"words_{page}")[0]
    met = {
        code
        for pattern in OWN[page]
        for path in ROOT.glob(pattern)
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    assert len(met) > 2, "the pattern finds what is there"
    assert {code for code in met - NOT_OF_PAGES if f"refused_{code}" not in known} == set()
