"""Modules say what they are; the checker says what is wrong with them."""

import pytest
from click.testing import CliRunner

from api.cli.modules import command
from parking.domain.errors import ParkingError
from parking.events.fact import Fact
from parking.events.restriction import RestrictionRequested
from parking.plugins.catalogue import CityModule, discover
from parking.plugins.check import complaints
from parking.plugins.sdk import Settings
from parking.plugins.service import read_settings
from tests.parking.plugins.modules import manifest


class Unregistered(Fact, frozen=True, kw_only=True):
    """A fact that nobody else knows."""


class NeedsMore(Settings, frozen=True, kw_only=True):
    """A field without a default."""

    minutes: int


def test_installed_modules_are_well_made() -> None:
    found = discover()
    assert "street_cleaning" in {module.name for module in found}
    assert complaints(found) == []
    done = CliRunner().invoke(command, ["check"])
    assert (done.exit_code, done.output) == (0, "well made: street_cleaning\n")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"name": "Strange-Name"}, "lower case"),
        ({"name": "operator"}, "is taken"),
        ({"version": "newest"}, "version"),
        ({"clause": ""}, "clause"),
        ({"reads": (Unregistered,)}, "not a registered event"),
        ({"reads": ()}, "reads nothing"),
        ({"settings": NeedsMore}, "do not stand"),
        ({}, "no module.setup"),
    ],
)
def test_complaint_names_the_rule_that_is_broken(changed: dict[str, object], complaint: str) -> None:
    facts: dict[str, object] = {"name": "strangers"} | changed
    made = CityModule("nowhere.strangers", manifest(**facts))  # type: ignore[arg-type]  # parametrized fields
    assert any(complaint in sentence for sentence in complaints([made]))


def test_two_modules_may_not_have_one_name() -> None:
    (cleaning,) = [module for module in discover() if module.name == "street_cleaning"]
    assert complaints([cleaning, cleaning]) == ["street_cleaning is the name of 2 modules"]


@pytest.mark.parametrize("config", [{"notice_minutes": -1}, {"severity": "advisory"}, {"unknown": 1}])
def test_settings_are_refused_by_the_modules_own_schema(config: dict[str, object]) -> None:
    (cleaning,) = [module for module in discover() if module.name == "street_cleaning"]
    with pytest.raises(ParkingError) as refused:
        read_settings(cleaning.manifest, config)
    assert refused.value.code == "config_invalid"
    assert RestrictionRequested in cleaning.manifest.writes
