"""The events of ChirpStack v4 in its own spelling, as far as we read them.

Source: its documentation on integration events, and the samples in `../shared/vectors/envelopes.json`. The JSON is
made from protobuf, which leaves out default values: every default here is the value that was left out.
"""

import msgspec


class DeviceInfo(msgspec.Struct, rename="camel"):
    """`devEui` is lower-case hex."""

    dev_eui: str = ""


class RxInfo(msgspec.Struct, rename="camel"):
    """One gateway that heard the frame; `gwTime` only where the gateway has a clock."""

    gw_time: str | None = None


class Event(msgspec.Struct, rename="camel"):
    """Any event: which one is said beside the body, in the query or the topic, and shows in the fields."""

    device_info: DeviceInfo
    deduplication_id: str = ""
    time: str | None = None
    dev_addr: str = ""
    f_cnt: int = 0
    f_port: int = 0
    data: str = ""
    rx_info: list[RxInfo] | None = None
    tx_info: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    battery_level: float | None = None
    margin: int | None = None
    level: str | None = None
    code: str | None = None
