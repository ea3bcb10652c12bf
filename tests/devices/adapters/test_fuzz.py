"""No frame crashes a codec and no body crashes a platform: what is not allowed is a PayloadError.

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
BODIES_EACH = 20_000
BODIES = (
    (
        b'{"end_device_ids":{"dev_eui":"0004A30B001C0530"},"uplink_message":{"session_key_id":"AXA5","f_cnt":1,'
        b'"f_port":1,"frm_payload":"AQ==","rx_metadata":[{"time":"2020-02-12T15:15:45.787Z"}]}}'
    ),
    (
        b'{"deduplicationId":"3ac7e3c4","deviceInfo":{"devEui":"0101010101010101"},"devAddr":"00189440","fPort":1,'
        b'"data":"AQ==","rxInfo":[{"gwTime":"2020-02-12T15:15:45.787Z"}],"time":"2022-07-18T09:34:15.775023242+00:00"}'
    ),
)

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


@pytest.mark.parametrize("source", installed().sources())
def test_only_payload_errors_are_raised_when_bodies_are_damaged(source: str) -> None:
    chance = random.Random(source)  # noqa: S311 - repeatable, not secret
    platform = installed().platform(source)
    for _ in range(BODIES_EACH):
        try:
            uplinks = platform.parse(
                _damaged(chance, chance.choice(BODIES)), event=chance.choice(("", "up", "join", "x"))
            )
        except PayloadError:
            continue
        assert len(uplinks) == 1


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
