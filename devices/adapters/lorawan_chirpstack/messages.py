"""The events of ChirpStack v4 in its own spelling, as far as we read them.

Source: its documentation on integration events and `integration.proto`, and the samples in
`../shared/vectors/envelopes.json`. The JSON is made from protobuf, which leaves out default values: every default here
is the value that was left out.
"""

import msgspec

from devices.adapters import lorawan


class DeviceInfo(msgspec.Struct, rename="camel", gc=False):
    """`devEui` is lower-case hex."""

    dev_eui: str = ""


class RxInfo(msgspec.Struct, rename={"time": "gwTime"}, gc=False):
    """One gateway that heard the frame; `gwTime` only where the gateway has a clock. No receiver is told of 0 dBm."""

    time: str | None = None
    rssi: float | None = None
    snr: float = 0.0


class Event(msgspec.Struct, rename="camel"):
    """Any event: which one is said beside the body, in the query or the topic, and shows in the fields."""

    device_info: DeviceInfo
    deduplication_id: str = ""
    time: str | None = None
    dev_addr: str = ""
    f_cnt: lorawan.Counter = 0
    f_port: lorawan.Port = 0
    data: str = ""
    rx_info: list[RxInfo] = []
    tx_info: dict[str, object] | None = None
    join_server_context: dict[str, object] | None = None
    """Present where the join server keeps the application's key: `data` is then still encrypted."""
    battery_level: float | None = None
    battery_level_unavailable: bool = False
    external_power_source: bool = False
    margin: int | None = None
    level: str | None = None
    code: str | None = None
    description: str | None = None
