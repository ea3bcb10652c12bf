"""The frames of a Tekzitel TEKZIPARK in the maker's words, byte for byte, and its one command.

Source: TheThingsNetwork/lorawan-devices `vendor/tekzitel/tekzipark.js` @0a254aaa, and the examples of the fork
descartes/lorawan-devices, `tekzipark-codec.yaml` @b82fb156. Port 2 is the longer form that the debug mode switches on.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

STATUS_PORT: Final = 1
DEBUG_PORT: Final = 2
COMMAND_PORT: Final = 3

SHORT_LENGTH: Final = 3
BEACONS_AT: Final = 4
DEBUG_LENGTH: Final = 12
LIMIT: Final = 242
"""No LoRaWAN frame is longer."""

OCCUPIED: Final = 0x80
GOOD_BATTERY: Final = 0x20
OBSTRUCTION: Final = 0x10
RADAR: Final = 0x08
NO_BEACON: Final = 0x04
RESET: Final = 0x02
KEEP_ALIVE: Final = 0x01


class Bits(NamedTuple):
    """Where a setting stands in the eight bytes of the command."""

    byte: int
    shift: int
    width: int


SETTINGS: Final[Mapping[str, Bits]] = {
    "fluctuations_count": Bits(0, 0, 4),
    "radar_start_range": Bits(0, 4, 3),
    "suppress_baseline_offset": Bits(0, 7, 1),
    "deflection_threshold_mag": Bits(1, 0, 4),
    "debug_mode": Bits(1, 4, 1),
    "axis_deflection": Bits(1, 5, 2),
    "downlink_frequency": Bits(1, 7, 1),
    "fluctuation_threshold_XY": Bits(2, 0, 3),
    "hw_acc_samples_no": Bits(2, 3, 2),
    "oversampling": Bits(2, 5, 2),
    "zero_neg_drop": Bits(2, 7, 1),
    "fluctuation_delay_time": Bits(3, 0, 3),
    "mag_reboot": Bits(3, 3, 1),
    "reset_control": Bits(3, 4, 1),
    "sleep_time": Bits(3, 5, 3),
    "keepalive_period": Bits(4, 0, 2),
    "self_heal": Bits(4, 2, 1),
    "fluctuation_threshold_Z": Bits(4, 3, 3),
    "axis_fluctuations": Bits(4, 6, 2),
    "reflection_threshold_radar": Bits(5, 0, 3),
    "obstruction_check": Bits(5, 3, 1),
    "radar_scan_count": Bits(5, 4, 4),
    "ble_scan_window": Bits(6, 0, 3),
    "beacons_scan_no": Bits(6, 3, 3),
    "send_rssi": Bits(6, 6, 1),
    "OI": Bits(6, 7, 1),
    "ble_scan_rssi": Bits(7, 0, 8),
}
COMMAND_LENGTH: Final = 8
