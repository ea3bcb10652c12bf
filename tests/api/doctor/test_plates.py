"""The doctor says whether plates can be sealed, without showing the key."""

import pytest

from api.doctor.finding import Grade
from api.doctor.plates import check_plate_key
from api.settings import Settings

DATABASE = {"PARKING_DATABASE_URL": "postgresql://x@127.0.0.1/p"}


@pytest.mark.parametrize(
    ("environment", "grade"),
    [
        ({}, Grade.OK),
        (DATABASE, Grade.WARN),
        (DATABASE | {"PARKING_PLATE_KEY": "n" * 32 + "," + "o" * 32}, Grade.OK),
        (DATABASE | {"PARKING_PLATE_KEY": "n" * 32 + ",short"}, Grade.FAIL),
    ],
)
def test_finding_is_as_grave_as_it_is_when_the_key_is_so(environment: dict[str, str], grade: Grade) -> None:
    finding = check_plate_key(Settings.from_environment(environment))
    assert finding.grade is grade
    assert "nnn" not in finding.line()
    assert ",short" not in finding.line()
