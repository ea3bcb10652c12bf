"""Adapters are found by folder, and profiles and platforms by their names."""

from pathlib import Path

import pytest

from devices import adapters
from devices.adapters.geomagnetic_bosch.codec import CODEC
from devices.registry import (
    ENTRY_POINT_GROUP,
    ProfileUnknownError,
    Registry,
    SourceUnknownError,
    discover,
    installed,
)


def test_every_folder_is_an_adapter_when_adapters_are_looked_for() -> None:
    folders = {path.parent.name for path in Path(adapters.__path__[0]).glob("*/__init__.py")}
    assert {adapter.manifest.name for adapter in discover()} == folders


def test_profiles_are_listed_when_asked_for() -> None:
    names = [f"{profile.vendor}/{profile.model}" for profile in installed().profiles()]
    assert names == sorted(names)
    assert {"Bosch/TPS110", "PNI/PlacePod", "Generic/JSON"} <= set(names)


def test_codec_is_found_when_the_case_differs() -> None:
    assert installed().codec_for("bosch", "tps110", "0.29") is CODEC


@pytest.mark.parametrize(
    ("asked", "read_by"), [(None, "0.39"), ("0.29", "0.29"), ("0.29.4", "0.29"), ("0.23.3", "0.23")]
)
def test_generation_is_chosen_when_a_firmware_is_named(asked: str | None, read_by: str) -> None:
    assert installed().version("Bosch", "TPS110", asked) == read_by


@pytest.mark.parametrize(
    ("vendor", "model", "version"), [("Bosch", "TPS110", "0.2"), ("Bosch", "TPS110", "9"), ("No", "One", "1")]
)
def test_codec_is_refused_when_nobody_decodes_it(vendor: str, model: str, version: str) -> None:
    with pytest.raises(ProfileUnknownError):
        installed().codec_for(vendor, model, version)


def test_platform_is_refused_when_nobody_reads_it() -> None:
    with pytest.raises(SourceUnknownError):
        installed().platform("carrier-pigeon")


def test_adapter_is_found_when_another_package_declares_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = tmp_path / "elsewhere_magnetic"
    adapter.mkdir()
    (adapter / "__init__.py").touch()
    (adapter / "manifest.py").write_text(
        "from devices.manifest import Manifest\n"
        "MANIFEST = Manifest(name='elsewhere_magnetic', title='t', role='platform', transports=('http',),\n"
        "                    documentation='d', source='elsewhere')\n"
    )
    information = tmp_path / "elsewhere-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\nelsewhere = elsewhere_magnetic\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "elsewhere" in Registry(discover()).sources()
