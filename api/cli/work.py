"""`parking work`: the worker process."""

from dataclasses import replace

import click

from api.logs import configure_logging
from api.settings import find_settings, log_format

ROLES = ("ingest", "engine", "relay", "history", "health", "cameras", "schedule", "modules")


def _chosen_roles(_context: click.Context, _parameter: click.Parameter, value: str) -> frozenset[str]:
    chosen = frozenset(part.strip() for part in value.split(",") if part.strip())
    unknown = chosen.difference(ROLES)
    if unknown or not chosen:
        raise click.BadParameter(f"choose from {', '.join(ROLES)}")
    return chosen


@click.command(epilog="Example: parking work --roles engine,relay")
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="Where Prometheus asks for figures; PARKING_METRICS_PORT unless set, 0 is nowhere.",
)
@click.option("--roles", default=",".join(ROLES), show_default=True, callback=_chosen_roles, help="Parts to run.")
def command(roles: frozenset[str], metrics_port: int | None) -> None:
    """Run the worker: MQTT ingest, occupancy engine, relay to history and bus, device health, scheduled jobs, city modules."""
    from api.worker import main  # noqa: PLC0415 - heavy, and not for --help

    configure_logging("work", log_format())
    settings = find_settings()
    if metrics_port is not None:
        settings = replace(settings, metrics_port=metrics_port or None)
    main(settings, roles)
