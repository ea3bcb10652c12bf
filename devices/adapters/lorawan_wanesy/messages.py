"""The uplinks of Kerlink's Wanesy in its own spelling, as far as we read them.

Source: the answers of its `/application/dataUp` kept in the public project icra/wanesy-read. A push carries one item, a
page of the same path a list of them.
"""

from typing import Literal

import msgspec


class EndDevice(msgspec.Struct, rename="camel"):
    dev_eui: str
    dev_addr: str = ""


class GwInfo(msgspec.Struct, gc=False):
    """One gateway that heard the frame; Wanesy tells no time for each."""

    rssi: float | None = None
    snr: float | None = None

    @property
    def time(self) -> None:
        return None


class DataUp(msgspec.Struct, rename="camel"):
    """One uplink; `recvTime` is the server's, in milliseconds."""

    end_device: EndDevice
    id: str = ""
    recv_time: int | None = None
    f_cnt_up: int | None = None
    f_port: int | None = None
    payload: str | None = None
    encoding_type: Literal["HEXA", "BASE64"] = "HEXA"
    encrypted: bool | None = None
    delayed: bool | None = None
    gw_info: list[GwInfo] | None = None


class Page(msgspec.Struct):
    """A page of `/application/dataUp`."""

    list: list[msgspec.Raw]
