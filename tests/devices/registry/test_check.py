"""Every installed adapter is well made, and what is not would be said."""

from dataclasses import replace
from pathlib import Path

import pytest

from devices.registry import Adapter, complaints, discover


def test_nothing_is_said_when_the_installed_adapters_are_checked() -> None:
    assert complaints(discover()) == []


def test_every_adapter_has_its_page_and_captured_payloads_when_the_checkout_is_read(repository: Path) -> None:
    for adapter in discover():
        manifest = adapter.manifest
        assert (repository / manifest.documentation).is_file(), manifest.name
        tests = repository / "tests" / "devices" / "adapters" / manifest.name
        assert list(tests.glob("test_*.py")), manifest.name
        if manifest.name != "generic_json":
            assert "source" in (tests / "data" / "captured.json").read_text(), manifest.name


def bosch() -> Adapter:
    return next(adapter for adapter in discover() if adapter.manifest.name == "geomagnetic_bosch")


def one_net() -> Adapter:
    return next(adapter for adapter in discover() if adapter.manifest.name == "nbiot_onenet")


def with_profile(**changes: object) -> Adapter:
    adapter = bosch()
    profile = replace(adapter.manifest.profiles[0], **changes)  # type: ignore[arg-type]  # wrong on purpose
    return replace(adapter, manifest=replace(adapter.manifest, profiles=(profile,)))


@pytest.mark.parametrize(
    ("adapter", "word"),
    [
        (replace(bosch(), manifest=replace(bosch().manifest, name="bosch")), "folder"),
        (replace(bosch(), manifest=replace(bosch().manifest, documentation="")), "documentation"),
        (replace(bosch(), manifest=replace(bosch().manifest, role="platform")), "source"),
        (replace(bosch(), manifest=replace(bosch().manifest, profiles=())), "profiles"),
        (replace(bosch(), manifest=replace(bosch().manifest, transports=())), "transports"),
        (replace(bosch(), package="devices.adapters.nobody.geomagnetic_bosch"), "no codec.CODEC"),
        (replace(bosch(), manifest=replace(bosch().manifest, topics=("a/b",))), "a platform's"),
        (replace(one_net(), manifest=replace(one_net().manifest, topics=("a/#/b",))), "no shape"),
        (replace(one_net(), package="devices.adapters.lorawan_loriot"), "no signing.SIGNING"),
        (with_profile(versions=("1", "1")), "versions"),
        (with_profile(kinds=("arrival",)), "kinds"),
        (with_profile(transport="mqtt"), "transport"),
        (with_profile(heartbeat_s=0), "heartbeat"),
        (with_profile(model="a/b"), "one word"),
        (with_profile(codec="OTHER"), "no codec.OTHER"),
        (with_profile(versions=("v2",)), "digit"),
        (with_profile(versions=("2@3",)), "digit"),
        (with_profile(also=("--",)), "says nothing"),
    ],
)
def test_the_rule_is_named_when_an_adapter_breaks_it(adapter: Adapter, word: str) -> None:
    assert any(word in text for text in complaints([adapter]))


def test_the_profile_is_named_when_two_adapters_declare_it() -> None:
    assert complaints([bosch(), bosch()]) == ["bosch/tps110 is declared 2 times"]


def test_the_name_is_told_when_another_model_has_it_as_its_second_one() -> None:
    clash = complaints([bosch(), with_profile(model="TPS111", also=("TPS-110",))])
    assert clash == ["bosch/tps110 is declared 2 times"]
