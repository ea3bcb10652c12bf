"""The messages of The Things Stack v3 in its own spelling, as far as we read them.

Source: its documentation on data formats, and the samples in `../shared/vectors/envelopes.json`. The platform leaves
out fields that are empty, zero or false, so every default here is the value that was left out.
"""

import msgspec

from devices.adapters import lorawan


class EndDeviceIds(msgspec.Struct, gc=False):
    """`dev_eui` is upper-case hex."""

    dev_eui: str = ""


class RxMetadata(msgspec.Struct, gc=False):
    """One gateway that heard the frame; `time` only where the gateway has a clock. No receiver is told of 0 dBm."""

    time: str | None = None
    rssi: float | None = None
    snr: float = 0.0


class BatteryPercentage(msgspec.Struct, gc=False):
    """What the device last answered to the network's question; `value` is left out when it is zero."""

    value: float = 0.0


class UplinkMessage(msgspec.Struct, gc=False):
    """A frame of the device; a missing `f_cnt` is frame 0 of its session."""

    session_key_id: str = ""
    f_port: lorawan.Port = 0
    f_cnt: lorawan.Counter = 0
    frm_payload: str = ""
    rx_metadata: list[RxMetadata] = []
    received_at: str | None = None
    last_battery_percentage: BatteryPercentage | None = None


class JoinAccept(msgspec.Struct):
    """The device has a new session; its counter begins anew."""

    session_key_id: str = ""
    received_at: str | None = None


class ErrorDetails(msgspec.Struct, frozen=True):
    """Why the network could not do what it was asked."""

    name: str = ""
    message_format: str = ""


class DownlinkFailed(msgspec.Struct):
    error: ErrorDetails = ErrorDetails()


class Envelope(msgspec.Struct):
    """One message of any type; the field that is present says which."""

    end_device_ids: EndDeviceIds
    received_at: str | None = None
    uplink_message: UplinkMessage | None = None
    join_accept: JoinAccept | None = None
    downlink_failed: DownlinkFailed | None = None
    uplink_normalized: dict[str, object] | None = None
    downlink_ack: dict[str, object] | None = None
    downlink_nack: dict[str, object] | None = None
    downlink_sent: dict[str, object] | None = None
    downlink_queued: dict[str, object] | None = None
    downlink_queue_invalidated: dict[str, object] | None = None
    location_solved: dict[str, object] | None = None
    service_data: dict[str, object] | None = None
