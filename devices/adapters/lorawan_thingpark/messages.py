"""The messages of Actility ThingPark in its own spelling, as far as we read them.

Source: the pages on uplink and notification messages of ThingPark X's documentation, and the samples in
`../shared/vectors/envelopes.json`. Numbers come as numbers or as strings, by connector and age: the decoder takes both.
An uplink may come without its wrapper (`sendMetadata=true`).
"""

import msgspec


class Lrr(msgspec.Struct, rename={"rssi": "LrrRSSI", "snr": "LrrSNR"}, gc=False):
    """One gateway that heard the frame; only the first one's time is told, beside the list."""

    rssi: float | None = None
    snr: float | None = None

    @property
    def time(self) -> None:
        return None


class Lrrs(msgspec.Struct, rename={"lrr": "Lrr"}):
    lrr: list[Lrr] | Lrr = []
    """A single gateway is an object and no list where the connector was made from XML."""


class DecodedError(msgspec.Struct):
    """Why the platform's own driver could not read the payload."""

    code: str = ""
    message: str = ""


class DevEuiUplink(
    msgspec.Struct,
    rename={
        "time": "Time",
        "dev_eui": "DevEUI",
        "dev_addr": "DevAddr",
        "f_port": "FPort",
        "f_cnt_up": "FCntUp",
        "late": "Late",
        "lrr_rssi": "LrrRSSI",
        "lrr_snr": "LrrSNR",
        "lrrs": "Lrrs",
        "battery_level": "BatteryLevel",
        "raw_join_request": "rawJoinRequest",
        "decoded_error": "payloadDecodedError",
    },
):
    """A frame, a join request, or a frame that the platform's driver could not read."""

    dev_eui: str
    time: str | None = None
    """When the gateway heard it; with `Late` that is long ago."""
    dev_addr: str = ""
    f_port: int = 0
    f_cnt_up: int | None = None
    payload_hex: str = ""
    late: int = 0
    lrr_rssi: float | None = None
    lrr_snr: float | None = None
    lrrs: Lrrs | None = None
    battery_level: int | None = None
    raw_join_request: str | None = None
    decoded_error: DecodedError | None = None


class DevEuiNotification(
    msgspec.Struct,
    rename={
        "time": "Time",
        "dev_eui": "DevEUI",
        "dev_addr": "DevAddr",
        "type": "Type",
        "var1": "Var1",
    },
):
    """What the network noticed: `join`, `reset`, or `devstatusans` with the battery in `Var1`."""

    dev_eui: str
    time: str | None = None
    dev_addr: str = ""
    type: str = ""
    var1: int | str = ""


class Other(msgspec.Struct, rename={"time": "Time", "dev_eui": "DevEUI"}):
    """Locations, downlinks and alarms: only whose they are."""

    dev_eui: str
    time: str | None = None


class Envelope(
    msgspec.Struct,
    rename={
        "uplink": "DevEUI_uplink",
        "notification": "DevEUI_notification",
        "location": "DevEUI_location",
        "downlink_sent": "DevEUI_downlink_Sent",
        "downlink_rejected": "DevEUI_downlink_Rejected",
    },
):
    """One message of any type; the wrapper's name says which."""

    uplink: DevEuiUplink | None = None
    notification: DevEuiNotification | None = None
    location: Other | None = None
    downlink_sent: Other | None = None
    downlink_rejected: Other | None = None
