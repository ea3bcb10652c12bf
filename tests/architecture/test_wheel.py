"""The wheel is the whole product: it migrates a database and answers for itself far away from the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import asyncpg
import pytest

from api.embedded.postgres import PostgresServer
from api.web import vendor
from tests.architecture.source import PACKAGES, REPOSITORY, name_of, python_files, tracked

pytestmark = pytest.mark.service
WITHIN_S = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--wheel", "--no-isolation", "--outdir", str(folder)]
    _run([sys.executable, "-m", "build", *options, str(REPOSITORY)], folder, {})
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder, which is what installing a pure wheel without dependencies comes to."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_wheel_holds_every_file_when_built(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {".py", ".lua", ".mako", ".typed", ".html", ".css", ".js", ".svg", ".onnx", ".json", ".txt"}
    wanted = [path for path in tracked() if path.relative_to(REPOSITORY).parts[0] in PACKAGES and path.suffix in data]
    assert {name_of(path) for path in [*wanted, *python_files(tests=False)]} - names == set()
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert not any(name.startswith("tests/") for name in names)


def test_wheel_holds_the_browser_libraries_when_they_were_fetched(wheel: Path) -> None:
    if not vendor.is_complete():
        print("left out: the browser libraries were not fetched on this machine")
        return
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"api/web/vendor/{name}" for name in vendor.FILES.values()} <= names


def test_help_lists_the_commands_when_run_from_the_wheel(installed: Path) -> None:
    said = _run([sys.executable, "-m", "api.cli", "--help"], installed, {"PYTHONPATH": str(installed)})
    assert "demo" in said
    assert "migrate" in said


async def test_schema_is_made_when_migrating_from_the_wheel(installed: Path, postgres_server: PostgresServer) -> None:
    connection = await asyncpg.connect(postgres_server.address_of("postgres"))
    await connection.execute("CREATE DATABASE from_wheel")
    environment = {
        "PYTHONPATH": str(installed),
        "PARKING_DATABASE_URL": postgres_server.address_of("from_wheel"),
    }
    code = f"import api.cli, api; assert api.__file__.startswith(r'{installed}'), api.__file__; api.cli.main()"
    first, second = (_run([sys.executable, "-c", code, "migrate"], installed, environment) for _ in range(2))
    await connection.execute("DROP DATABASE from_wheel WITH (FORCE)")
    await connection.close()
    assert first.startswith("the schema was brought to revision")
    assert second.startswith("the schema is at revision")


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
