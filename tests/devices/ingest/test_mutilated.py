"""100,000 bodies that were cut, flipped or made up, through the door: no crash, and nothing is said by what no codec reads."""

import base64
import json
import random
from collections.abc import Callable
from typing import Final

from devices.ingest.speaker import TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.registry import installed
from parking.raw.model import Outcome
from tests.devices.ingest.streams import NOW, FixedDirectory, door, entry

FRAMES: Final = 100_000
ANYBODY = TrustedSpeaker()
PROFILES: Final = installed().profiles("codec")
EUIS: Final = [f"{number:016x}" for number in range(1, len(PROFILES) + 1)]
CODES: Final = {"payload_invalid", "envelope_invalid", "unknown_device"}
"""What may be wrong with such a body; above all not `adapter_failed`."""


def mutilated(dice: random.Random) -> bytes:
    """Two of three are sound envelopes around made-up payloads, the third is damaged as a whole."""
    payload = dice.randbytes(dice.choice((0, 1, 2, 3, 4, 8, 11, 12, 17, 18, 23, 40)))
    message = {"session_key_id": "k", "f_port": dice.randrange(12), "f_cnt": 1, "frm_payload": _text(payload)}
    body = json.dumps({"end_device_ids": {"dev_eui": dice.choice(EUIS)}, "uplink_message": message}).encode()
    return DAMAGES[dice.randrange(3)](body, dice)


def _text(payload: bytes) -> str:
    return base64.b64encode(payload).decode()


def _flipped(body: bytes, dice: random.Random) -> bytes:
    spoilt = bytearray(body)
    for _ in range(dice.randrange(1, 4)):
        spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
    return bytes(spoilt[: dice.randrange(len(spoilt) + 1)]) if dice.random() < 1 / 3 else bytes(spoilt)


DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    lambda body, _: body,
    lambda body, _: body,
    _flipped,
)


def test_nothing_is_said_by_what_no_codec_reads_and_each_body_leaves_an_outcome() -> None:
    entries = [
        entry(eui, profile=(profile.vendor, profile.model, profile.versions[0]))
        for eui, profile in zip(EUIS, PROFILES, strict=True)
    ]
    ingest, _ = door(*entries)
    service = UplinkService(FixedDirectory(*entries), ingest, installed(), lambda: NOW)
    dice = random.Random(6)  # noqa: S311 - reproducible damage
    seen: set[str] = set()
    for _ in range(FRAMES):
        body = mutilated(dice)
        parcel = service.examine("things-stack-v3", body, ANYBODY)
        assert parcel.raw is not None
        assert parcel.raw.body is body
        (outcome,) = parcel.raw.outcomes
        assert _is_honest(outcome, len(parcel.observations), len(parcel.rejected)), (body, outcome)
        seen.add(outcome.kind)
    assert seen == {"data", "status", "undecodable", "refused", "unknown_device"}


def _is_honest(outcome: Outcome, observations: int, rejected: int) -> bool:
    if outcome.kind == "data":
        return outcome.code is None and rejected == 0
    return observations == 0 and (outcome.code is None or outcome.code in CODES)
