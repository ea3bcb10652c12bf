"""When a fault is a fault: every threshold with its reason, in one place.

A fault opens at one bound and closes at another, further away, so that a figure which wavers around a bound neither opens
nor closes it again and again.
"""

from dataclasses import dataclass
from typing import Final

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Times in microseconds. `devices.md` is `../shared/reference/devices.md`."""

    loss_opens: float = 0.10
    """Of a day's messages; three times the loss for which devices.md 5.4 gives the accuracy of a single sensor."""
    loss_closes: float = 0.05
    least_lost: int = 8
    """Eight of a day: with the usual 3 % of at most 80 messages that is less likely than one in 500."""

    battery_low_pct: float = 10.0
    """As the stock of a payment terminal that somebody has to go to (`devices.terminals`)."""
    battery_fine_pct: float = 15.0
    battery_low_v: float = 0.1
    """Above the voltage at which the device stops; lithium cells fall steeply from there."""
    battery_fine_v: float = 0.2
    battery_flag_kept: int = 2 * DAY
    """Some devices say once that their battery is low, others in each message: silence about it for two days is an answer."""
    battery_days: int = 14
    """A slope over fewer days is that of the weather: cells lose voltage in the cold."""
    battery_ending_days: int = 60
    """Time to order batteries or devices and to plan a round."""
    battery_lasting_days: int = 75

    flap_changes: int = 10
    flap_within: int = 10 * MINUTE
    """A bay for setting down passengers, never empty for over half a minute, with stays of two: eight changes in ten minutes."""
    flap_ratio: float = 10.0
    """As often as each of its neighbours meanwhile: before a school or after a match a whole street comes and goes."""
    flap_calm: int = 3 * HOUR
    """Longer than trams and trains let a device rest by day."""

    stuck_turnovers: float = 20.0
    """Changes that the device should have seen by those of its neighbours and by its own share in the past. If cars came
    at random, a device in order would miss so many once in 480 million times; the margin is for residents who stay."""
    stuck_after: int = DAY
    stuck_neighbours: int = 3
    """Fewer than three that moved tell nothing of the fourth."""

    turnover_half: float = 20.0
    """Changes of each neighbour after which the past counts half: a busy street is judged in a day, a calm one in weeks."""
    turnover_least: float = 25.0
    """Changes that should have been seen. The sum that fades has half the variance of a plain count, so that a device in
    order sees three tenths of them or fewer once in two million times, if cars come at random."""
    turnover_few: float = 0.3
    turnover_many: float = 3.0
    """Times as many as its neighbours' and its own past let expect; stays at one kerb differ by less."""

    drift_opens: float = 0.5
    """Of what a vehicle does to the field: half-way to being taken for one."""
    drift_distrusts: float = 1.0
    """The empty space looks as a full one did."""
    drift_closes: float = 0.35

    disagreement_opens: float = 0.15
    """Share of the time. Two sources that are right 98 % and 95 % of the time (devices.md 5.1 and 5.4) differ in 7 %."""
    disagreement_closes: float = 0.08
    disagreement_least: int = 12 * HOUR
    """Time in which both have spoken, before they are compared."""
    people_least: int = 3
    """Persons who stood at the space and said otherwise, within the days below."""
    people_distrust: int = 5
    people_within: int = 7 * DAY

    clock_opens: int = 120 * SECOND
    """devices.md 5.3: jumps over 120 s."""
    clock_closes: int = 60 * SECOND
    clock_spread: int = 30 * SECOND
    """An offset that is known no better corrects nothing."""

    restarts_open: int = 4
    """A device restarts when its battery is changed or its software renewed, not four times a day."""
    restarts_close: int = 1
    restarts_within: int = DAY
    restart_is_one: int = 5 * MINUTE
    """A join, a start-up frame and a report of one restart lie close together."""

    undecodable_opens: int = 3
    """One may be broken on its way, three within a day are a wrong profile or firmware."""
    undecodable_within: int = DAY
    undecodable_closes: int = 5
    """Messages in a row that could be read."""

    reports_close: int = 2
    """Messages in a row about the space without the complaint."""


USUAL: Final = Policy()
