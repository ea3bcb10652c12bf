"""Reads the address of a broker, and makes a client of paho for whoever publishes."""

from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from parking.domain.errors import InvalidInputError

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
KEEPALIVE_S: Final = 20
CONNECT_TIMEOUT_S: Final = 5.0
RECONNECT_S: Final = (0.1, 2.0)
"""Shortest and longest wait between attempts, which doubles from one to the other."""


class Address(NamedTuple):
    """Where a broker is, and as whom we come."""

    host: str
    port: int
    user: str | None
    password: str
    tls: bool


def read_address(url: str) -> Address:
    """Read `mqtt[s]://user:password@host:port`; raises InvalidInputError `mqtt_url_invalid`."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or parts.hostname is None:
        raise InvalidInputError("the MQTT address is mqtt[s]://user:password@host:port", code="mqtt_url_invalid")
    user = None if parts.username is None else unquote(parts.username)
    port = parts.port or PORTS[parts.scheme]
    return Address(parts.hostname, port, user, unquote(parts.password or ""), parts.scheme == "mqtts")


def open_client(url: str, *, client_id: str, keeps_session: bool, in_flight: int = 20) -> Client:
    """Make a client that starts connecting in its own thread.

    With `keeps_session` the broker keeps what is under way for `client_id` while it is away. MQTT 3.1.1 is what every
    broker speaks. At most `in_flight` published messages wait for their confirmation at a time. Raises as
    `read_address`.
    """
    address = read_address(url)
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=not keeps_session,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    if address.user is not None:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set()
    client.max_inflight_messages_set(in_flight)
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.reconnect_delay_set(*RECONNECT_S)  # type: ignore[arg-type]  # paho only compares and doubles them
    client.connect_async(address.host, address.port, keepalive=KEEPALIVE_S)
    return client
