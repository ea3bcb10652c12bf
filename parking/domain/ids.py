"""Identifiers of the things a city has; distinct types, so that a zone is never passed where a space is meant."""

import re
from typing import Final, NewType

DistrictId = NewType("DistrictId", str)
ZoneId = NewType("ZoneId", str)
SegmentId = NewType("SegmentId", str)
FacilityId = NewType("FacilityId", str)
SpaceId = NewType("SpaceId", str)
OperatorId = NewType("OperatorId", str)
ConcessionId = NewType("ConcessionId", str)
PriceDocumentId = NewType("PriceDocumentId", str)
DeviceId = NewType("DeviceId", str)

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
"""What an identifier may look like: 1 to 64 characters that need no quoting in an address, a topic or a key."""

_ID = re.compile(ID_PATTERN)


def is_identifier(text: str) -> bool:
    return _ID.match(text) is not None and not text.endswith("\n")
