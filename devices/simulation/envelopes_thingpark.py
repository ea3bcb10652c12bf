"""How Actility ThingPark wraps a device's bytes, as its document on uplink messages shows it: numbers come as text."""

from typing import Any

import msgspec

from devices.simulation.envelopes import address, gateway
from devices.simulation.transmission import Transmission
from parking.domain.clock import format_instant


def thingpark_uplink(sent: Transmission, port: int, payload: bytes) -> bytes:
    """An uplink in its wrapper; `Late` marks what a gateway had kept."""
    at = format_instant(sent.observed_at)
    uplink: dict[str, Any] = {
        "Time": at,
        "DevEUI": sent.device.device_id.upper(),
        "FPort": str(port),
        "FCntUp": str(sent.sequence),
        "ADRbit": "1",
        "MType": "2",
        "FCntDn": "2",
        "payload_hex": payload.hex(),
        "Lrcid": "00000201",
        "Late": str(int(sent.is_late)),
        "LrrRSSI": "-94.000000",
        "LrrSNR": "7.250000",
        "SpFact": "9",
        "SubBand": "G0",
        "Channel": "LC1",
        "DevLrrCnt": "1",
        "Lrrid": gateway(sent)[-8:].upper(),
        "Lrrs": {
            "Lrr": [{"Lrrid": gateway(sent)[-8:].upper(), "Chain": "0", "LrrRSSI": "-94.000000", "LrrSNR": "7.250000"}]
        },
        "DevAddr": address(sent).upper(),
    }
    return msgspec.json.encode({"DevEUI_uplink": uplink})


def thingpark_join(sent: Transmission) -> bytes:
    """A notification of a join."""
    notification = {
        "Time": format_instant(sent.observed_at),
        "DevEUI": sent.device.device_id.upper(),
        "DevAddr": address(sent).upper(),
        "Type": "join",
    }
    return msgspec.json.encode({"DevEUI_notification": notification})
