"""The messages that OneNET pushes, in its own spelling, as far as we read them.

Source: its developer's manual of HTTP push as kept in public copies, samples of public receivers in
`../shared/vectors/envelopes.json`, and for the notices of a thing model (`notifyType`) general knowledge of OneNET Studio.
`msg` is an object, a list of objects, or their JSON as text, by the age of the product.
"""

from typing import Final

import msgspec

from devices.adapters.nbiot import ABSENT

DATA_POINT: Final = 1
ONLINE: Final = 2
COMMAND: Final = 7


class Push(msgspec.Struct):
    """The outer form, already proved and opened; signature and nonce have done their work."""

    msg: msgspec.Raw


class Item(
    msgspec.Struct,
    rename={
        "notify_type": "notifyType",
        "device_name": "deviceName",
        "device_id": "deviceId",
    },
):
    """One message: a data point, a device that came or went, the answer to a command, or a notice of a thing model."""

    type: int | None = None
    imei: str | int | None = None
    dev_id: str | int | None = None
    dev_name: str | None = None
    ds_id: str = ""
    """Name of the data stream; of an LwM2M resource object, instance and resource joined by `_`."""
    at: int | None = None
    """The platform's clock, in milliseconds."""
    value: msgspec.Raw = ABSENT
    status: int | None = None
    notify_type: str | None = None
    device_name: str | None = None
    device_id: str | int | None = None
    data: msgspec.Raw = ABSENT


class Property(msgspec.Struct):
    """One value of a thing model; `time` in milliseconds."""

    value: msgspec.Raw
    time: int | None = None


class Notice(msgspec.Struct):
    """What `data` of a notice about properties or an event holds: values by name, each wrapped as a `Property` or bare."""

    params: dict[str, msgspec.Raw] = {}
