"""How long each kind of history is kept, and how long it must be."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

LEAST_READINGS: Final = timedelta(days=70)
"""A space is told anew from up to 64 days before a frame that may be a day late (`told_anew.py`)."""
LEAST_CHANGES: Final = timedelta(days=100)
"""As above, and the statements of a quarter look at its closures and silences."""
LEAST_HOURS: Final = timedelta(days=400)
"""A year and the month that is compared with it."""


@dataclass(frozen=True, kw_only=True)
class HistoryKept:
    """Whole months go when all of it is older."""

    readings: timedelta = timedelta(days=180)
    """The dispute period: what a device said can be looked at for as long as a stay can be disputed."""
    changes: timedelta = timedelta(days=400)
    hours: timedelta = timedelta(days=1100)
