"""How OneNET proves itself: the known answer, every changed letter, and both ciphers."""

import base64
import json
from hashlib import md5
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from devices.adapters.nbiot_onenet.adapter import PLATFORM
from devices.adapters.nbiot_onenet.signing import SIGNING
from devices.ports import PayloadError, PlatformSecret, SignatureError
from tests.devices.adapters.vectors import load

NONCE = "abcd1234"
SECRET = PlatformSecret("parktest")
POINT = '{"type":1, "ds_id":"3302_0_5500","dev_id":7,"value":1,"at":1698225805722}'


def signature(msg: str, token: str = SECRET.token) -> str:
    digest = md5(f"{token}{NONCE}{msg}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def enciphered(key: bytes, plain: bytes) -> str:
    padder = PKCS7(AES.block_size).padder()
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def test_known_answer_is_accepted_and_every_changed_letter_refused(shared: Path) -> None:
    (known,) = (v["body"] for v in load(shared, "envelopes.json") if v["id"] == "onenet-signature-kat")
    query = {name: known[name] for name in ("msg", "nonce", "signature")}
    assert SIGNING.answer(query, PlatformSecret(known["token"])) == known["msg"]
    for name, text in query.items():
        for place, letter in enumerate(text):
            changed = text[:place] + ("A" if letter != "A" else "B") + text[place + 1 :]
            with pytest.raises(SignatureError):
                SIGNING.answer(query | {name: changed}, PlatformSecret(known["token"]))


def test_address_is_confirmed_when_the_plus_of_the_signature_came_as_a_space() -> None:
    msg = next(f"check-{n}" for n in range(1000) if "+" in signature(f"check-{n}"))
    query = {"msg": msg, "nonce": NONCE, "signature": signature(msg).replace("+", " ")}
    assert SIGNING.answer(query, SECRET) == msg


def test_body_is_proved_as_it_travelled_when_msg_is_an_object() -> None:
    body = f'{{"msg": {POINT} ,"nonce":"{NONCE}","msg_signature":"{signature(POINT)}"}}'.encode()
    assert SIGNING.open(body, SECRET) == body
    with pytest.raises(SignatureError):
        SIGNING.open(body.replace(b'"value":1', b'"value":0'), SECRET)


def test_body_is_proved_when_msg_is_a_text() -> None:
    body = json.dumps({"msg": POINT, "nonce": NONCE, "signature": signature(POINT)}).encode()
    assert SIGNING.open(body, SECRET) == body
    with pytest.raises(SignatureError):
        SIGNING.open(body, PlatformSecret("another"))


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"{}", b'{"nonce":"a"}', b'{"msg":1,"nonce":"a","signature":"\xc3\xa9"}']
)
def test_body_is_refused_when_it_carries_no_signature(body: bytes) -> None:
    with pytest.raises(SignatureError):
        SIGNING.open(body, SECRET)


@pytest.mark.parametrize("name", ["msg", "nonce", "signature"])
def test_address_is_not_confirmed_when_a_part_is_missing(name: str) -> None:
    query = {"msg": "check", "nonce": NONCE, "signature": signature("check")}
    with pytest.raises(SignatureError):
        SIGNING.answer({key: value for key, value in query.items() if key != name}, SECRET)


def test_message_is_read_when_the_older_product_enciphers_it() -> None:
    key = bytes(range(32))
    plain = bytes(16) + len(POINT).to_bytes(4, "big") + POINT.encode()
    text = enciphered(key, plain)
    secret = PlatformSecret(SECRET.token, base64.b64encode(key).decode().rstrip("="))
    body = json.dumps({"enc_msg": text, "nonce": NONCE, "msg_signature": signature(text)}).encode()
    (uplink,) = PLATFORM.parse(SIGNING.open(body, secret))
    assert json.loads(uplink.payload) == {"3302/0/5500": 1}


def test_message_is_read_when_the_newer_product_enciphers_it() -> None:
    key = bytes(range(16))
    text = enciphered(key, POINT.encode())
    secret = PlatformSecret(SECRET.token, base64.b64encode(key).decode())
    body = json.dumps({"msg": text, "nonce": NONCE, "signature": signature(text)}).encode()
    (uplink,) = PLATFORM.parse(SIGNING.open(body, secret))
    assert json.loads(uplink.payload) == {"3302/0/5500": 1}


@pytest.mark.parametrize(
    "key", ["", "no base64", base64.b64encode(bytes(16)).decode(), base64.b64encode(bytes(7)).decode()]
)
def test_proved_message_is_an_error_record_when_it_cannot_be_deciphered(key: str) -> None:
    text = enciphered(bytes(range(16)), POINT.encode())
    body = json.dumps({"enc_msg": text, "nonce": NONCE, "msg_signature": signature(text)}).encode()
    with pytest.raises(PayloadError):
        SIGNING.open(body, PlatformSecret(SECRET.token, key))
