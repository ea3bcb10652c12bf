"""`parking modules` against a real database: what is on, switching, setting up, and refusals in one line."""

import pytest
from click.testing import CliRunner, Result

from api.cli.modules import command
from parking.domain.errors import ParkingError


@pytest.fixture(autouse=True)
def _address(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKING_DATABASE_URL", database_url)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=True)


def test_module_is_switched_and_set_up() -> None:
    assert run("list").output == "street_cleaning\t1.0.0\ton\tStreet cleaning windows\t{}\n"
    assert run("disable", "street_cleaning").output == "street_cleaning is off, its restrictions are released\n"
    assert "\toff\t" in run("list").output
    done = run("enable", "street_cleaning", "--set", "notice_minutes=60", "--set", "severity=tow")
    assert done.output == "street_cleaning is on\n"
    assert run("enable", "street_cleaning", "--set", "notice_minutes=5").exit_code == 0
    assert run("list").output.endswith('\ton\tStreet cleaning windows\t{"severity":"tow","notice_minutes":5}\n')


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("enable", "nothing"), "module_unknown"),
        (("disable", "nothing"), "module_unknown"),
        (("enable", "street_cleaning", "--set", "notice_minutes=-1"), "config_invalid"),
        (("enable", "street_cleaning", "--set", "notice_minutes"), "config_invalid"),
    ],
)
def test_refusal_has_a_code_when_the_order_cannot_be_done(arguments: tuple[str, ...], code: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, ParkingError)
    assert error.code == code
