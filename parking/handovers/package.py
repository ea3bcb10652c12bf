"""The package that an authority gets: a ZIP whose manifest names the hash of every file and is signed. Pure.

`manifest.json` says who hands what to whom and why; `facts.json` what is known of stays and checks; `custody.json` the chain of
custody of each piece; `evidence/` the pieces themselves; `manifest.sig` the signature over the bytes of the manifest.
"""

import io
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import msgspec

from parking.domain.errors import InvalidInputError
from parking.evidence.custody import first_break
from parking.evidence.model import LARGEST
from parking.handovers.model import MOST_PIECES
from parking.handovers.signing import ALGORITHM, SigningKey, VerifyingKey

FORMAT: Final = "smart-parking-evidence/1"
MANIFEST, SIGNATURE, FACTS, CUSTODY = "manifest.json", "manifest.sig", "facts.json", "custody.json"
_LARGEST_TEXT: Final = 8 * 1024 * 1024
_ENDINGS: Final[Mapping[str, str]] = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_STAMP: Final = (1980, 1, 1, 0, 0, 0)
"""ZIP has local times without a zone; the instants that count are in the manifest."""
_encode = msgspec.json.Encoder(order="sorted").encode
Json = dict[str, Any]


class PackageUnreadableError(InvalidInputError):
    """The file is no package of evidence at all."""

    code = "package_unreadable"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of evidence with what the manifest says of it and its chain, oldest entry first."""

    evidence_id: str
    media_type: str
    content: bytes
    told: Json
    chain: Sequence[Json]

    @property
    def path(self) -> str:
        return f"evidence/{self.evidence_id}.{_ENDINGS[self.media_type]}"


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What an offline look at a package found; `complaints` is empty for one that is whole."""

    manifest: Json
    key: VerifyingKey
    complaints: list[str] = field(default_factory=list)


def sealed_package(handover: Json, facts: Json, pieces: Sequence[Piece], key: SigningKey) -> bytes:
    """The bytes of the package; the same content is always the same bytes."""
    files = {
        FACTS: _encode(facts),
        CUSTODY: _encode({piece.evidence_id: list(piece.chain) for piece in pieces}),
    }
    told: dict[str, Json] = {}
    for piece in pieces:
        files[piece.path] = piece.content
        told[piece.path] = piece.told | {"evidence": piece.evidence_id, "media_type": piece.media_type}
    public = key.public
    manifest = _encode(
        handover
        | {
            "format": FORMAT,
            "key": {"id": public.key_id, "algorithm": ALGORITHM, "public_key": public.base64},
            "files": {
                path: told.get(path, {}) | {"sha256": sha256(content).hexdigest(), "size": len(content)}
                for path, content in files.items()
            },
        }
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as package:
        for path, content in ((MANIFEST, manifest), (SIGNATURE, b64encode(key.sign(manifest))), *files.items()):
            package.writestr(zipfile.ZipInfo(path, _STAMP), content)
    return written.getvalue()


def verified(content: bytes, trusted: VerifyingKey | None = None) -> Verified:
    """Look at a package without any service; with `trusted` only that key counts.

    Raises `PackageUnreadableError` for what is no package.
    """
    files = _files(content)
    manifest = _read(files, MANIFEST)
    try:
        named = VerifyingKey.from_base64(manifest["key"]["public_key"])
        listed: Json = manifest["files"]
        signature = b64decode(files[SIGNATURE], validate=True)
        hashes = {path: str(entry["sha256"]) for path, entry in listed.items()}
    except (KeyError, TypeError, AttributeError, ValueError, InvalidInputError) as error:
        raise PackageUnreadableError("the manifest or its signature cannot be read") from error
    complaints = []
    if trusted is not None and trusted.raw != named.raw:
        complaints.append(f"signed by the key {named.key_id}, not by {trusted.key_id}")
    if not named.is_signed(files[MANIFEST], signature):
        complaints.append("the signature is not of this manifest")
    complaints += [f"{path} is not in the package" for path in sorted(set(hashes) - set(files))]
    complaints += [
        f"{path} is not in the manifest" for path in sorted(set(files) - set(hashes) - {MANIFEST, SIGNATURE})
    ]
    complaints += [
        f"{path} was altered" for path in sorted(set(hashes) & set(files)) if _hash(files[path]) != hashes[path]
    ]
    complaints += _broken_chains(manifest, _read(files, CUSTODY))
    return Verified(manifest=manifest, key=named, complaints=complaints)


def _broken_chains(manifest: Json, custody: Json) -> list[str]:
    complaints = []
    for entry in manifest["files"].values():
        evidence_id = entry.get("evidence")
        if evidence_id is None:
            continue
        chain = custody.get(evidence_id)
        if not isinstance(chain, list) or not chain or not all(isinstance(each, dict) for each in chain):
            complaints.append(f"{evidence_id} has no chain of custody")
            continue
        broken = first_break(chain)
        if broken is not None:
            complaints.append(f"the chain of custody of {evidence_id} is broken at entry {broken}")
        elif _first_hash(chain) != entry["sha256"] or any(each.get("evidence") != evidence_id for each in chain):
            complaints.append(f"the chain of custody of {evidence_id} is that of another piece")
        elif not any(_hands_over(each, manifest) for each in chain):
            complaints.append(f"the chain of custody of {evidence_id} does not know of this hand-over")
    return complaints


def _first_hash(chain: Sequence[Json]) -> object:
    details = chain[0].get("details")
    return details.get("sha256") if isinstance(details, dict) else None


def _hands_over(entry: Json, manifest: Json) -> bool:
    details = entry.get("details")
    return (
        entry.get("deed") == "handed_over"
        and isinstance(details, dict)
        and details.get("handover") == manifest.get("handover")
    )


def _files(content: bytes) -> dict[str, bytes]:
    """The members by path; nothing larger than a package can be is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            if len(members) > MOST_PIECES + 4 or any(each.file_size > _limit(each.filename) for each in members):
                raise PackageUnreadableError("this is larger than a package of evidence")
            if len({each.filename for each in members}) != len(members):
                raise PackageUnreadableError("two files of the package have one name")
            files = {each.filename: package.read(each) for each in members}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise PackageUnreadableError("this is no ZIP, or a damaged one") from error
    for path in (MANIFEST, SIGNATURE, CUSTODY, FACTS):
        if path not in files:
            raise PackageUnreadableError(f"the package has no {path}")
    return files


def _limit(path: str) -> int:
    return LARGEST if path.startswith("evidence/") else _LARGEST_TEXT


def _read(files: Mapping[str, bytes], path: str) -> Json:
    try:
        return msgspec.json.decode(files[path], type=Json)
    except msgspec.DecodeError as error:
        raise PackageUnreadableError(f"{path} cannot be read") from error


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
