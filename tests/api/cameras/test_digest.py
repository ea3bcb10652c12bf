"""HTTP digest as cameras answer it: a known answer, our own nonces, and everything else refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.cameras import digest
from api.cameras.digest import REALM, Challenge, Credentials, Nonces

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NONCES = Nonces(b"secret")
URI = "/v1/cameras/hikvision"


def answered(word: str = "pw", *, at: datetime = NOW, stale: bool = False) -> Credentials:
    """As httpx answers our challenge: a client that shares no code with us."""
    request = httpx.Request("POST", f"http://platform{URI}")
    flow = httpx.DigestAuth("cam", word).auth_flow(request)
    next(flow)
    header = Challenge(NONCES.make(at), is_stale=stale).header
    asked = httpx.Response(401, headers={"WWW-Authenticate": header}, request=request)
    found = digest.read(flow.send(asked).headers["Authorization"])
    assert found is not None
    return found


def verdict(credentials: Credentials, *, method: str = "POST", now: datetime = NOW) -> bool | None:
    return digest.verified(
        credentials, NONCES, method=method, now=now, password_of=lambda name: "pw" if name == "cam" else None
    )


def test_camera_is_known_when_it_answers_the_challenge() -> None:
    assert verdict(answered()) is True


def test_old_challenge_is_asked_anew_when_it_would_be_right() -> None:
    assert verdict(answered(), now=NOW + timedelta(minutes=6)) is None
    assert "stale=true" in Challenge("n", is_stale=True).header


@pytest.mark.parametrize(
    "credentials",
    [
        answered("wrong"),
        replace(answered(), username="nobody"),
        replace(answered(), uri="/other"),
        replace(answered(), nonce="5f0-" + "0" * 32),
        replace(answered(), nonce="é"),
        replace(answered(), response=answered().response[:-1] + "x"),
        replace(answered(), nonce_count="00000002"),
    ],
)
def test_camera_is_refused_when_anything_differs(credentials: Credentials) -> None:
    assert verdict(credentials) is False
    assert verdict(answered(), method="PUT") is False


def test_known_answer_is_right_when_an_old_client_sends_no_quality() -> None:
    nonce = NONCES.make(NOW)
    secret, asked = digest._hash(f"cam:{REALM}:pw"), digest._hash(f"POST:{URI}")
    response = digest._hash(f"{secret}:{nonce}:{asked}")
    old = digest.read(f'Digest username="cam", realm="{REALM}", nonce="{nonce}", uri="{URI}", response="{response}"')
    assert old is not None
    assert verdict(old) is True


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic x",
        "Digest",
        'Digest username="cam"',
        'Digest username="c", nonce="n", uri="/", response="r", realm="x"',
    ],
)
def test_header_is_no_digest_of_ours_when_it_lacks_something(header: str) -> None:
    assert digest.read(header) is None


def test_address_is_the_one_that_was_signed_when_the_host_stands_before_it() -> None:
    assert digest.names_path("http://192.0.2.1:8000/v1/cameras/dahua?x=1", "/v1/cameras/dahua?x=1")
    assert not digest.names_path("/v1/cameras/dahua", "/v1/cameras/hikvision")
