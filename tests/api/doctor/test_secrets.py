"""The finding about the secret that processes share."""

from dataclasses import replace

import pytest

from api.doctor.finding import Grade
from api.doctor.secrets import check_secret_key
from api.settings import Settings

NOTHING = Settings.from_environment({})
SET = replace(NOTHING, database_url="postgresql://d", secret_key="x" * 32)


@pytest.mark.parametrize(
    ("settings", "grade"),
    [
        (NOTHING, Grade.OK),
        (SET, Grade.OK),
        (replace(SET, secret_key=None), Grade.WARN),
        (replace(SET, secret_key="hush"), Grade.WARN),
    ],
)
def test_finding_says_what_to_do_and_never_the_secret(settings: Settings, grade: Grade) -> None:
    finding = check_secret_key(settings)
    assert finding.grade is grade
    assert bool(finding.remedy) == (grade is Grade.WARN)
    assert "hush" not in finding.line()
