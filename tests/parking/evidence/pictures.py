"""Pictures as telephones make them, with position and all."""

import io

from PIL import Image, PngImagePlugin

POSITION = "36.8131N 118.0551E"
"""Written into each picture's metadata, to be looked for afterwards."""
_ORIENTATION, _DESCRIPTION = 0x0112, 0x010E


def telephone_jpeg(*, turned: int = 1, progressive: bool = False, tone: int = 90) -> bytes:
    """A JPEG of 64 x 48 with Exif, a comment and something behind its end."""
    picture = Image.linear_gradient("L").resize((64, 48)).point(lambda value: (value + tone) % 256).convert("RGB")
    exif = Image.Exif()
    exif[_DESCRIPTION] = POSITION
    exif[_ORIENTATION] = turned
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif, comment=POSITION, progressive=progressive, quality=80)
    return written.getvalue() + b"MotionPhoto " + POSITION.encode()


def screen_png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Location", POSITION)
    written = io.BytesIO()
    Image.new("P", (40, 30), 3).save(written, "PNG", pnginfo=told)
    return written.getvalue() + POSITION.encode()


def shown(content: bytes) -> tuple[tuple[int, int], bytes]:
    """Size and points of a picture."""
    with Image.open(io.BytesIO(content)) as picture:
        return picture.size, picture.convert("RGB").tobytes()


def orientation(content: bytes) -> int | None:
    with Image.open(io.BytesIO(content)) as picture:
        found: int | None = picture.getexif().get(_ORIENTATION)
        return found
