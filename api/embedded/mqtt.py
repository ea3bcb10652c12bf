"""Starts the MQTT broker: Mosquitto where it is installed, else amqtt, which needs nothing but Python.

Two users are made: `parking`, which the installation's own processes use, and `device`, which may only say what
sensors and network servers say.
"""

import asyncio
import base64
import hashlib
import json
import os
import shutil
import struct
import sys
from pathlib import Path
from typing import ClassVar, Final

from api.embedded.folder import LOOPBACK, DataFolder, write_private
from api.embedded.process import Program
from api.embedded.server import EmbeddedServer
from devices.registry import installed
from devices.transport.mqtt_packets import LARGEST_MESSAGE

OWN_USER: Final = "parking"
DEVICE_USER: Final = "device"
DEVICE_TOPICS: Final = ("parking/v1/#", "v3/+/devices/+/#", *installed().topics.filters)
"""Where sensors of the generic form and the platforms of the installed adapters publish."""
HASH_ROUNDS: Final = 101
SALT_BYTES: Final = 12
MOSQUITTO_PLACES: Final = "/usr/local/sbin:/usr/sbin:/sbin"
CONNACK_ACCEPTED: Final = b"\x20\x02\x00\x00"


def find_mosquitto() -> Path | None:
    """Return Mosquitto; distributions put it where an ordinary user's PATH does not look."""
    found = shutil.which("mosquitto", path=f"{os.defpath}:{MOSQUITTO_PLACES}") or shutil.which("mosquitto")
    return Path(found) if found else None


class MqttBroker(EmbeddedServer):
    """The broker on loopback with passwords; sessions and what they have not received survive a restart.

    `mosquitto=None` runs amqtt, whose sessions live in memory only.
    """

    name: ClassVar[str] = "mqtt"
    executables: ClassVar[frozenset[str]] = frozenset({"mosquitto", Path(sys.executable).resolve().name})

    def __init__(self, folder: DataFolder, mosquitto: Path | None) -> None:
        super().__init__(folder)
        self.mosquitto = mosquitto

    @property
    def home(self) -> Path:
        return self.folder.part(self.name)

    @property
    def url(self) -> str:
        return self._address(OWN_USER)

    @property
    def device_url(self) -> str:
        """The address for sensors and network servers, which may publish and not read."""
        return self._address(DEVICE_USER)

    def _address(self, user: str) -> str:
        return f"mqtt://{user}:{self._password(user)}@{LOOPBACK}:{self.listening_port}"

    def _password(self, user: str) -> str:
        return self.folder.secret(f"mqtt_password_{user}")

    async def prepare(self) -> Program:
        command = self._prepare_amqtt() if self.mosquitto is None else self._prepare_mosquitto(self.mosquitto)
        return Program(name=self.name, command=command, folder=self.home, log=self.log, stop_signal=self.stop_signal)

    def _prepare_mosquitto(self, program: Path) -> list[str]:
        passwords, rights, configuration = (self.home / name for name in ("passwords", "rights", "mosquitto.conf"))
        users = (OWN_USER, DEVICE_USER)
        write_private(passwords, "".join(f"{user}:{mosquitto_hash(self._password(user))}\n" for user in users))
        device_rights = "".join(f"topic write {topic}\n" for topic in DEVICE_TOPICS)
        write_private(rights, f"user {OWN_USER}\ntopic readwrite #\n\nuser {DEVICE_USER}\n{device_rights}")
        settings = {
            "listener": f"{self.listening_port} {LOOPBACK}",
            # Mosquitto would change to a user of its own, who cannot enter the data folder.
            "user": "root",
            "allow_anonymous": "false",
            "password_file": passwords,
            "acl_file": rights,
            "persistence": "true",
            "persistence_location": f"{self.home}/",
            "autosave_interval": 5,
            # While the worker is away its messages wait here; the default of 1,000 is under a second of a city.
            "max_queued_messages": 1_000_000,
            # Several batches of the reader, which takes the next one while the last is on its way to the disk.
            "max_inflight_messages": 20_000,
            "message_size_limit": LARGEST_MESSAGE,
            "log_dest": "stderr",
            "log_type": "warning",
            "connection_messages": "false",
        }
        lines = [f"{name} {value}\n" for name, value in settings.items()]
        write_private(configuration, "".join([*lines, "log_type error\n", "log_type notice\n"]))
        return [str(program), "-c", str(configuration)]

    def _prepare_amqtt(self) -> list[str]:
        configuration = self.home / "amqtt.json"
        settings = {
            "bind": f"{LOOPBACK}:{self.listening_port}",
            "passwords": {user: self._password(user) for user in (OWN_USER, DEVICE_USER)},
            "may_publish": {OWN_USER: ["#"], DEVICE_USER: list(DEVICE_TOPICS)},
            "may_read": {OWN_USER: ["#"]},
        }
        write_private(configuration, json.dumps(settings))
        return [sys.executable, "-m", "api.embedded.amqtt_broker", str(configuration)]

    async def probe(self) -> None:
        await probe_mqtt(LOOPBACK, self.listening_port, OWN_USER, self._password(OWN_USER))


async def probe_mqtt(host: str, port: int, user: str, password: str, *, tls: bool = False) -> None:
    """Connect with MQTT 3.1.1 and leave again.

    Raises `ConnectionError` when the broker does not accept the user, and OSError when nobody listens.
    """
    fields = b"".join(struct.pack("!H", len(part)) + part for part in (b"", user.encode(), password.encode()))
    # Clean session, user name and password; keep-alive of five seconds.
    body = b"\x00\x04MQTT\x04\xc2\x00\x05" + fields
    reader, writer = await asyncio.open_connection(host, port, ssl=tls or None)
    try:
        writer.write(b"\x10" + _length(len(body)) + body)
        answer = await reader.readexactly(len(CONNACK_ACCEPTED))
        writer.write(b"\xe0\x00")
        await writer.drain()
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the broker closed the connection") from error
    finally:
        writer.close()
    if answer[3] != CONNACK_ACCEPTED[3]:
        raise ConnectionRefusedError(f"the broker refused the user '{user}' (code {answer[3]})")


def _length(value: int) -> bytes:
    """MQTT's variable length: seven bits a byte, the eighth says that more follow."""
    encoded = bytearray()
    while True:
        value, low = divmod(value, 128)
        encoded.append(low | (0x80 if value else 0))
        if not value:
            return bytes(encoded)


def mosquitto_hash(password: str) -> str:
    """Return the line that `mosquitto_passwd` would write: `$7$rounds$salt$PBKDF2-SHA512`."""
    salt = os.urandom(SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, HASH_ROUNDS)
    return f"$7${HASH_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
