"""Reads the shared vectors: payloads and envelopes copied from public sources, with our reading of the same facts."""

import json
from pathlib import Path
from typing import Any

Vector = dict[str, Any]


def load(shared: Path, name: str) -> list[Vector]:
    """Every entry of a file of vectors; none, with one printed line, where the folder is not there."""
    path = shared / "vectors" / name
    if not path.exists():
        print(f"left out: {path} is not there")
        return []
    entries: list[Vector] = json.loads(path.read_bytes())["vectors"]
    return entries
