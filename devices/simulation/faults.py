"""What goes wrong between a vehicle and the platform: rates and switches, all of them seen in the field.

Source of the list: `../shared/reference/devices.md` 5.2. Rates are probabilities per event; switches hold while they are set.
What fails when, for which device, is a script of `failures.Failing`, which puts other faults in force for a time.
"""

from dataclasses import dataclass
from typing import Final

from parking.occupancy.evidence import SelfReport

LARGEST_COUNTER_BITS: Final = 32


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Probabilities per event, 0 to 1, and what is simply so."""

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

    doubled: float = 0.0
    """The detector tells one change twice, as two frames of its own."""
    phantom: float = 0.0
    """Per heartbeat: a neighbour's car or a passing lorry is taken for a vehicle, or hides one, for a moment."""
    phantom_s: tuple[float, float] = (20.0, 60.0)
    blind: float = 0.0
    """A vehicle with a high chassis is lost while it stands there, and found again."""
    blind_s: tuple[float, float] = (10.0, 60.0)
    rejoin: float = 0.0
    """Per heartbeat: the device joins the network anew; its counter begins at zero and it does not say why."""
    garbled: float = 0.0
    """A frame has bytes that no profile allows: broken memory, or firmware that nobody registered."""

    is_stuck: bool = False
    """The detector says for ever what it said last, and its heartbeats go on."""
    has_metal: bool = False
    """Something of iron was left in the bay: what came is noticed, that it left is not."""
    is_flapping: bool = False
    """A tram line or a transformer: changes that no vehicle made, several a minute."""
    is_silent: bool = False
    is_fading: bool = False
    """The battery goes from full to empty while this lasts, and then there is silence."""
    is_held: bool = False
    """The gateway is cut off: it keeps every frame and hands all over at once when it is back."""
    is_dropped: bool = False
    """The platform pauses its push, and what it would have told is gone."""
    resets_state: bool = False
    """After a reboot the device says free, whatever stands on it."""
    complaint: SelfReport | None = None
    """What the device says is wrong with itself, where its frames have a place for it."""
    drift_per_h: float = 0.0
    """How far the magnetic field of the empty space wanders in an hour, in what a vehicle does to it."""
    clock_off_s: float = 0.0
    """The device's own clock against the true one: 28,800 is China's time sent as UTC."""
    has_no_clock: bool = False
    """The device counts from 1970, because nobody ever set its clock."""
    counter_bits: int = LARGEST_COUNTER_BITS
    """Of a device that counts its messages itself."""


USUAL: Final = Faults()
NONE: Final = Faults(missed=0.0, lost=0.0, duplicate=0.0, late=0.0, reboot=0.0)
