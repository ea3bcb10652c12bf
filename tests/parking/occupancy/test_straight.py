"""What is known at first sight is what the whole rules say, for whatever may come."""

import random
from collections import Counter

import msgspec

from parking.occupancy.device_window import NEW_DEVICE, DeviceWindow
from parking.occupancy.evidence import Observation
from parking.occupancy.model import SpaceState
from parking.occupancy.straight import straight
from parking.occupancy.transition import Disposition, observe, silenced
from tests.parking.occupancy.samples import SECOND, T0, reading

ROUNDS = 6000


def test_short_way_ends_where_the_long_one_does() -> None:
    """Devices count on, repeat themselves, come late, wrap, restart, change session, fall silent and are distrusted."""
    chance = random.Random(7)  # noqa: S311 - a load, no secret
    letters: Counter[Disposition] = Counter()
    windows: dict[str, DeviceWindow] = {}
    state = SpaceState("z1", since=T0)
    counters: Counter[str] = Counter()
    session = 0
    for step in range(ROUNDS):
        device = "d2" if chance.random() < 0.05 else "d1"
        ahead = 1 if chance.random() < 0.95 else chance.choice((2, 300, 0, -1, -400))
        counters[device] = max(0, counters[device] + ahead) % 1000
        session += chance.random() < 0.03
        item = _reading(chance, device, step, counters[device], f"joined-{session}")
        window = windows.get(device, NEW_DEVICE)
        if chance.random() < 0.01:
            state = silenced(state, item.observed_at)
        if chance.random() < 0.02:
            state = msgspec.structs.replace(state, since=None, closed_until=T0, closed_for="works")
        expected = observe(window, state, item)
        short = straight(window, state, item)
        if short is not None:
            assert short == expected
            letters[short[2]] += 1
        windows[device], moved, _ = expected
        assert moved is not None
        state = moved
    assert letters["c"] > ROUNDS // 20
    assert letters["a"] > ROUNDS // 20
    assert letters.keys() == {"a", "c"}


def test_space_that_nobody_defined_takes_the_long_way() -> None:
    assert straight(NEW_DEVICE, None, reading()) is None


def _reading(chance: random.Random, device: str, step: int, sequence: int, session: str) -> Observation:
    odd = chance.random()
    at = T0 + step * SECOND - (chance.choice((0, 1, 2, 70)) * SECOND if chance.random() < 0.1 else 0)
    return Observation(
        device,
        "s1",
        "z1",
        chance.choice(("change", "restate")) if odd < 0.95 else chance.choice(("startup", "fault", "telemetry")),
        chance.choice(("occupied", "free")) if odd < 0.98 else None,
        at,
        at + (-SECOND if chance.random() < 0.05 else SECOND),
        chance.choice((900, 900, 60)),
        session,
        sequence if chance.random() < 0.97 else None,
        event_id=f"e{step}" if chance.random() < 0.03 else None,
        confidence=chance.choice((None, 0.7, 0.0)) if chance.random() < 0.1 else None,
        previous_s=(1, 2) if chance.random() < 0.1 else None,
        trusted=chance.random() > 0.01,
        source=chance.choice((None, "geomagnetic")),
    )
