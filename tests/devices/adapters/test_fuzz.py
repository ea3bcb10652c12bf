"""No frame crashes a codec: what is not allowed is a PayloadError.

100,000 frames over all codecs: captured ones that are cut, lengthened and flipped, and random ones.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from devices.manifest import Profile
from devices.ports import Codec, Message, PayloadError
from devices.registry import discover, installed

FRAMES = 100_000
RANDOM_SHARE = 0.2
CUT_SHARE = 0.2

CODECS = [
    (adapter.manifest.name, profile)
    for adapter in discover()
    if adapter.manifest.role == "codec" and adapter.package.startswith("devices.")
    for profile in adapter.manifest.profiles
]
EACH = FRAMES // len(CODECS) + 1

Sample = tuple[int, bytes]
"""Port and payload."""


@pytest.mark.parametrize(("adapter", "profile"), CODECS, ids=[profile.model for _, profile in CODECS])
def test_frame_is_read_or_refused_and_always_alike_when_it_is_damaged_or_random(adapter: str, profile: Profile) -> None:
    chance = random.Random(f"{profile.vendor}/{profile.model}")  # noqa: S311 - repeatable, not secret
    samples = _captured(adapter)
    codecs = {version: installed().codec_for(profile.vendor, profile.model, version) for version in profile.versions}
    for _ in range(EACH):
        version = chance.choice(profile.versions)
        port, payload = _frame(chance, samples)
        messages = _decoded(codecs[version], payload, port, version)
        if messages is not None:
            assert all(message.kind in profile.kinds for message in messages)
            assert repr(messages) == repr(_decoded(codecs[version], payload, port, version))


def _decoded(codec: Codec, payload: bytes, port: int, version: str) -> Sequence[Message] | None:
    """None for a frame that is refused; any other error than a refusal fails the test."""
    try:
        return codec.decode(payload, port=port, version=version)
    except PayloadError:
        return None


def _captured(adapter: str) -> list[Sample]:
    """What the adapter's own test holds; our own JSON has none, and its example stands in."""
    file = Path(__file__).parent / adapter / "data" / "captured.json"
    if not file.is_file():
        return [(0, b'{"observed_at":"2026-11-22T08:00:00Z","status":"occupied","sequence":17}')]
    frames = json.loads(file.read_bytes())["frames"]
    return [(frame.get("port", 1), bytes.fromhex(frame["hex"])) for frame in frames]


def _frame(chance: random.Random, samples: Sequence[Sample]) -> Sample:
    port, payload = chance.choice(samples)
    payload = chance.randbytes(chance.randrange(40)) if chance.random() < RANDOM_SHARE else _damaged(chance, payload)
    return (chance.randrange(256) if chance.random() < RANDOM_SHARE else port), payload


def _damaged(chance: random.Random, whole: bytes) -> bytes:
    """Cut, lengthened and flipped; now and then none of it."""
    damaged = bytearray(whole)
    how = chance.random()
    if how < CUT_SHARE:
        del damaged[chance.randrange(len(whole) + 1) :]
    elif how < 2 * CUT_SHARE:
        damaged += chance.randbytes(chance.randrange(1, 5))
    for _ in range(chance.randrange(4)):
        if damaged:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)
