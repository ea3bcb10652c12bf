"""The only reader of the environment: every address and switch that an installation may set."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

from parking.calendar.announcement import read_announcements
from parking.calendar.official import OFFICIAL, Calendars
from parking.domain.errors import InvalidInputError
from parking.occupancy.keeping import LEAST_CHANGES, LEAST_HOURS, LEAST_READINGS, HistoryKept

DATABASE_URL = "PARKING_DATABASE_URL"
REDIS_URL = "PARKING_REDIS_URL"
MQTT_URL = "PARKING_MQTT_URL"
DATA_DIR = "PARKING_DATA"
HOST = "PARKING_HOST"
PORT = "PARKING_PORT"
METRICS_PORT = "PARKING_METRICS_PORT"
LOG_FORMAT = "PARKING_LOG_FORMAT"
SECRET_KEY = "PARKING_SECRET_KEY"  # noqa: S105 - the name of the variable
PLATE_KEY = "PARKING_PLATE_KEY"
CALENDAR = "PARKING_CALENDAR"
WECHAT = "PARKING_WECHAT"
ALIPAY = "PARKING_ALIPAY"
TEST_PROVIDER = "PARKING_TEST_PROVIDER"
MOVEMENT_DAYS = "PARKING_MOVEMENT_DAYS"
PICTURE_DAYS = "PARKING_PICTURE_DAYS"
UNHEARD_HOURS = "PARKING_UNHEARD_HOURS"
RAW_DAYS = "PARKING_RAW_DAYS"
READING_DAYS = "PARKING_READING_DAYS"
CHANGE_DAYS = "PARKING_CHANGE_DAYS"
HOUR_DAYS = "PARKING_HOUR_DAYS"
REPLICAS = "PARKING_REPLICAS"
CHECK_GRACE = "PARKING_CHECK_GRACE_MINUTES"
CHECK_LOOK_BACK = "PARKING_CHECK_LOOK_BACK_MINUTES"
LogFormat = Literal["text", "json"]
ADDRESSES: Final = "addresses.json"
"""In the data folder, while an installation runs there: what `find_settings` fills in."""


class SettingMissingError(InvalidInputError):
    """An address that the process needs is not set."""

    code = "setting_missing"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Addresses of the servers and of the process itself, and secrets; None means that nothing was set."""

    database_url: str | None
    redis_url: str | None
    mqtt_url: str | None
    data_dir: Path
    host: str
    port: int
    metrics_port: int | None = None
    """Where a worker tells its figures to Prometheus, at the interface of `host`; None where nobody asks."""
    secret_key: str | None = field(default=None, repr=False)
    """Signs what the platform hands out and must recognise again; the same in every process of an installation."""
    plate_key: str | None = field(default=None, repr=False)
    """Seals plates; see `parking.privacy.keys.keys_of`."""
    calendar_file: Path | None = None
    """The city's own announcements of working days; see `parking.calendar.announcement`."""
    wechat_file: Path | None = None
    """The agreement with WeChat Pay; see `pricing.providers.agreements`."""
    alipay_file: Path | None = None
    test_provider: bool = False
    """Whether anybody may pay without money, which is for demonstrations."""
    movement_kept: timedelta = timedelta(days=180)
    """How long a settled stay keeps where and when it was: the dispute period."""
    pictures_kept: timedelta = timedelta(days=30)
    """How long a picture is kept where no case, objection or hand-over holds it."""
    raw_kept: timedelta = timedelta(days=14)
    """How long the messages of devices are kept word for word."""
    history_kept: HistoryKept = field(default_factory=HistoryKept)
    """How long readings, changes and hours are kept in the database."""
    unheard_after: timedelta = timedelta(hours=24)
    """How long a stay that only people told of may go unheard before it costs nothing more and becomes a case."""
    check_grace: timedelta = timedelta(minutes=10)
    """How long after the end of a stay a roadside check still calls the vehicle covered."""
    check_look_back: timedelta = timedelta(minutes=60)
    """How far back a roadside check may ask."""
    replicas: int = 0
    """How many replicas of the live store must have a reading, or an event, on their disks before it is answered for."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        values = os.environ if environment is None else environment
        port, movement_days = _whole(values, PORT, 8000), _whole(values, MOVEMENT_DAYS, 180)
        picture_days, unheard_hours = _whole(values, PICTURE_DAYS, 30), _whole(values, UNHEARD_HOURS, 24)
        raw_days = _whole(values, RAW_DAYS, 14)
        at_least_one = {MOVEMENT_DAYS: movement_days, PICTURE_DAYS: picture_days, UNHEARD_HOURS: unheard_hours}
        for name, number in (at_least_one | {RAW_DAYS: raw_days}).items():
            if number < 1:
                raise InvalidInputError(f"{name} is at least 1", code="setting_invalid")
        grace, look_back = _whole(values, CHECK_GRACE, 10), _whole(values, CHECK_LOOK_BACK, 60)
        replicas = _whole(values, REPLICAS, 0)
        if grace < 0 or look_back < 0 or replicas < 0:
            names = f"{CHECK_GRACE}, {CHECK_LOOK_BACK} and {REPLICAS}"
            raise InvalidInputError(f"{names} are not negative", code="setting_invalid")
        return cls(
            database_url=values.get(DATABASE_URL) or None,
            redis_url=values.get(REDIS_URL) or None,
            mqtt_url=values.get(MQTT_URL) or None,
            data_dir=Path(values.get(DATA_DIR) or ".parking"),
            host=values.get(HOST) or "127.0.0.1",
            port=port,
            metrics_port=_whole(values, METRICS_PORT, 0) or None,
            secret_key=values.get(SECRET_KEY) or None,
            plate_key=values.get(PLATE_KEY) or None,
            calendar_file=_file(values, CALENDAR),
            wechat_file=_file(values, WECHAT),
            alipay_file=_file(values, ALIPAY),
            test_provider=values.get(TEST_PROVIDER) == "1",
            movement_kept=timedelta(days=movement_days),
            pictures_kept=timedelta(days=picture_days),
            raw_kept=timedelta(days=raw_days),
            history_kept=_history_kept(values, raw_kept=timedelta(days=raw_days)),
            unheard_after=timedelta(hours=unheard_hours),
            check_grace=timedelta(minutes=grace),
            check_look_back=timedelta(minutes=look_back),
            replicas=replicas,
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

    @property
    def required_secret_key(self) -> str:
        return self._required(self.secret_key, SECRET_KEY)

    @property
    def required_plate_key(self) -> str:
        return self._required(self.plate_key, PLATE_KEY)

    @property
    def api_url(self) -> str:
        """The address at which a program on this machine reaches the HTTP process."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def calendars(self) -> Calendars:
        """The official calendars under the city's file; raises `CalendarFileError` where that cannot be used."""
        return OFFICIAL if self.calendar_file is None else Calendars(read_announcements(self.calendar_file))

    def process_environment(self) -> dict[str, str]:
        """Return this process's environment with the settings written into it, for a process that it starts."""
        own = {
            DATABASE_URL: self.database_url,
            REDIS_URL: self.redis_url,
            MQTT_URL: self.mqtt_url,
            DATA_DIR: str(self.data_dir.absolute()),
            HOST: self.host,
            PORT: str(self.port),
            METRICS_PORT: None if self.metrics_port is None else str(self.metrics_port),
            SECRET_KEY: self.secret_key,
            PLATE_KEY: self.plate_key,
            CALENDAR: _absolute(self.calendar_file),
            WECHAT: _absolute(self.wechat_file),
            ALIPAY: _absolute(self.alipay_file),
            TEST_PROVIDER: "1" if self.test_provider else None,
            MOVEMENT_DAYS: str(self.movement_kept.days),
            PICTURE_DAYS: str(self.pictures_kept.days),
            RAW_DAYS: str(self.raw_kept.days),
            READING_DAYS: str(self.history_kept.readings.days),
            CHANGE_DAYS: str(self.history_kept.changes.days),
            HOUR_DAYS: str(self.history_kept.hours.days),
            UNHEARD_HOURS: str(self.unheard_after // timedelta(hours=1)),
            CHECK_GRACE: str(self.check_grace // timedelta(minutes=1)),
            CHECK_LOOK_BACK: str(self.check_look_back // timedelta(minutes=1)),
            REPLICAS: str(self.replicas),
        }
        return dict(os.environ) | {name: value for name, value in own.items() if value is not None}

    @staticmethod
    def _required(value: str | None, name: str) -> str:
        if value is None:
            raise SettingMissingError(f"{name} is not set; see 'parking doctor'")
        return value


def log_format(environment: Mapping[str, str] | None = None) -> LogFormat:
    """How this process logs, asked for before anything else is read. Raises `InvalidInputError`."""
    chosen = (os.environ if environment is None else environment).get(LOG_FORMAT) or "text"
    if chosen not in {"text", "json"}:
        raise InvalidInputError(f"{LOG_FORMAT} is text or json", code="setting_invalid")
    return "json" if chosen == "json" else "text"


def _whole(values: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(values.get(name) or default)
    except ValueError as error:
        raise InvalidInputError(f"{name} is not a number", code="setting_invalid") from error


def _history_kept(values: Mapping[str, str], *, raw_kept: timedelta) -> HistoryKept:
    """Not below what still looks so far back. A kept message that is taken in again must find its readings."""
    usual = HistoryKept()
    kept: list[timedelta] = []
    for name, default, least in (
        (READING_DAYS, usual.readings, max(LEAST_READINGS, raw_kept)),
        (CHANGE_DAYS, usual.changes, LEAST_CHANGES),
        (HOUR_DAYS, usual.hours, LEAST_HOURS),
    ):
        wanted = timedelta(days=_whole(values, name, default.days))
        if wanted < least:
            raise InvalidInputError(f"{name} is at least {least.days}", code="setting_invalid")
        kept.append(wanted)
    readings, changes, hours = kept
    return HistoryKept(readings=readings, changes=changes, hours=hours)


def _file(values: Mapping[str, str], name: str) -> Path | None:
    return Path(values[name]) if values.get(name) else None


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def find_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment, completed by the installation that runs in the data folder.

    Raises `InvalidInputError` when the file of addresses cannot be read.
    """
    values = os.environ if environment is None else environment
    settings = Settings.from_environment(values)
    try:
        running = json.loads((settings.data_dir / ADDRESSES).read_text())
    except FileNotFoundError:
        return settings
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{settings.data_dir / ADDRESSES} cannot be read: {error}", code="setting_invalid"
        ) from error
    return replace(
        settings,
        database_url=settings.database_url or running["database_url"],
        redis_url=settings.redis_url or running["redis_url"],
        mqtt_url=settings.mqtt_url or running["mqtt_url"],
        host=values.get(HOST) or running["host"],
        port=settings.port if values.get(PORT) else running["port"],
        secret_key=settings.secret_key or running.get("secret_key"),
        plate_key=settings.plate_key or running.get("plate_key"),
    )
