"""One log line per happening, on standard error: instant, level, process, place, words."""

import logging
import sys
import time
from typing import Final

from parking.privacy.redaction import redact, redact_identities

FORMAT: Final = "%(asctime)s.%(msecs)03dZ %(levelname)s {process} %(name)s: %(message)s"
QUIET: Final = ("httpx", "httpcore", "apscheduler", "alembic", "amqtt", "transitions", "uvicorn.access")
"""Libraries that report routine at the level at which we report what an operator must know."""


class UtcFormatter(logging.Formatter):
    """Instants in UTC, because the machines of a city are not all set to its time; plates, IMEIs and keys masked."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"

    def format(self, record: logging.LogRecord) -> str:
        """A plate, IMEI or key that a message, an argument or a traceback carries is masked, whoever logged it."""
        return redact_identities(redact(super().format(record)))


def configure_logging(process: str, level: int = logging.INFO) -> None:
    """Send the logs of this process, named `process`, to standard error; called once by a command."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(UtcFormatter(FORMAT.format(process=process), datefmt=UtcFormatter.default_time_format))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
