"""Reads the shared vectors: payloads and envelopes copied from public sources, with our reading of the same facts."""

import json
from pathlib import Path
from typing import Any

Vector = dict[str, Any]


def load(shared: Path, name: str) -> list[Vector]:
    """Every entry of a file of vectors."""
    entries: list[Vector] = json.loads((shared / "vectors" / name).read_bytes())["vectors"]
    return entries
