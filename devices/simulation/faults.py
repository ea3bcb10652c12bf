"""What goes wrong between a vehicle and the platform, as rates; all of it is seen in the field.

Source of the list: 82 nodes over a year and the issue threads of the LoRaWAN network servers (missed detections, lost
frames, the same frame handed over twice, frames held back for minutes, resets).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Probabilities per event, 0 to 1."""

    missed: float = 0.01
    """A vehicle comes or goes and the detector does not notice: its word stays wrong until the next change."""
    lost: float = 0.01
    """A frame is sent and never arrives; its number is missing in the count."""
    duplicate: float = 0.01
    """A frame arrives a second time, some seconds later."""
    late: float = 0.005
    """A frame is held back and arrives after younger ones."""
    reboot: float = 0.002
    """Per heartbeat: the device starts anew, with a new session and its counter at zero."""
    late_s: tuple[float, float] = (5.0, 60.0)
    duplicate_s: tuple[float, float] = (0.5, 10.0)


USUAL: Final = Faults()
NONE: Final = Faults(missed=0.0, lost=0.0, duplicate=0.0, late=0.0, reboot=0.0)
