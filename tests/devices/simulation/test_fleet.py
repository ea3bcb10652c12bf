"""The fleet is a repeatable mix, decided space by space."""

from collections import Counter

from devices.simulation.fleet import MAKES, fit
from parking.domain.ids import is_identifier
from tests.devices.simulation.streets import street


def test_fleet_is_the_same_when_fitted_again() -> None:
    assert fit(street(200), seed=7) == fit(street(200), seed=7)


def test_devices_stay_when_the_inventory_grows() -> None:
    small = fit(street(100), seed=7)
    assert fit(street(300), seed=7)[: len(small)] == small


def test_another_seed_mixes_differently() -> None:
    assert fit(street(200), seed=7) != fit(street(200), seed=8)


def test_shares_are_met_when_the_city_is_large() -> None:
    spaces = 20_000
    fleet = fit(street(spaces), seed=1)
    found = Counter(device.make for device in fleet)
    for make in MAKES:
        assert abs(found[make] / spaces - make.share / 100) < 0.015
    assert 0.02 < 1 - len(fleet) / spaces < 0.06
    health = Counter(device.health for device in fleet)
    assert 0 < health["dead"] < health["dying"] < spaces * 0.03


def test_device_ids_are_identifiers_and_never_repeat() -> None:
    ids = [device.device_id for device in fit(street(20_000), seed=1)]
    assert len(set(ids)) == len(ids)
    assert all(is_identifier(name) for name in ids)
    assert all(name == name.lower() for name in ids)
