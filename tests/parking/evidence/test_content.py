"""What is kept of a picture: what it shows, whole, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.domain.errors import InvalidInputError
from parking.evidence.content import cleaned
from parking.evidence.model import LARGEST
from tests.parking.evidence.pictures import POSITION, orientation, screen_png, shown, telephone_jpeg

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
JPEG = telephone_jpeg()


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_keeps_its_points_and_loses_its_metadata_when_cleaned(progressive: bool) -> None:  # noqa: FBT001 - a row
    came = telephone_jpeg(progressive=progressive)
    kept = cleaned(came)
    assert POSITION.encode() in came
    assert POSITION.encode() not in kept.content
    assert shown(kept.content) == shown(came)
    assert (kept.media_type, kept.retention, kept.width, kept.height) == ("image/jpeg", "picture", 64, 48)
    assert orientation(kept.content) is None
    assert cleaned(kept.content) == kept


def test_turned_jpeg_stays_turned_when_cleaned() -> None:
    kept = cleaned(telephone_jpeg(turned=6))
    assert orientation(kept.content) == 6
    assert POSITION.encode() not in kept.content
    assert cleaned(kept.content) == kept


def test_png_keeps_its_points_and_loses_its_metadata_when_cleaned() -> None:
    kept = cleaned(screen_png())
    assert POSITION.encode() not in kept.content
    assert shown(kept.content) == shown(screen_png())
    assert (kept.media_type, kept.width, kept.height) == ("image/png", 40, 30)


def test_pdf_is_kept_as_it_is_only_where_documents_come() -> None:
    assert cleaned(PDF, documents=True).content == PDF
    assert cleaned(PDF, documents=True).retention == "document"
    with pytest.raises(InvalidInputError) as refused:
        cleaned(PDF)
    assert refused.value.code == "evidence_unreadable"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        JPEG[:-40],
        JPEG[:200],
        b"\xff\xd8\xff\xd9",
        screen_png()[:60],
        screen_png().replace(b"IDAT", b"IDAU"),
        b"%PDF-1.7 cut off",
        JPEG.replace((48).to_bytes(2, "big") + (64).to_bytes(2, "big"), (48).to_bytes(2, "big") + b"\xff\xff"),
    ],
)
def test_bytes_are_refused_when_they_are_no_whole_picture(content: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        cleaned(content, documents=True)
    assert refused.value.code == "evidence_unreadable"


def test_piece_is_refused_when_it_is_too_large() -> None:
    with pytest.raises(InvalidInputError) as refused:
        cleaned(JPEG + b"\x00" * LARGEST)
    assert refused.value.code == "evidence_too_large"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(JPEG) - 1), st.integers(0, 255), st.booleans())
def test_no_altered_picture_is_a_crash(at: int, value: int, is_png: bool) -> None:  # noqa: FBT001 - drawn
    whole = screen_png() if is_png else JPEG
    at %= len(whole)
    altered = whole[:at] + bytes((value,)) + whole[at + 1 :]
    for content in (altered, altered[:at]):
        try:
            kept = cleaned(content)
        except InvalidInputError as refused:
            assert refused.code == "evidence_unreadable"  # noqa: PT017 - either is right, by the bytes
        else:
            assert cleaned(kept.content) == kept
