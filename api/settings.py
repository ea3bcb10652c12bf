"""The only reader of the environment: every address and switch that an installation may set."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parking.domain.errors import InvalidInputError

DATABASE_URL = "PARKING_DATABASE_URL"
REDIS_URL = "PARKING_REDIS_URL"
MQTT_URL = "PARKING_MQTT_URL"
DATA_DIR = "PARKING_DATA"
HOST = "PARKING_HOST"
PORT = "PARKING_PORT"


class SettingMissingError(InvalidInputError):
    """An address that the process needs is not set."""

    code = "setting_missing"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Addresses of the servers and of the process itself; None means that nothing was set."""

    database_url: str | None
    redis_url: str | None
    mqtt_url: str | None
    data_dir: Path
    host: str
    port: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        values = os.environ if environment is None else environment
        try:
            port = int(values.get(PORT, "8000"))
        except ValueError as error:
            raise InvalidInputError(f"{PORT} is not a number", code="setting_invalid") from error
        return cls(
            database_url=values.get(DATABASE_URL) or None,
            redis_url=values.get(REDIS_URL) or None,
            mqtt_url=values.get(MQTT_URL) or None,
            data_dir=Path(values.get(DATA_DIR) or ".parking"),
            host=values.get(HOST) or "127.0.0.1",
            port=port,
        )

    @property
    def required_database_url(self) -> str:
        return self._required(self.database_url, DATABASE_URL)

    @property
    def required_redis_url(self) -> str:
        return self._required(self.redis_url, REDIS_URL)

    @property
    def required_mqtt_url(self) -> str:
        return self._required(self.mqtt_url, MQTT_URL)

    @staticmethod
    def _required(value: str | None, name: str) -> str:
        if value is None:
            raise SettingMissingError(f"{name} is not set; see 'parking doctor'")
        return value
