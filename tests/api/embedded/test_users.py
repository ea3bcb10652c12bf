"""The servers start as root and as an ordinary user, wherever the data folder lies."""

import asyncio
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from api.embedded.folder import DataFolder, others_may_reach
from api.embedded.postgres import PostgresServer
from api.embedded.postgres_programs import copy_programs, find_programs
from api.embedded.process import is_root, nobody_ids

pytestmark = pytest.mark.service
LIMIT_S = 90

AS_SOMEBODY = """
import asyncio, os, sys
from pathlib import Path
from api.embedded.folder import DataFolder
from api.embedded.services import EmbeddedServices
from api.settings import Settings

async def main():
    settings = Settings.from_environment({"PARKING_DATA": sys.argv[1]})
    with DataFolder(settings.data_dir) as folder:
        async with EmbeddedServices(folder, settings).running() as services:
            for server in services.servers:
                await server.probe()
    print("answered to", os.getuid())

asyncio.run(main())
"""


async def test_database_starts_when_only_its_owner_may_enter_the_folder() -> None:
    with tempfile.TemporaryDirectory(prefix="parking-closed-") as name, DataFolder(Path(name) / "data") as folder:
        server = PostgresServer(folder, durable=False)
        await server.start()
        try:
            await server.probe()
            place = server.place
            assert PostgresServer(folder).place == place
            assert place.is_relative_to(folder.path) is not is_root()
        finally:
            await server.stop()
            shutil.rmtree(server.place)


def test_copied_programs_run_when_nobody_cannot_reach_the_originals() -> None:
    if not is_root():
        print("left out: only root has to copy PostgreSQL's programs")
        return
    user, group = nobody_ids()
    with tempfile.TemporaryDirectory(prefix="parking-programs-") as name:
        Path(name).chmod(0o755)
        programs = copy_programs(find_programs(), Path(name))
        assert copy_programs(find_programs(), Path(name)) == programs
        for program in ("postgres", "initdb"):
            done = subprocess.run(
                [str(programs / program), "--version"],
                cwd="/",
                user=user,
                group=group,
                extra_groups=[],
                capture_output=True,
                text=True,
                check=True,
            )
            assert "PostgreSQL" in done.stdout


async def test_secrets_are_readable_by_the_owner_alone_when_written(open_folder: Path) -> None:
    with DataFolder(open_folder / "data") as folder:
        folder.secret("any")
        assert (folder.path / "embedded.json").stat().st_mode & 0o777 == 0o600
        assert folder.path.stat().st_mode & 0o066 == 0


async def test_all_servers_start_when_the_user_is_an_ordinary_one(open_folder: Path, repository: Path) -> None:
    interpreter, user, group = Path(sys.executable), None, None
    if is_root():
        user, group = nobody_ids()
        os.chown(open_folder, user, group)
        interpreter = _interpreter_for_everybody()
    packages = Path(sysconfig.get_paths()["purelib"])
    if not all(others_may_reach(place) for place in (packages, repository, interpreter.parent)):
        print("left out: an ordinary user cannot reach this Python, its packages or the checkout")
        return
    run = await asyncio.create_subprocess_exec(
        str(interpreter),
        "-c",
        AS_SOMEBODY,
        str(open_folder / "data"),
        cwd=open_folder,
        env={"PYTHONPATH": f"{repository}:{packages}", "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        user=user,
        group=group,
        extra_groups=[] if is_root() else None,
    )
    async with asyncio.timeout(LIMIT_S):
        said = (await run.communicate())[0].decode()
    assert said.startswith("answered to")
    assert said.split()[-1] != "0"


def _interpreter_for_everybody() -> Path:
    """Root's own interpreter often lies in root's home; one of the same version may lie beside it."""
    own = Path(sys.executable).resolve()
    system = shutil.which(own.name, path="/usr/local/bin:/usr/bin")
    return own if others_may_reach(own.parent) or system is None else Path(system)
