"""Hikvision's words and what they mean to us.

Sources: the maker's "Device Network SDK (Traffic) Developer Guide" V6.1.4 (JSON of PackingSpaceRecognition, XML of ANPR),
public consumers that read these keys from real cameras (key and part names, the misspelt `absoulteParkingNum`, the values of
`isParked` and `vehicleEnterState`), public bindings of the SDK's NET_DVR_AID_INFO, and `../shared/vectors/cameras.json`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from parking.occupancy.evidence import SelfReport, SensedStatus

SPACE: Final = "absoulteParkingNum"
"""The maker's own spelling; `absoluteParkingNum` is taken as well, in case it is ever corrected."""
SPACES: Final = (SPACE, "absoluteParkingNum")
PLATES: Final = ("plateNo", "licensePlate", "license", "originalLicensePlate", "sLicense")
IS_PARKED: Final[Mapping[str, SensedStatus]] = MappingProxyType(
    {"yes": "occupied", "true": "occupied", "1": "occupied", "no": "free", "false": "free", "0": "free"}
)
ENTER: Final = frozenset({"enter", "entry", "in", "drivein", "1"})
LEAVE: Final = frozenset({"exit", "leave", "out", "driveout", "2"})
POLLS: Final = frozenset(
    {"poll", "polling", "patrol", "period", "periodic", "cycle", "regular", "interval", "timing", "1"}
)
SNAPSHOTS: Final = frozenset({"timedsnapshot", "timingsnapshot", "timedcapture", "snapshot", "lookback", "2"})
"""Words of `triggerType`, and the numbers of the SDK's `byState`: 0 is a change, 1 a poll, 2 a picture for looking back."""
FAULTS: Final[Mapping[str, SelfReport]] = MappingProxyType(
    {
        "shelteralarm": "obstructed",
        "tamperdetection": "obstructed",
        "videotampering": "obstructed",
        "scenechangedetection": "view_moved",
        "defocus": "view_dirty",
        "defocusdetection": "view_dirty",
        "badvideo": "view_dirty",
    }
)
"""`eventType` of alerts in which the camera speaks of its own view, in lower case."""
