"""`parking up`: an empty, working installation on this machine."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.logs import configure_logging
from api.settings import ADDRESSES, Settings, log_format

if TYPE_CHECKING:
    from api.installation.run import Installation

workers_option = click.option(
    "--workers",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    help="Worker processes that share the city; of two, one goes on for the other.",
)


@click.command(epilog="Example: parking up --port 8100 --data my-city")
@click.option("--host", help="Interface to listen on; 127.0.0.1 unless set.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the HTTP process; 8000 unless set.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder; .parking unless set.")
@workers_option
def command(host: str | None, port: int | None, data: Path | None, workers: int) -> None:
    """Run an empty installation: database, live store, broker, HTTP process and worker.

    Servers whose address is set (PARKING_DATABASE_URL, PARKING_REDIS_URL, PARKING_MQTT_URL) are used instead of the
    embedded ones. Ctrl-C stops everything.
    """
    from api.installation.run import run_installation  # noqa: PLC0415 - heavy, and not for --help

    def announce(installation: "Installation") -> None:
        print(f"Smart Parking runs; its data is in {installation.folder}")
        for line in address_lines(installation):
            print(f"  {line}")
        print("Ctrl-C stops it.", flush=True)

    configure_logging("up", log_format())
    asyncio.run(run_installation(chosen_settings(host, port, data), announce=announce, workers=workers))


def chosen_settings(
    host: str | None, port: int | None, data: Path | None, *, is_demonstration: bool = False
) -> Settings:
    """Return the settings of the environment with what was typed put over them."""
    settings = Settings.from_environment()
    return replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
        data_dir=settings.data_dir if data is None else data,
        test_provider=settings.test_provider or is_demonstration,
    )


def address_lines(installation: "Installation") -> list[str]:
    """Return what a person wants to know about a running installation, a line each and without passwords."""
    api_url, folder = installation.settings.api_url, installation.folder
    broker = (installation.device_mqtt_url or "").rpartition("@")[2]
    ports = f"{installation.settings.metrics_port} and {installation.engine_metrics_port}"
    return [
        f"map        {api_url}/",
        f"interface  {api_url}/openapi.json",
        f"figures    {api_url}/metrics, ports {ports}, for Prometheus",
        f"MQTT       {broker}, for sensors and network servers",
        f"logs       {folder}/*.log",
        f"passwords  {folder / ADDRESSES}; the other 'parking' commands find them there by themselves",
    ]
