"""One log line per happening, on standard error: instant, level, process, place, words; for people, or as JSON for machines."""

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final

from api.settings import LogFormat
from parking.occupancy.followed import FIELDS
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
        return _masked(super().format(record))


class JsonFormatter(logging.Formatter):
    """One object a line: `at`, `level`, `process`, `logger`, `message`, `error` with a traceback, and what the record has of
    its own (`stage`, `reading`, `device`, … of a reading that is followed). Masked as above, text by text.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        own: dict[str, Any] = getattr(record, FIELDS, {})
        line |= {name: str(value) for name, value in own.items() if name not in line}
        return json.dumps({name: _masked(text) for name, text in line.items()}, ensure_ascii=False)


def configure_logging(process: str, form: LogFormat, level: int = logging.INFO) -> None:
    """Send the logs of this process, named `process`, to standard error; called once by a command."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(process)
        if form == "json"
        else UtcFormatter(FORMAT.format(process=process), datefmt=UtcFormatter.default_time_format)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _masked(text: str) -> str:
    return redact_identities(redact(text))
