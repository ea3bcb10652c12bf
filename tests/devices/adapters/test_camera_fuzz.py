"""No body crashes a camera's adapter: what is damaged is a PayloadError, and plates never stand in a sighting's text."""

import json
import random
from pathlib import Path

import pytest

from devices.ports import PayloadError
from devices.registry import installed

ROUNDS = 2_000
JPEG = b"\xff\xd8\xff\xe0" + bytes(64) + b"\xff\xd9"


@pytest.mark.parametrize("maker", installed().makers())
def test_only_payload_errors_are_raised_when_bodies_are_damaged(maker: str) -> None:
    chance = random.Random(maker)  # noqa: S311 - repeatable, not secret
    camera = installed().camera(maker)
    bodies = _bodies(maker)
    parsed = 0
    for _ in range(ROUNDS):
        whole = chance.choice(bodies)
        try:
            sightings = camera.parse(
                _damaged(chance, whole),
                media_type=chance.choice(("", "multipart/mixed; boundary=b", "text/xml")),
                event="c/x",
            )
        except PayloadError:
            continue
        parsed += 1
        assert all(sighting.status in {"occupied", "free", None} for sighting in sightings)
        assert all(sighting.plate is None or sighting.plate not in repr(sighting) for sighting in sightings)
    assert parsed > 0


def _bodies(maker: str) -> list[bytes]:
    folder = Path(__file__).parent / f"camera_{maker}" / "data"
    captured = json.loads((folder / "captured.json").read_bytes())
    listed = [one["payload"] for one in captured.pop("events", [])]
    listed += [value for name, value in captured.items() if name not in {"source", "prefix"}]
    plain = [value.encode() if isinstance(value, str) else json.dumps(value).encode() for value in listed]
    return plain + [
        b"--b\r\nContent-Type: text/plain\r\n\r\n" + one + b"\r\n--b\r\n\r\n" + JPEG + b"\r\n--b--" for one in plain
    ]


def _damaged(chance: random.Random, whole: bytes) -> bytes:
    cut = bytearray(whole[: chance.randrange(len(whole) + 1)] if chance.random() < 0.3 else whole)
    for _ in range(chance.randrange(4)):
        if cut:
            cut[chance.randrange(len(cut))] = chance.randrange(256)
    return bytes(cut)
