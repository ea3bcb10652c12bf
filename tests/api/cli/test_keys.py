"""`parking keys`: a key is printed once, listed without its secret, and revoked."""

import pytest
from click.testing import CliRunner

from api.cli.keys import command
from api.settings import DATABASE_URL, SECRET_KEY

pytestmark = pytest.mark.service


def test_key_is_made_listed_and_revoked(database_url: str) -> None:
    run = CliRunner(env={DATABASE_URL: database_url})
    made = run.invoke(command, ["create", "--role", "sensor", "--name", "gateway 7", "--device", "a", "--device", "b"])
    assert made.exit_code == 0, made.output
    key = made.output.strip()
    prefix, key_id, secret = key.split("_", 2)
    assert prefix == "sp"
    listed = run.invoke(command, ["list"]).output
    assert f"{key_id}\tsensor\tgateway 7\tall districts, 2 devices\temployer unknown\tactive" in listed
    assert secret not in listed
    wild = run.invoke(command, ["create", "--role", "integrator", "--name", "mall", "--facility", "*"])
    assert (wild.exit_code, "district or a company" in str(wild.exception)) == (1, True)
    assert run.invoke(command, ["employ", key_id, "--city"]).output == f"{key_id} works for the city\n"
    assert run.invoke(command, ["revoke", key_id]).exit_code == 0
    assert "revoked 2" in run.invoke(command, ["list"]).output


def test_secret_of_a_platform_is_kept_and_not_shown(database_url: str) -> None:
    run = CliRunner(env={DATABASE_URL: database_url, SECRET_KEY: "0123456789abcdef" * 4})
    key_id = run.invoke(command, ["create", "--role", "sensor", "--name", "OneNET"]).output.split("_")[1]
    kept = run.invoke(command, ["secret", key_id], input="a token\n")
    assert kept.exit_code == 0, kept.output
    assert f"/v1/uplinks/SOURCE/{key_id}" in kept.output
    assert "a token" not in kept.output + run.invoke(command, ["list"]).output
    assert run.invoke(command, ["secret", "0" * 12], input="a token\n").exit_code == 1
    without = CliRunner(env={DATABASE_URL: database_url, SECRET_KEY: ""}).invoke(
        command, ["secret", key_id], input="t\n"
    )
    assert "PARKING_SECRET_KEY" in str(without.exception)


def test_key_of_an_operator_is_warned_about_when_nobody_says_whom_it_works_for(database_url: str) -> None:
    run = CliRunner(env={DATABASE_URL: database_url})
    silent = run.invoke(command, ["create", "--role", "operator", "--name", "crew"])
    assert silent.stdout.startswith("sp_")
    assert "opens nothing of the money" in silent.stderr
    assert run.invoke(command, ["create", "--role", "operator", "--name", "crew", "--city"]).stderr == ""


@pytest.mark.parametrize(
    "words", [["--help"], ["create", "--help"], ["list", "--help"], ["revoke", "--help"], ["secret", "--help"]]
)
def test_help_has_an_example(words: list[str]) -> None:
    said = CliRunner().invoke(command, words)
    assert said.exit_code == 0
    assert "Example" in said.output
