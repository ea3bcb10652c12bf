"""What a data folder remembers of its demonstration."""

import json
from pathlib import Path

import pytest

from api.installation.demonstration_record import Demonstration, read_demonstration, write_demonstration
from parking.domain.errors import InvalidInputError


def test_record_is_private_and_read_back(tmp_path: Path) -> None:
    kept = Demonstration(seed=1, speed=2.0, keys={"sensor": "sp_x"}, device_mqtt_url="mqtt://h")
    write_demonstration(tmp_path, kept)
    assert read_demonstration(tmp_path) == kept
    (file,) = tmp_path.iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"changed": []}))
    assert read_demonstration(tmp_path) == kept, "the file of another version"
    assert file.stat().st_mode & 0o077 == 0
    file.write_text(json.dumps({"seed": "one"}))
    with pytest.raises(InvalidInputError):
        read_demonstration(tmp_path)
