"""Reads the address of a broker and makes a client for it that is not connected yet."""

from typing import Final
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from parking.domain.errors import InvalidInputError

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
KEEPALIVE_S: Final = 20
CONNECT_TIMEOUT_S: Final = 5.0
RECONNECT_S: Final = (0.1, 2.0)
"""Shortest and longest wait between attempts; paho doubles it from one to the other."""


def open_client(url: str, *, client_id: str, keeps_session: bool, in_flight: int = 20) -> Client:
    """Make a client for `mqtt[s]://user:password@host:port` that starts connecting in its own thread.

    With `keeps_session` the broker keeps what arrives for `client_id` while it is away. MQTT 3.1.1 is what every
    broker speaks. At most `in_flight` published messages wait for their confirmation at a time. Raises InvalidInputError `mqtt_url_invalid`.
    """
    address = urlsplit(url)
    if address.scheme not in PORTS or address.hostname is None:
        raise InvalidInputError("the MQTT address is mqtt[s]://user:password@host:port", code="mqtt_url_invalid")
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=not keeps_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    if address.username is not None:
        client.username_pw_set(unquote(address.username), unquote(address.password or ""))
    if address.scheme == "mqtts":
        client.tls_set()
    client.max_inflight_messages_set(in_flight)
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.reconnect_delay_set(*RECONNECT_S)  # type: ignore[arg-type]  # paho only compares and doubles them
    client.connect_async(address.hostname, address.port or PORTS[address.scheme], keepalive=KEEPALIVE_S)
    return client
