"""Captured frames of one adapter, each with the message that it must decode to."""

import json
from pathlib import Path
from typing import Any

from devices.ports import Message
from devices.registry import installed
from parking.domain.clock import parse_instant

Frame = dict[str, Any]


def captured(folder: Path) -> list[Frame]:
    """The frames beside a test; the file names where they were captured."""
    content = json.loads((folder / "data" / "captured.json").read_bytes())
    assert content["source"]
    frames: list[Frame] = content["frames"]
    return frames


def expected(frame: Frame) -> Message:
    """Every field of the message is stated by the frame, or has its default."""
    told = {name: frame[name] for name in Message.__struct_fields__ if name in frame}
    for name in ("previous_s", "magnetic"):
        if name in told:
            told[name] = tuple(told[name])
    if "device_at" in told:
        told["device_at"] = parse_instant(told["device_at"])
    return Message(**told)


def check(vendor: str, folder: Path, model: str = "") -> None:
    """Every captured frame decodes to exactly what stands beside it; `model` where the frames do not name theirs."""
    for frame in captured(folder):
        codec = installed().codec_for(vendor, frame.get("model", model), frame["version"])
        (message,) = codec.decode(bytes.fromhex(frame["hex"]), port=frame["port"], version=frame["version"])
        assert message == expected(frame), frame["hex"]
