"""The text of a Cicicom S-LG-I3, letter for letter.

Source: actility/device-catalog, pull request 127, the maker's engineer on 2024-04-09: `R` start, `C` change and `K` status
report, each with a digit for the state; then volts, signed degrees and, after a start, `V` and the firmware. `E` is a
malfunction: volts and three bytes that are no text, whose meaning is not published. Volts have two decimals always, or the
first of those three bytes could be taken for a third.
"""

import re
from typing import Final

CHANGE: Final = re.compile(rb"C([01])")
REPORT: Final = re.compile(rb"K([01])(\d\.\d\d)([+-]\d{1,3}(?:\.\d{1,2})?)")
START: Final = re.compile(rb"R([01])(\d\.\d\d)([+-]\d{1,3}(?:\.\d{1,2})?)V([0-9A-Za-z.\-]{1,16})")
MALFUNCTION: Final = re.compile(rb"E(\d\.\d\d)(...)", re.DOTALL)
