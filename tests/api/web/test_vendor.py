"""Fetching the browser libraries: once, whole, and with a sentence when it cannot be done."""

from pathlib import Path

import pytest

from api.web import vendor

NPM = """#!/bin/sh
mkdir -p node_modules/maplibre-gl/dist node_modules/@maplibre/part node_modules/lean-qr
echo '{}' > node_modules/maplibre-gl/package.json
echo '{}' > node_modules/@maplibre/part/package.json
echo 'free to use' > node_modules/maplibre-gl/LICENSE.txt
echo 'free as well' > node_modules/@maplibre/part/LICENSE
for name in maplibre-gl.mjs maplibre-gl-worker.mjs maplibre-gl.css; do echo "$*" > node_modules/maplibre-gl/dist/$name; done
echo 'a code' > node_modules/lean-qr/index.mjs
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def install_npm(programs: Path, script: str) -> None:
    (programs / "npm").write_text(script)
    (programs / "npm").chmod(0o755)


def test_files_and_licences_are_kept_when_npm_has_installed(programs: Path, tmp_path: Path) -> None:
    install_npm(programs, NPM)
    folder = tmp_path / "vendor"
    assert vendor.fetch(folder)
    assert vendor.is_complete(folder)
    assert "ci --ignore-scripts" in (folder / "maplibre-gl.mjs").read_text()
    assert (folder / "lean-qr.mjs").read_text() == "a code\n"
    licences = (folder / vendor.LICENCES).read_text()
    assert "@maplibre/part\n\nfree as well" in licences
    assert "maplibre-gl\n\nfree to use" in licences


def test_nothing_is_done_when_the_files_match_the_lock(programs: Path, tmp_path: Path) -> None:
    install_npm(programs, NPM)
    folder = tmp_path / "vendor"
    vendor.fetch(folder)
    install_npm(programs, "#!/bin/sh\nexit 1\n")
    assert not vendor.fetch(folder)


@pytest.mark.parametrize("lost", ["maplibre-gl.mjs", vendor.DIGEST])
def test_everything_is_fetched_again_when_a_part_is_missing(programs: Path, tmp_path: Path, lost: str) -> None:
    install_npm(programs, NPM)
    folder = tmp_path / "vendor"
    vendor.fetch(folder)
    (folder / lost).unlink()
    assert vendor.fetch(folder)
    assert vendor.is_complete(folder)


def test_present_files_stay_when_npm_fails(programs: Path, tmp_path: Path) -> None:
    install_npm(programs, "#!/bin/sh\necho 'no network today' >&2\nexit 1\n")
    folder = tmp_path / "vendor"
    folder.mkdir()
    (folder / "maplibre-gl.mjs").write_text("old")
    with pytest.raises(vendor.VendorError, match="no network today") as caught:
        vendor.fetch(folder)
    assert caught.value.code == "browser_libraries_missing"
    assert (folder / "maplibre-gl.mjs").read_text() == "old"


def test_npm_of_the_python_package_is_found_when_none_is_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    command = vendor.find_npm()
    assert all(Path(part).is_file() for part in command)
