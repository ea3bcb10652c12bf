"""No frame crashes a codec and no body crashes a platform: what is not allowed is a PayloadError."""

import random

import pytest

from devices.manifest import Profile
from devices.ports import PayloadError
from devices.registry import installed

ROUNDS = 20_000
FRAMES = (
    "01",
    "01ff",
    "240300007503000000000000001d020301",
    "3f01013766002100201c01011566010302015e026700f0010101cafebabe",
    "0302016d026700e1156600",
)
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


@pytest.mark.parametrize("profile", installed().profiles("codec"), ids=lambda profile: profile.model)
def test_only_payload_errors_are_raised_when_frames_are_random_or_cut(profile: Profile) -> None:
    chance = random.Random(profile.model)  # noqa: S311 - repeatable, not secret
    for _ in range(ROUNDS):
        version = chance.choice(profile.versions)
        codec = installed().codec_for(profile.vendor, profile.model, version)
        try:
            messages = codec.decode(_frame(chance), port=chance.randrange(9), version=version)
        except PayloadError:
            continue
        assert all(message.kind in profile.kinds for message in messages)


@pytest.mark.parametrize("source", installed().sources())
def test_only_payload_errors_are_raised_when_bodies_are_damaged(source: str) -> None:
    chance = random.Random(source)  # noqa: S311 - repeatable, not secret
    platform = installed().platform(source)
    for _ in range(ROUNDS):
        try:
            uplinks = platform.parse(
                _damaged(chance, chance.choice(BODIES)), event=chance.choice(("", "up", "join", "x"))
            )
        except PayloadError:
            continue
        assert len(uplinks) == 1


def _frame(chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return chance.randbytes(chance.randrange(40))
    return _damaged(chance, bytes.fromhex(chance.choice(FRAMES)))


def _damaged(chance: random.Random, whole: bytes) -> bytes:
    cut = bytearray(whole[: chance.randrange(len(whole) + 1)] if chance.random() < 0.3 else whole)
    for _ in range(chance.randrange(4)):
        if cut:
            cut[chance.randrange(len(cut))] = chance.randrange(256)
    return bytes(cut)
