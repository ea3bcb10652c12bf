"""The events of ChirpStack v3 in its own spelling, in both of its forms of JSON, as far as we read them.

Source: the page on event types of its application server's documentation, and its `integration.proto`. The form
"JSON" follows protobuf: bytes are base64, `devEUI` and `devAddr` too, and default values may be left out. The legacy form
"JSON (v3)" has the same names and writes both in hex.
"""

import msgspec


class RxInfo(msgspec.Struct, rename={"snr": "loRaSNR"}, gc=False):
    """One gateway that heard the frame; `time` only where the gateway has a clock."""

    time: str | None = None
    rssi: float | None = None
    snr: float = 0.0


class Event(
    msgspec.Struct,
    rename={
        "dev_eui": "devEUI",
        "dev_addr": "devAddr",
        "f_cnt": "fCnt",
        "f_port": "fPort",
        "rx_info": "rxInfo",
        "tx_info": "txInfo",
        "published_at": "publishedAt",
        "battery_level": "batteryLevel",
        "battery_level_unavailable": "batteryLevelUnavailable",
        "external_power_source": "externalPowerSource",
    },
):
    """Any event: which one is said beside the body, in the query or the topic, and shows in the fields."""

    dev_eui: str
    dev_addr: str = ""
    f_cnt: int = 0
    f_port: int = 0
    data: str | None = None
    """Null, not empty, where the legacy form has none."""
    rx_info: list[RxInfo] | None = None
    tx_info: dict[str, object] | None = None
    published_at: str | None = None
    margin: int | None = None
    battery: int | None = None
    """Of the legacy form: as the device answered, 1 to 254."""
    battery_level: float | None = None
    battery_level_unavailable: bool = False
    external_power_source: bool = False
    acknowledged: bool | None = None
    type: str | None = None
    error: str | None = None
