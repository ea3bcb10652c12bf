"""Captured frames of one adapter, each with the message that it must decode to."""

import json
from pathlib import Path
from typing import Any

from devices.ports import Message

Frame = dict[str, Any]


def captured(folder: Path) -> list[Frame]:
    """The frames beside a test; the file names where they were captured."""
    content = json.loads((folder / "data" / "captured.json").read_bytes())
    assert content["source"]
    frames: list[Frame] = content["frames"]
    return frames


def expected(frame: Frame) -> Message:
    return Message(
        kind=frame["kind"],
        status=frame["status"],
        battery_v=frame.get("battery_v"),
        temperature_c=frame.get("temperature_c"),
        fields=frame["fields"],
    )
