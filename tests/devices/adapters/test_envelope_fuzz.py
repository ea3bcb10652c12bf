"""No body crashes a platform: what is not allowed is a PayloadError, and what is read has a form that the door knows."""

import json
import random
from pathlib import Path

import pytest

from devices.ports import PayloadError, PlatformSecret, SignatureError
from devices.registry import installed

ROUNDS = 10_000
SECRET = PlatformSecret("token", "AAAAAAAAAAAAAAAAAAAAAA==")
PARTS = (
    b"null",
    b"0",
    b"-1",
    b"1e999",
    b"{}",
    b"[]",
    b'""',
    b"true",
    b'"\\ud800"',
    b"9" * 400,
    b'"' + b"x" * 200 + b'"',
)
"""What takes the place of a value here and there."""


@pytest.mark.parametrize("source", installed().sources())
def test_only_payload_errors_are_raised_when_bodies_are_damaged(repository: Path, source: str) -> None:
    chance = random.Random(source)  # noqa: S311 - repeatable, not secret
    platform, signing = installed().platform(source), installed().signing(source)
    bodies = _bodies(repository, installed().platform_manifest(source).name)
    read = 0
    for _ in range(ROUNDS):
        body = _damaged(chance, chance.choice(bodies))
        try:
            uplinks = platform.parse(body, event=chance.choice(("", "up", "join", "status", "log", "x")))
        except PayloadError:
            continue
        read += 1
        for uplink in uplinks:
            assert 0 <= uplink.port <= 255
            assert uplink.device_id or uplink.kind == "error"
            assert uplink.kind == "data" or uplink.payload == b"" or uplink.detail
        if signing is not None:
            with pytest.raises(SignatureError):
                signing.open(body, SECRET)
    # Damage that never leaves a readable body would try nothing but the reader of JSON.
    assert ROUNDS // 20 < read < ROUNDS


def _bodies(repository: Path, name: str) -> list[bytes]:
    captured = json.loads(
        (repository / "tests" / "devices" / "adapters" / name / "data" / "captured.json").read_bytes()
    )
    return [json.dumps(body).encode() for key, body in captured.items() if key != "source"]


def _damaged(chance: random.Random, whole: bytes) -> bytes:
    """Cut, flipped, or with a value replaced by one of another kind."""
    turn = chance.random()
    if turn < 0.1:
        return whole[: chance.randrange(len(whole) + 1)]
    if turn < 0.5:
        colons = [place for place, byte in enumerate(whole) if byte == ord(":")]
        start = chance.choice(colons) + 1
        end = min((place for mark in b",}" if (place := whole.find(mark, start)) > 0), default=len(whole))
        return whole[:start] + chance.choice(PARTS) + whole[end:]
    damaged = bytearray(whole)
    for _ in range(chance.randrange(3)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)
