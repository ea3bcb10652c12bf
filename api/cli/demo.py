"""`parking demo`: the whole platform with a living city, on this machine, with one command."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from api.cli.up import chosen_settings, workers_option
from api.logs import configure_logging
from api.settings import log_format
from parking.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from api.installation.children import Child
    from api.installation.demonstration_record import Demonstration
    from api.installation.run import Installation
    from api.settings import Settings

DEFAULT_SPEED = 10.0


@click.command(epilog="Example: parking demo --port 8100 --speed 30")
@click.option("--host", help="Interface to listen on; 127.0.0.1 unless set.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the HTTP process; 8000 unless set.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder; .parking unless set.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Of the fleet and its drivers; kept after the first start.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 1000),
    help="How many times faster than in life vehicles come and go; 10 unless set, 1 in a generated city.",
)
@click.option(
    "--spaces",
    type=click.IntRange(1, 2_000_000),
    help="A generated city of so many spaces in place of the one shaped like Zibo; kept after the first start.",
)
@click.option(
    "--failures",
    is_flag=True,
    help="Let devices fail in every way that the field knows, at the times that are printed and kept in failures.json.",
)
@workers_option
def command(
    host: str | None,
    port: int | None,
    data: Path | None,
    seed: int,
    speed: float | None,
    spaces: int | None,
    workers: int,
    *,
    failures: bool,
) -> None:
    """Run the demonstration city: servers, API, map, worker, and sensors that speak their real protocols.

    The city, its devices and its keys are made at the first start and kept in the data folder. Ctrl-C stops everything.
    With --spaces every space of the generated city has a sensor that speaks JSON over HTTP, each change and once in an
    hour; a million take some minutes to make.
    """
    from api.installation.demonstration_record import read_demonstration  # noqa: PLC0415 - heavy, and not for --help
    from api.installation.run import Installation, run_installation  # noqa: PLC0415 - as above

    async def prepare(installation: Installation) -> "list[Child]":
        return await _prepare(installation, seed, speed, spaces, failures=failures)

    def announce(installation: Installation) -> None:
        kept = read_demonstration(installation.folder)
        print("\n".join(announcement(installation.settings, installation.folder, kept)), flush=True)

    configure_logging("demo", log_format())
    settings = chosen_settings(host, port, data, is_demonstration=True)
    asyncio.run(run_installation(settings, announce=announce, prepare=prepare, workers=workers))


async def _prepare(
    installation: "Installation", seed: int, speed: float | None, spaces: int | None, *, failures: bool
) -> "list[Child]":
    """Make what is missing, and return the process that plays the sensors."""
    from api.installation.children import Child  # noqa: PLC0415 - heavy, and not for --help
    from api.installation.demonstration_record import (  # noqa: PLC0415 - as above
        is_complete,
        read_demonstration,
        write_demonstration,
    )

    settings, folder = installation.settings, installation.folder
    kept = read_demonstration(folder)
    size = spaces if kept is None else kept.spaces
    if failures and size is not None:
        raise InvalidInputError("a generated city has no day of failures", code="setting_invalid")
    if kept is None or not await is_complete(settings.required_database_url, kept):
        kept = await _made(settings.required_database_url, folder, kept, seed=seed, spaces=size)
    if kept is None:
        return []
    since = await _failing_since(settings.required_database_url, folder, kept) if failures else None
    speed = speed or (DEFAULT_SPEED if kept.spaces is None else 1.0)
    kept = replace(kept, speed=speed, device_mqtt_url=installation.device_mqtt_url, failures_from=since)
    write_demonstration(folder, kept)
    return [Child(name="simulate", arguments=("simulate", "--api", settings.api_url))]


async def _made(
    database_url: str, folder: Path, kept: "Demonstration | None", *, seed: int, spaces: int | None
) -> "Demonstration | None":
    if spaces is not None:
        from api.installation.generated_city import make_generated_city  # noqa: PLC0415 - only to make something

        return await make_generated_city(database_url, folder, kept, spaces=spaces, seed=seed)
    from api.installation.demonstration import make_demonstration  # noqa: PLC0415 - as above

    return await make_demonstration(database_url, folder, kept, seed=seed)


async def _failing_since(database_url: str, folder: Path, kept: "Demonstration") -> float:
    """Begin a day of failures, or go on with the one that is under way; its rows are printed and kept in the folder."""
    from api.installation.demonstration_failures import (  # noqa: PLC0415 - heavy, and only for this option
        day_begins,
        rows_of_day,
        told,
        write_rows,
    )

    since = day_begins(kept.failures_from, time.time())
    rows = await rows_of_day(database_url, seed=kept.seed, start=since)
    write_rows(folder, rows)
    print("\n".join(told(rows, folder)), flush=True)
    return since


def announcement(settings: "Settings", folder: Path, kept: "Demonstration | None") -> list[str]:
    """What a person who just started it wants to know, in Chinese and English."""
    url = settings.api_url
    lines = [
        "",
        "  智慧停车已启动 · Smart Parking is running",
        "",
        f"    地图 Map          {url}/",
        f"    接口 API          {url}/v1/zones",
        f"    文档 OpenAPI      {url}/openapi.json",
    ]
    if kept is None:
        lines += [
            "",
            "    数据库中已有其他城市,未启动模拟传感器",
            "    The inventory is not the demonstration's: no sensors are simulated",
        ]
    else:
        lines += [f"    MQTT              {kept.device_mqtt_url}", "", "    密钥 Keys (Authorization: Bearer ...)"]
        lines += [f"      {role:<14}  {key}" for role, key in kept.keys.items()]
        lines += ["", f"    登录 Logins         {url}/operator  {url}/attendant"]
        lines += [f"      {name:<20}  {password}" for name, password in kept.logins.items()]
        if kept.spaces is None:
            lines += ["", f"    泊位页 A space's page  {url}/s/LZ-01-001"]
    lines += ["", f"    数据与日志 Data, logs  {folder}", "    按 Ctrl-C 停止 · Ctrl-C stops everything", ""]
    return lines
