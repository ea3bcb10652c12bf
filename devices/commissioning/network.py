"""What the counters of a device and the network tell of a test: what was lost, and how well it was heard; pure."""

from collections.abc import Iterable, Sequence
from statistics import median

from devices.commissioning.judging import Network, Said
from devices.health.counter import Counter, count
from parking.domain.clock import to_micros
from parking.raw.model import Outcome


def network_of(said: Sequence[Said], outcomes: Sequence[Outcome]) -> Network:
    """Of readings and of what became of raw messages, each in order of receipt.

    A message is counted once however often it is in either, so that a frame which nobody could read is not a lost one.
    """
    expected, received = _counted(
        sorted(
            [
                *((to_micros(one.at), one.session, one.sequence, one.kind == "startup") for one in said),
                *((one.server_at or 0, one.session, one.sequence, False) for one in outcomes if one.server_at),
            ],
            key=lambda one: one[0],
        )
    )
    return Network(
        expected=expected or None,
        lost=max(0, expected - received) if expected else None,
        rssi_dbm=_middle(one.rssi_dbm for one in outcomes),
        snr_db=_middle(one.snr_db for one in outcomes),
    )


def _counted(messages: Iterable[tuple[int, str | None, int | None, bool]]) -> tuple[int, int]:
    """Messages expected and received; the counter itself forgets what is a day old, so its hours are added up here."""
    counter, expected, received = Counter(), 0, 0
    for at, session, sequence, restarted in messages:
        if sequence is None:
            continue
        count(counter, session, sequence, at, restarted=restarted)
        while len(counter.hours) > 1:
            hour = counter.hours.pop(0)
            expected, received = expected + hour.expected, received + hour.received
    expected += sum(hour.expected for hour in counter.hours)
    received += sum(hour.received for hour in counter.hours)
    return expected, received


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
