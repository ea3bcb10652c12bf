"""The how-to for strangers (`docs/add-a-device.md`) is complete: what it says is built, installed, tested and used."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

FILE = re.compile(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_device_is_listed_decoded_and_commanded_when_a_stranger_follows_the_how_to(
    repository: Path, tmp_path: Path
) -> None:
    package = _written(repository / "docs" / "add-a-device.md", tmp_path / "example-kerbeye")
    installed = tmp_path / "installed"
    _run(tmp_path, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(package))
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)

    assert " passed" in _run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", path=installed)
    profiles = [json.loads(line) for line in _run(tmp_path, "-m", "api.cli", "profiles", path=installed).splitlines()]
    assert [profile for profile in profiles if profile["vendor"] == "Example"] == [
        {
            "vendor": "Example",
            "model": "KerbEye",
            "versions": ["1"],
            "transport": "lorawan",
            "kinds": ["change", "restate", "fault"],
        }
    ]
    decoded = _run(
        tmp_path, "-m", "api.cli", "decode", "--profile", "Example/KE-1", "--port", "4", "01a0f6", path=installed
    )
    assert {"kind": "change", "status": "occupied", "battery_v": 3.6}.items() <= json.loads(decoded).items()
    command = '{"heartbeat_minutes": 30}'
    encoded = _run(tmp_path, "-m", "api.cli", "encode", "--profile", "Example/KerbEye", command, path=installed)
    assert json.loads(encoded) == {"port": 4, "hex": "011e"}


def _written(page: Path, folder: Path) -> Path:
    """The files of the page, each under the name that stands in bold above it."""
    files = FILE.findall(page.read_text())
    assert [name for name, _ in files] == [
        "pyproject.toml",
        "example_kerbeye/__init__.py",
        "example_kerbeye/manifest.py",
        "example_kerbeye/codec.py",
        "tests/test_codec.py",
    ]
    for name, content in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def _run(folder: Path, *arguments: str, path: Path | None = None) -> str:
    """Run Python as a user would, with the stranger's package installed where `path` says."""
    environment = {**os.environ, "PYTHONPATH": "" if path is None else str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
