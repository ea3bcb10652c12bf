"""`parking serve`: the HTTP process."""

import click

from api.logs import configure_logging
from api.settings import find_settings, log_format

GRACE_S = 3
"""Open requests and event streams get this long before the process ends."""


@click.command(epilog="Example: PARKING_PORT=8000 parking serve")
@click.option("--host", help="Interface to listen on; PARKING_HOST or 127.0.0.1 unless set.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; PARKING_PORT or 8000 unless set.")
def command(host: str | None, port: int | None) -> None:
    """Run the HTTP process against the servers of the environment, or of the installation in the data folder."""
    import uvicorn  # noqa: PLC0415 - heavy, and not for --help

    from api.app import create_app  # noqa: PLC0415 - as above

    configure_logging("serve", log_format())
    settings = find_settings()
    uvicorn.run(
        create_app(settings),
        host=host or settings.host,
        port=port or settings.port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
