"""Chinese number plates as text: one spelling for one plate, what it tells, and what others may see of it.

Forms after the maintained validators cited in the project's references: seven characters for ordinary plates, eight for
new-energy ones. Special plates (embassies, military, temporary) have forms that could not be verified, so a permissive
class takes them: a plate is refused only when it can be none.
"""

import re
import unicodedata
from typing import Final

from parking.domain.errors import InvalidInputError

PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_ORDINARY = re.compile(rf"[{PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]")
_NEW_ENERGY = re.compile(rf"[{PROVINCES}][A-HJ-NP-Z](?:[A-HJK][A-HJ-NP-Z0-9][0-9]{{4}}|[0-9]{{5}}[A-HJK])")
_SPECIAL = re.compile(r"[A-Z0-9\u4e00-\u9fff]{5,10}")
_SEPARATORS = re.compile(r"[\s·•.\-]")


class PlateInvalidError(InvalidInputError):
    """The text can be no plate."""

    code = "plate_invalid"


def normalise(text: str) -> str:
    """The one spelling of a plate: upper case, half width, no separators.

    Raises `PlateInvalidError` for a text that can be no plate; the message never repeats the text.
    """
    plate = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if _ORDINARY.fullmatch(plate) or _NEW_ENERGY.fullmatch(plate):
        return plate
    looks_civil = plate[:1] in PROVINCES and len(plate) > 1 and plate[1].isascii() and plate[1].isalpha()
    if not plate or looks_civil or not _SPECIAL.fullmatch(plate) or not any(char.isdigit() for char in plate):
        raise PlateInvalidError("this is no number plate")
    return plate


def is_civil(text: str) -> bool:
    """Whether a text is a civil plate of one of the exact forms, however it is spelt."""
    plate = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return _ORDINARY.fullmatch(plate) is not None or _NEW_ENERGY.fullmatch(plate) is not None


def is_new_energy(plate: str) -> bool:
    """Whether a normalised plate is of the new-energy form (eight characters, a class letter)."""
    return _NEW_ENERGY.fullmatch(plate) is not None


def mask(plate: str) -> str:
    """What lists and logs may show: the beginning and the last character."""
    return f"{plate[:3]}{'*' * (len(plate) - 4)}{plate[-1]}"
