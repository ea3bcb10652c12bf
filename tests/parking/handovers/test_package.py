"""A package tells every alteration of it, without any service."""

import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.domain.errors import InvalidInputError, UnavailableError
from parking.evidence.custody import Deed, Details, following, told
from parking.handovers.package import Json, PackageUnreadableError, Piece, sealed_package, verified
from parking.handovers.signing import SigningKey, VerifyingKey

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
KEY, OTHER = SigningKey("s" * 32), SigningKey("t" * 32)
HANDOVER: Json = {"handover": "H1", "case_number": "17", "authority": {"kind": "court", "name": "法院"}}
FACTS: Json = {"stays": [{"id": "A", "plate": "鲁C88123"}]}
CONTENT = b"\xff\xd8\xff a picture"


def chain(evidence_id: str, content: bytes = CONTENT) -> list[Json]:
    deeds: list[tuple[Deed, Details]] = [
        ("received", {"sha256": sha256(content).hexdigest()}),
        ("looked", {"purpose": "A-17"}),
        ("handed_over", {"handover": "H1"}),
    ]
    entries, last = [], None
    for number, (deed, details) in enumerate(deeds):
        at = NOON + timedelta(minutes=number)
        last = following(last, evidence_id=evidence_id, at=at, actor="account:li", deed=deed, details=details)
        entries.append(told(last))
    return entries


def piece(evidence_id: str) -> Piece:
    return Piece(evidence_id=evidence_id, media_type="image/jpeg", content=CONTENT, told={}, chain=chain(evidence_id))


PACKAGE = sealed_package(HANDOVER, FACTS, [piece("E1"), piece("E2")], KEY)


def files_of(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return written.getvalue()


def altered(change: Callable[[dict[str, bytes]], object]) -> list[str]:
    files = files_of(PACKAGE)
    change(files)
    return verified(packed(files)).complaints


def test_package_is_whole_when_nothing_was_altered() -> None:
    assert sealed_package(HANDOVER, FACTS, [piece("E1"), piece("E2")], KEY) == PACKAGE
    found = verified(PACKAGE, KEY.public)
    assert (found.complaints, found.manifest["case_number"], found.key.key_id) == ([], "17", KEY.public.key_id)
    assert sorted(files_of(PACKAGE)) == [
        "custody.json",
        "evidence/E1.jpg",
        "evidence/E2.jpg",
        "facts.json",
        "manifest.json",
        "manifest.sig",
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda files: files.update({"evidence/E1.jpg": b"another"}), "evidence/E1.jpg was altered"),
        (lambda files: files.update({"facts.json": b"{}"}), "facts.json was altered"),
        (lambda files: files.pop("evidence/E2.jpg"), "evidence/E2.jpg is not in the package"),
        (lambda files: files.update({"more.txt": b""}), "more.txt is not in the manifest"),
        (
            lambda files: files.update({"manifest.json": files["manifest.json"].replace(b'"17"', b'"18"')}),
            "the signature is not of this manifest",
        ),
        (lambda files: files.update({"manifest.sig": b64encode(bytes(64))}), "the signature is not of this manifest"),
    ],
)
def test_alteration_is_told_when_a_package_is_verified(
    change: Callable[[dict[str, bytes]], object], complaint: str
) -> None:
    assert complaint in altered(change)


def test_whole_forgery_is_told_only_against_the_installations_own_key() -> None:
    forged = sealed_package(HANDOVER, FACTS, [piece("E1")], OTHER)
    assert verified(forged).complaints == []
    (complaint,) = verified(forged, KEY.public).complaints
    assert complaint == f"signed by the key {OTHER.public.key_id}, not by {KEY.public.key_id}"


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([], "E1 has no chain of custody"),
        (chain("E1")[:2], "the chain of custody of E1 does not know of this hand-over"),
        (chain("E1")[1:], "the chain of custody of E1 is broken at entry 1"),
        (chain("E2"), "the chain of custody of E1 is that of another piece"),
        (chain("E1", b"another"), "the chain of custody of E1 is that of another piece"),
    ],
)
def test_chain_that_does_not_fit_is_told_though_the_installation_signed_it(entries: list[Json], complaint: str) -> None:
    shown = Piece(evidence_id="E1", media_type="image/jpeg", content=CONTENT, told={}, chain=entries)
    assert verified(sealed_package(HANDOVER, FACTS, [shown], KEY)).complaints == [complaint]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        PACKAGE[:-30],
        packed({"manifest.json": b"{}"}),
        packed(files_of(PACKAGE) | {"manifest.json": b"[]"}),
        packed(files_of(PACKAGE) | {"manifest.json": b'{"key": {"public_key": "AA"}, "files": {}}'}),
        packed(files_of(PACKAGE) | {"manifest.sig": b"???"}),
        packed(files_of(PACKAGE) | {"evidence/large": bytes(2 * 1024 * 1024)}),
        packed(files_of(PACKAGE) | {f"file {number}": b"" for number in range(30)}),
    ],
)
def test_file_is_refused_when_it_is_no_package(content: bytes) -> None:
    with pytest.raises(PackageUnreadableError):
        verified(content)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(PACKAGE) - 1), st.integers(0, 255))
def test_no_altered_byte_is_a_crash_or_goes_unnoticed_in_a_file(at: int, value: int) -> None:
    content = PACKAGE[:at] + bytes((value,)) + PACKAGE[at + 1 :]
    try:
        found = verified(content)
    except PackageUnreadableError:
        return
    # What ZIP says beside the files (dates, attributes) may differ; the files may not.
    assert found.complaints or files_of(content) == files_of(PACKAGE)


def test_key_is_the_same_in_every_form() -> None:
    public = KEY.public
    assert VerifyingKey.from_pem(public.pem.encode()).key_id == public.key_id
    assert VerifyingKey.from_base64(public.base64).raw == public.raw
    assert json.loads(files_of(PACKAGE)["manifest.json"])["key"]["public_key"] == public.base64
    for wrong in (b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"):
        with pytest.raises(InvalidInputError):
            VerifyingKey.from_pem(wrong)
    with pytest.raises(UnavailableError):
        SigningKey(None).sign(b"")
